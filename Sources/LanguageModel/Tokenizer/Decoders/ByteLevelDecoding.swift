/// `ByteLevel`: characters of the byte alphabet back to bytes, all tokens together to text. Bytes that are not UTF-8 become U+FFFD; a character that is not complete
/// waits for the next token.
struct ByteLevelDecoding: DecodingStep {
  private var token = ""
  /// Bytes of a character that is not complete.
  private var pending: [UInt8] = []
  private var hasBegun = false

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    token += part.text
    guard part.endsToken else { return [] }
    // A token with a character outside the alphabet stands for its own UTF-8.
    pending += ByteAlphabet.decode(token) ?? Array(token.utf8)
    token = ""
    let open = IncompleteCharacter.length(atEndOf: pending)
    let text = String(decoding: pending.dropLast(open), as: UTF8.self)
    pending.removeFirst(pending.count - open)
    return text.isEmpty ? [] : [begin(text)]
  }

  mutating func finish() -> [DecodingPart] {
    var last = begin(String(decoding: pending, as: UTF8.self))
    last.endsToken = true
    pending = []
    return [last]
  }

  private mutating func begin(_ text: String) -> DecodingPart {
    defer { hasBegun = true }
    return DecodingPart(text: text, beginsToken: !hasBegun, endsToken: false)
  }
}

/// `Fuse`: all tokens as one.
struct FuseDecoding: DecodingStep {
  private var hasBegun = false

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    defer { hasBegun = true }
    return [DecodingPart(text: part.text, beginsToken: !hasBegun, endsToken: false)]
  }

  mutating func finish() -> [DecodingPart] { [DecodingPart(text: "", beginsToken: !hasBegun, endsToken: true)] }
}

/// How much of a character stands at the end of some bytes.
enum IncompleteCharacter {
  /// How many bytes at the end are the beginning of a character that may yet be completed.
  static func length(atEndOf bytes: [UInt8]) -> Int {
    // A character has at most four bytes, so an open one shows its lead within the last three.
    for back in 1...3 where back <= bytes.count {
      let tail = bytes.suffix(back)
      let lead = tail[tail.startIndex]
      if lead & 0xC0 == 0x80 { continue }
      let length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 1
      guard back < length else { return 0 }
      return couldBegin(tail) ? back : 0
    }
    return 0
  }

  /// Whether a lead byte and what follows are the beginning of some character: no overlong forms, surrogates or values beyond U+10FFFF.
  private static func couldBegin(_ tail: ArraySlice<UInt8>) -> Bool {
    guard tail.count > 1 else { return true }
    let second = tail[tail.startIndex + 1]
    switch tail[tail.startIndex] {
    case 0xE0: return second >= 0xA0
    case 0xED: return second <= 0x9F
    case 0xF0: return second >= 0x90
    case 0xF4: return second <= 0x8F
    default: return true
    }
  }
}
