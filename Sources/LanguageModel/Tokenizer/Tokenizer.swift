internal import Files
public import Foundation

/// A tokenizer as `tokenizer.json` describes it; ids, offsets and decoded text are those of Hugging Face's `tokenizers`.
///
/// The steps: added tokens that are looked for in the raw text are cut out; the rest is normalized; added tokens of the normalized text are cut out; the rest
/// is cut into words; the model makes tokens of every word; the post-processor puts special tokens around them. `truncation` and `padding` of the file are
/// not applied: they are a caller's choice, and transformers resets them too. Immutable; use it from any thread.
public final class Tokenizer: Sendable {
  /// Where it was read from, for messages.
  public let source: String
  let model: TokenModel
  let normalizer: Normalizer?
  let preTokenizer: PreTokenizer?
  let postProcessor: PostProcessor?
  let decoder: Decoder
  private let raw: AddedTokenMatcher
  private let normalized: AddedTokenMatcher
  private let vocabulary: TokenVocabulary

  init(_ file: TokenizerFile) {
    source = file.source
    model = file.model
    normalizer = file.normalizer
    preTokenizer = file.preTokenizer
    postProcessor = file.postProcessor
    decoder = file.decoder ?? .joined
    vocabulary = file.vocabulary
    let normalizer = normalizer
    raw = AddedTokenMatcher(file.added.filter { !$0.isNormalized })
    normalized = AddedTokenMatcher(file.added.filter(\.isNormalized)) { $0.normalizedContent(normalizer) }
  }

  /// Reads `tokenizer.json`. What the file asks for and Vigil does not do is refused by name, never ignored.
  public static func open(_ url: URL) throws -> Tokenizer {
    try Tokenizer(TokenizerFile.read(OpenFile(url).readAll(), source: url.path))
  }

  /// Reads the contents of a `tokenizer.json`.
  public convenience init(json bytes: [UInt8], source: String = "tokenizer.json") throws {
    self.init(try TokenizerFile.read(bytes, source: source))
  }

  // MARK: - Vocabulary

  /// One more than the highest id: what a model's embedding table must have rows for.
  public var vocabularySize: Int { vocabulary.texts.count }

  public func id(of token: String) -> Int32? { vocabulary.id(of: token) }

  /// A token as the vocabulary writes it; nil for an id that is not used.
  public func token(of id: Int32) -> String? { vocabulary.token(of: id) }

  public func isSpecial(_ id: Int32) -> Bool { vocabulary.specials.contains(id) }

  // MARK: - Encoding

  /// The tokens of a text.
  public func encode(_ text: String, addSpecialTokens: Bool = true) -> Encoding {
    PostProcessor.process(postProcessor, encodeBare(text), nil, addSpecialTokens: addSpecialTokens)
  }

  /// The tokens of a pair of texts, put together as the file's template says. Offsets count in the text that the token comes from.
  public func encode(_ text: String, pair: String, addSpecialTokens: Bool = true) -> Encoding {
    PostProcessor.process(postProcessor, encodeBare(text), encodeBare(pair), addSpecialTokens: addSpecialTokens)
  }

  /// The ids alone, which is faster.
  public func ids(_ text: String, addSpecialTokens: Bool = true) -> [Int32] {
    var ids: [Int32] = []
    var encoder = WordEncoder(model, needsOffsets: false)
    walk(text, &encoder) { token in ids.append(token.id) }
    guard addSpecialTokens, let postProcessor, postProcessor.addedCount(isPair: false) > 0 else { return ids }
    let bare = Encoding(ids: ids, tokens: [], offsets: [], typeIDs: [])
    return PostProcessor.process(postProcessor, bare, nil, addSpecialTokens: true).ids
  }

  private func encodeBare(_ text: String) -> Encoding {
    var encoding = Encoding()
    var encoder = WordEncoder(model, needsOffsets: true)
    walk(text, &encoder) { token in
      encoding.ids.append(token.id)
      encoding.tokens.append(token.text ?? vocabulary.token(of: token.id) ?? "")
      encoding.offsets.append(token.range)
    }
    return encoding
  }

  /// Gives every token of a text to `emit`, with its range in the text (empty unless asked for).
  private func walk(_ text: String, _ encoder: inout WordEncoder, _ emit: (PlacedToken) -> Void) {
    let scalars = Array(text.unicodeScalars)
    for part in raw.split(scalars) {
      switch part {
      case .token(let token, let range): if !range.isEmpty { emit(PlacedToken(id: token.id, text: Self.text(scalars[range]), range: range)) }
      case .text(let range):
        var piece = NormalizedText(range.count == scalars.count ? scalars : Array(scalars[range]), start: range.lowerBound)
        normalizer?.apply(to: &piece)
        walkNormalized(piece, scalars, &encoder, emit)
      }
    }
  }

  private func walkNormalized(_ piece: NormalizedText, _ original: [Unicode.Scalar], _ encoder: inout WordEncoder, _ emit: (PlacedToken) -> Void) {
    for part in normalized.split(piece.scalars) {
      switch part {
      case .token(let token, let range):
        if !range.isEmpty { emit(PlacedToken(id: token.id, text: Self.text(piece.scalars[range]), range: piece.origin(range))) }
      case .text(let range):
        let slices = [TextSlice(piece, range)]
        for word in preTokenizer?.cut(slices) ?? slices where !word.range.isEmpty { encoder.encode(word, original, emit) }
      }
    }
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  // MARK: - Decoding

  /// The text of some tokens. Ids that no token has are left out; bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: some Sequence<Int32>, skipSpecial: Bool = true) -> String {
    var chain = DecodingChain(decoder)
    var text = ""
    for id in ids {
      if let token = decodedToken(of: id, skipSpecial: skipSpecial) { text += chain.take(token) }
    }
    return text + chain.finish()
  }

  /// For tokens that come one by one.
  public func streamDecoder(skipSpecial: Bool = true) -> StreamDecoder { StreamDecoder(self, skipSpecial: skipSpecial) }

  /// What the decoder is given for a token; nil for one that is left out.
  func decodedToken(of id: Int32, skipSpecial: Bool) -> String? {
    guard let token = vocabulary.normalizedTexts[id] ?? token(of: id) else { return nil }
    return skipSpecial && vocabulary.specialTexts.contains(ExactText(token)) ? nil : token
  }
}
