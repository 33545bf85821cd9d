/// Turns tokens into text as they come, without ever giving out half a character.
///
/// The pieces put together are `Tokenizer.decode` of all the ids.
public struct StreamDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipSpecial: Bool
  /// Bytes of a character that is not complete.
  private var pending: [UInt8] = []

  init(_ tokenizer: Tokenizer, skipSpecial: Bool) {
    self.tokenizer = tokenizer
    self.skipSpecial = skipSpecial
  }

  /// The text that the next token completes; empty while a character is still open.
  public mutating func append(_ id: Int32) -> String {
    guard let bytes = tokenizer.decodedBytes(of: id, skipSpecial: skipSpecial) else { return "" }
    pending += bytes
    let open = Self.openTail(pending)
    let text = String(decoding: pending.dropLast(open), as: UTF8.self)
    pending.removeFirst(pending.count - open)
    return text
  }

  /// What is left at the end: a character that never became whole, as U+FFFD.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end are the beginning of a character that may yet be completed.
  private static func openTail(_ bytes: [UInt8]) -> Int {
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
