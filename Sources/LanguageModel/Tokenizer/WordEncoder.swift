/// A token and where it is in the text it comes from.
struct PlacedToken {
  var id: Int32
  /// What is shown for it, where that is not the vocabulary's text.
  var text: String?
  /// In Unicode scalars, end not included.
  var range: Range<Int>
}

/// Makes tokens of words, with room that is kept from word to word.
struct WordEncoder {
  private let model: TokenModel
  private let needsOffsets: Bool
  private var bytes: [UInt8] = []
  /// For every byte, the place of its scalar in the text.
  private var places: [Int] = []
  private var symbols: [BytePairEncoder.Symbol] = []
  private var tokens: [TokenModel.Token] = []

  init(_ model: TokenModel, needsOffsets: Bool) {
    self.model = model
    self.needsOffsets = needsOffsets
  }

  /// - original: the text that origins count in.
  mutating func encode(_ word: TextSlice, _ original: [Unicode.Scalar], _ emit: (PlacedToken) -> Void) {
    bytes.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    tokens.removeAll(keepingCapacity: true)
    for place in word.range {
      let before = bytes.count
      Self.appendUTF8(word.text.scalars[place], to: &bytes)
      if needsOffsets { places += repeatElement(place, count: bytes.count - before) }
    }
    model.encode(bytes, &symbols, into: &tokens)
    for token in tokens {
      guard needsOffsets else {
        emit(PlacedToken(id: token.id, range: 0..<0))
        continue
      }
      let text = token.showsSurface ? String(decoding: bytes[token.start..<min(token.end, bytes.count)], as: UTF8.self) : nil
      emit(PlacedToken(id: token.id, text: text, range: range(of: token, in: word, original)))
    }
  }

  private func range(of token: TokenModel.Token, in word: TextSlice, _ original: [Unicode.Scalar]) -> Range<Int> {
    guard token.end <= places.count, token.start < token.end else { return Self.strayRange(token.start, token.end, original) }
    return word.text.origin(places[token.start]..<(places[token.end - 1] + 1))
  }

  /// The range of a token that claims more bytes than its word has (bytes of a prefix or suffix of the model's own): the reference takes its bytes for bytes of the whole text.
  private static func strayRange(_ start: Int, _ end: Int, _ original: [Unicode.Scalar]) -> Range<Int> {
    guard let first = scalar(atByte: start, original) else { return start..<max(start, end) }
    if let last = scalar(atByte: end, original) { return first..<max(first, last) }
    return first..<((scalar(atByte: end - 1, original) ?? first + 1) + 1)
  }

  private static func scalar(atByte wanted: Int, _ text: [Unicode.Scalar]) -> Int? {
    var bytes = 0
    for (place, scalar) in text.enumerated() {
      bytes += UTF8.width(scalar)
      if wanted < bytes { return place }
    }
    return nil
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
}
