// Strings that hold escapes, which few do.
extension JSONScanner {
  /// The rest of a string that holds an escape (or a fault), from its first character.
  mutating func stringWithEscapes(from start: Int) throws(JSONFault) -> String {
    var text = Array(bytes[start..<position])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        try escape(into: &text)
      case 0..<0x20:
        throw fault(
          "the control character 0x\(String(byte, radix: 16, uppercase: true)) may not stand in a string; write it as \\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        )
      default:
        text.append(byte)
        position += 1
      }
    }
    throw fault("the text ends inside a string: it is cut short, copy it again whole")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
    let start = position
    position += 1
    guard let letter = current else { throw fault("the text ends inside a string: it is cut short, copy it again whole") }
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourHexDigits()
      if 0xD800..<0xDC00 ~= code {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw fault("a high surrogate without the low one after it", at: start) }
        let low = try fourHexDigits()
        guard 0xDC00..<0xE000 ~= low else { throw fault("a high surrogate without the low one after it", at: start) }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw fault("a low surrogate without the high one before it", at: start) }
      text += Array(String(scalar).utf8)
    default:
      throw fault("\\\(UnicodeScalar(letter)) is not an escape of JSON", at: start)
    }
  }

  private mutating func fourHexDigits() throws(JSONFault) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
        throw fault("four hexadecimal digits were expected after \\u, found \(found)")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
