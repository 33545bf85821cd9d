internal import Synchronization

/// How often text had to be repaired on its way to or from PostgreSQL, since the process began.
package struct TextRepairCounts: Sendable, Hashable {
  /// Strings sent with NUL in them, which PostgreSQL's text cannot hold; each NUL became U+FFFD.
  package var nulCharacters = 0
  /// Values received that are not UTF-8 (a database with encoding SQL_ASCII gives such); each bad sequence became U+FFFD.
  package var invalidUTF8 = 0
}

/// The world's text is not always text: repaired and counted, never a trap and never a lost row.
package enum TextRepair {
  private static let counters = Mutex(TextRepairCounts())

  package static var counts: TextRepairCounts { counters.withLock { $0 } }

  /// Text from the server.
  static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    counters.withLock { $0.invalidUTF8 += 1 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Text for the server, as UTF-8 without NUL.
  static func encode(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.contains(0) else { return bytes }
    counters.withLock { $0.nulCharacters += 1 }
    return bytes.flatMap { $0 == 0 ? replacement : [$0] }
  }

  /// JSON text for the server; the escape `\u0000`, which `jsonb` refuses, becomes `\ufffd`.
  static func encodeJSON(_ text: String) -> [UInt8] {
    var bytes = encode(text)
    var repaired = false
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      // An escape is two bytes, or six for \uXXXX; stepping over both keeps `\\u0000` (a backslash, then text) as it is.
      if index + 6 <= bytes.count, bytes[index + 1] == UInt8(ascii: "u"), bytes[index + 2..<index + 6].allSatisfy({ $0 == UInt8(ascii: "0") }) {
        bytes.replaceSubrange(index + 2..<index + 6, with: Array("fffd".utf8))
        repaired = true
      }
      index += 2
    }
    if repaired { counters.withLock { $0.nulCharacters += 1 } }
    return bytes
  }

  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
}
