/// The model of a tokenizer: words in, tokens out.
enum TokenModel: Sendable {
  /// Byte-pair encoding over the bytes themselves, which every byte-level tokenizer with a token for each byte can be.
  case bytePairs(BytePairEncoder)
  /// Byte-pair encoding over characters.
  case characterPairs(CharacterPairEncoder)
  case unigram(Unigram)
  case wordPiece(WordPiece)
  case wordLevel(WordLevel)

  /// A token of a word and the bytes of the word it stands for.
  struct Token: Sendable {
    var id: Int32
    var start: Int
    var end: Int
    /// True where the reference shows the word's own bytes as the token (unknown pieces of a Unigram).
    var showsSurface = false
  }

  /// Appends the tokens of a word in UTF-8.
  ///
  /// - symbols: room that is kept from word to word.
  func encode(_ word: [UInt8], _ symbols: inout [BytePairEncoder.Symbol], into tokens: inout [Token]) {
    switch self {
    case .bytePairs(let encoder):
      symbols.removeAll(keepingCapacity: true)
      encoder.encode(word[...], into: &symbols)
      Self.append(symbols, to: &tokens)
    case .characterPairs(let encoder):
      symbols.removeAll(keepingCapacity: true)
      encoder.encode(word, into: &symbols)
      Self.append(symbols, to: &tokens)
    case .unigram(let unigram): unigram.encode(word, into: &tokens)
    case .wordPiece(let wordPiece): wordPiece.encode(word, into: &tokens)
    case .wordLevel(let wordLevel): tokens.append(Token(id: wordLevel.id(word), start: 0, end: word.count))
    }
  }

  private static func append(_ symbols: [BytePairEncoder.Symbol], to tokens: inout [Token]) {
    var start = 0
    for symbol in symbols {
      tokens.append(Token(id: symbol.id, start: start, end: start + symbol.length))
      start += symbol.length
    }
  }
}

/// `WordLevel`: a word is a token, or it is unknown.
struct WordLevel: Sendable {
  var vocabulary: ByteStringTable
  var unknown: Int32

  func id(_ word: [UInt8]) -> Int32 { vocabulary.id(word[...]) ?? unknown }
}
