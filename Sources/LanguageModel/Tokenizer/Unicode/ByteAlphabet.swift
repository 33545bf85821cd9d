/// GPT-2's way of writing bytes as printable characters, so that a vocabulary of byte strings can live in JSON.
///
/// Bytes 0x21-0x7E, 0xA1-0xAC and 0xAE-0xFF stand for themselves; the other 68, in order, for U+0100 upwards (space is Ġ, line feed Ċ).
/// Source: openai/gpt-2, src/encoder.py (`bytes_to_unicode`).
enum ByteAlphabet {
  /// The character of every byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(UInt8(byte))
      default:
        defer { next += 1 }
        // U+0100 to U+0143 are all scalars; the fallback is never taken.
        return Unicode.Scalar(next) ?? " "
      }
    }
  }()

  /// The byte of every character below U+0144; -1 for those that stand for none.
  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
    return table
  }()

  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    guard scalar.value < 0x144 else { return nil }
    let byte = bytes[Int(scalar.value)]
    return byte < 0 ? nil : UInt8(byte)
  }

  /// The bytes a token's text stands for; nil if one of its characters is not of the alphabet.
  static func decode(_ token: String) -> [UInt8]? {
    var out: [UInt8] = []
    out.reserveCapacity(token.utf8.count)
    for scalar in token.unicodeScalars {
      guard let byte = byte(scalar) else { return nil }
      out.append(byte)
    }
    return out
  }
}

extension ByteAlphabet {
  /// Writes every byte of a text as a character; those of one character come from where it does.
  static func spell(_ text: inout NormalizedText) {
    var changes: [NormalizedText.Change] = []
    changes.reserveCapacity(text.scalars.count)
    for scalar in text.scalars {
      var isFirst = true
      for byte in UTF8.encode(scalar)?.map({ $0 }) ?? [] {
        changes.append((scalars[Int(byte)], isFirst ? 0 : 1))
        isFirst = false
      }
    }
    text.transform(changes)
  }
}
