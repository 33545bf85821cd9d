/// How tokens become text again: `decoder` of tokenizer.json.
///
/// Source: huggingface/tokenizers, decoders/.
indirect enum Decoder: Sendable {
  case byteLevel
  case byteFallback
  case fuse
  case metaspace(Unicode.Scalar, dropsFirst: Bool)
  case wordPiece(prefix: String, cleansUp: Bool)
  case ctc(pad: String, delimiter: String, cleansUp: Bool)
  case bytePairs(suffix: String)
  case strip(Unicode.Scalar, left: Int, right: Int)
  case replace(TextPattern, String)
  /// What is done without a decoder: a space between tokens.
  case joined
  case sequence([Decoder])

  /// The steps of a decoder, fresh, for one text.
  func makeSteps() -> [any DecodingStep] {
    switch self {
    case .byteLevel: [ByteLevelDecoding()]
    case .byteFallback: [ByteFallbackDecoding()]
    case .fuse: [FuseDecoding()]
    case .metaspace(let replacement, let dropsFirst): [MetaspaceDecoding(replacement: replacement, dropsFirst: dropsFirst)]
    case .wordPiece(let prefix, let cleansUp): [WholeTokens(WordPieceDecoding(prefix: prefix, cleansUp: cleansUp))]
    case .ctc(let pad, let delimiter, let cleansUp): [WholeTokens(CTCDecoding(pad: pad, delimiter: delimiter, cleansUp: cleansUp))]
    case .bytePairs(let suffix): [WholeTokens(BytePairDecoding(suffix: suffix))]
    case .strip(let content, let left, 0): [LeftStripDecoding(content: content, most: left)]
    case .strip(let content, let left, let right): [WholeTokens(StripDecoding(content: content, left: left, right: right))]
    case .replace(.scalar(let wanted), let content): [ScalarReplaceDecoding(wanted: wanted, content: content)]
    case .replace(let pattern, let content): [WholeTokens(ReplaceDecoding(pattern: pattern, content: content))]
    case .joined: [JoinDecoding()]
    case .sequence(let decoders): decoders.flatMap { $0.makeSteps() }
    }
  }
}

/// Tokens, or parts of tokens, on their way to text. A token that comes in parts says which is its first and which its last.
struct DecodingPart: Sendable {
  var text: String
  var beginsToken = true
  var endsToken = true
}

/// One decoder at work on tokens that come one by one. Whole texts are decoded the same way, so what streams is what is decoded.
protocol DecodingStep: Sendable {
  mutating func take(_ part: DecodingPart) -> [DecodingPart]
  /// What has been held back.
  mutating func finish() -> [DecodingPart]
}

extension DecodingStep {
  mutating func finish() -> [DecodingPart] { [] }
}

/// A decoder that looks at whole tokens.
protocol TokenDecoding: Sendable {
  mutating func decode(_ token: String) -> [String]
  mutating func finish() -> [String]
}

extension TokenDecoding {
  mutating func finish() -> [String] { [] }
}

/// Puts the parts of tokens together for a decoder that looks at whole ones.
struct WholeTokens<Decoding: TokenDecoding>: DecodingStep {
  private var decoding: Decoding
  private var pending = ""

  init(_ decoding: Decoding) {
    self.decoding = decoding
  }

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    pending += part.text
    guard part.endsToken else { return [] }
    defer { pending = "" }
    return decoding.decode(pending).map { DecodingPart(text: $0) }
  }

  mutating func finish() -> [DecodingPart] { decoding.finish().map { DecodingPart(text: $0) } }
}
