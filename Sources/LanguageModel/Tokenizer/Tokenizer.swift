internal import Files
public import Foundation

/// A byte-level BPE tokenizer as `tokenizer.json` describes it; ids, offsets and decoded text are those of Hugging Face's `tokenizers`.
///
/// The steps: added tokens that are looked for in the raw text are cut out; the rest is normalized; added tokens of the normalized text are cut out; the rest
/// is cut into words; every word becomes bytes and the bytes tokens; the post-processor puts special tokens around them. `truncation` and `padding` of the file are
/// not applied: they are a caller's choice, and transformers resets them too. Immutable; use it from any thread.
public final class Tokenizer: Sendable {
  /// Where it was read from, for messages.
  public let source: String
  let model: BytePairEncoder
  let normalizes: Bool
  let preTokenizer: PreTokenizer
  let postProcessor: PostProcessor?
  private let raw: AddedTokenMatcher
  private let normalized: AddedTokenMatcher
  private let texts: [String?]
  private let specials: Set<Int32>
  private let ids: [ExactText: Int32]

  init(_ file: TokenizerFile) {
    source = file.source
    model = file.model
    normalizes = file.normalizes
    preTokenizer = file.preTokenizer
    postProcessor = file.postProcessor
    texts = file.texts
    ids = file.ids
    let normalizes = normalizes
    raw = AddedTokenMatcher(file.added.filter { !$0.isNormalized })
    normalized = AddedTokenMatcher(file.added.filter(\.isNormalized)) { normalizes ? CanonicalComposition.normalize($0.content) : $0.content }
    specials = Set(file.added.filter(\.isSpecial).map(\.id))
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
  public var vocabularySize: Int { texts.count }

  public func id(of token: String) -> Int32? { ids[ExactText(token)] }

  /// A token as the vocabulary writes it; nil for an id that is not used.
  public func token(of id: Int32) -> String? { texts.indices.contains(Int(id)) ? texts[Int(id)] : nil }

  public func isSpecial(_ id: Int32) -> Bool { specials.contains(id) }

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
    walk(text, needsOrigins: false) { id, _ in ids.append(id) }
    guard addSpecialTokens, let postProcessor, postProcessor.addedCount(isPair: false) > 0 else { return ids }
    let bare = Encoding(ids: ids, tokens: [], offsets: [], typeIDs: [])
    return PostProcessor.process(postProcessor, bare, nil, addSpecialTokens: true).ids
  }

  private func encodeBare(_ text: String) -> Encoding {
    var encoding = Encoding()
    walk(text, needsOrigins: true) { id, range in
      encoding.ids.append(id)
      encoding.tokens.append(texts[Int(id)] ?? "")
      encoding.offsets.append(range)
    }
    return encoding
  }

  /// Gives every token of a text to `emit`, with its range in the text (empty unless asked for).
  private func walk(_ text: String, needsOrigins: Bool, _ emit: (Int32, Range<Int>) -> Void) {
    let scalars = Array(text.unicodeScalars)
    var scratch = WordScratch(needsOrigins: needsOrigins)
    for part in raw.split(scalars) {
      switch part {
      case .token(let token, let range): emit(token.id, range)
      case .text(let range):
        var piece = TextPiece(scalars: range.count == scalars.count ? scalars : Array(scalars[range]), origins: nil, base: range.lowerBound)
        if normalizes {
          let (composed, origins) = CanonicalComposition.normalize(piece.scalars)
          piece = TextPiece(scalars: composed, origins: origins.map { range.lowerBound + $0 }, base: 0)
        }
        walkNormalized(piece, &scratch, emit)
      }
    }
  }

  private func walkNormalized(_ piece: TextPiece, _ scratch: inout WordScratch, _ emit: (Int32, Range<Int>) -> Void) {
    for part in normalized.split(piece.scalars) {
      switch part {
      case .token(let token, let range): emit(token.id, piece.origin(range.lowerBound)..<(piece.origin(range.upperBound - 1) + 1))
      case .text(let range):
        let rest = range.count == piece.scalars.count ? piece : piece.part(range)
        preTokenizer.forEachWord(of: rest) { text, word in encodeWord(text, word, &scratch, emit) }
      }
    }
  }

  /// Room for one word at a time, kept from word to word.
  private struct WordScratch {
    let needsOrigins: Bool
    var bytes: [UInt8] = []
    /// For every byte, the place of its scalar in the piece.
    var places: [Int] = []
    var symbols: [BytePairEncoder.Symbol] = []
  }

  private func encodeWord(_ piece: TextPiece, _ word: Range<Int>, _ scratch: inout WordScratch, _ emit: (Int32, Range<Int>) -> Void) {
    scratch.bytes.removeAll(keepingCapacity: true)
    scratch.places.removeAll(keepingCapacity: true)
    scratch.symbols.removeAll(keepingCapacity: true)
    for place in word {
      let before = scratch.bytes.count
      Self.appendUTF8(piece.scalars[place], to: &scratch.bytes)
      if scratch.needsOrigins { scratch.places += repeatElement(place, count: scratch.bytes.count - before) }
    }
    model.encode(scratch.bytes[...], into: &scratch.symbols)
    var start = 0
    for symbol in scratch.symbols {
      let end = start + symbol.length
      if scratch.needsOrigins {
        emit(symbol.id, piece.origin(scratch.places[start])..<(piece.origin(scratch.places[end - 1]) + 1))
      } else {
        emit(symbol.id, 0..<0)
      }
      start = end
    }
  }

  private static func appendUTF8(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    let value = scalar.value
    switch value {
    case 0..<0x80: bytes.append(UInt8(value))
    case 0x80..<0x800:
      bytes.append(UInt8(0xC0 | value >> 6))
      bytes.append(UInt8(0x80 | value & 0x3F))
    case 0x800..<0x10000:
      bytes.append(UInt8(0xE0 | value >> 12))
      bytes.append(UInt8(0x80 | value >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | value & 0x3F))
    default:
      bytes.append(UInt8(0xF0 | value >> 18))
      bytes.append(UInt8(0x80 | value >> 12 & 0x3F))
      bytes.append(UInt8(0x80 | value >> 6 & 0x3F))
      bytes.append(UInt8(0x80 | value & 0x3F))
    }
  }

  // MARK: - Decoding

  /// The text of some tokens. Ids that no token has are left out; bytes that are not UTF-8 become U+FFFD.
  public func decode(_ ids: some Sequence<Int32>, skipSpecial: Bool = true) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      if let piece = decodedBytes(of: id, skipSpecial: skipSpecial) { bytes += piece }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// For tokens that come one by one.
  public func streamDecoder(skipSpecial: Bool = true) -> StreamDecoder { StreamDecoder(self, skipSpecial: skipSpecial) }

  /// The bytes a token stands for; nil for one that is left out. A token with a character outside the byte alphabet stands for its own UTF-8.
  func decodedBytes(of id: Int32, skipSpecial: Bool) -> [UInt8]? {
    guard let token = token(of: id), !(skipSpecial && specials.contains(id)) else { return nil }
    return ByteAlphabet.decode(token) ?? Array(token.utf8)
  }
}
