extension OrderedJSON {
  /// The value as JSON text. With `indent`, one member a line as Python's `json.dumps(indent=)` writes it; without, on one line and no spaces.
  public func text(indent: Int? = nil) -> String {
    String(decoding: bytes(indent: indent), as: UTF8.self)
  }

  public func bytes(indent: Int? = nil) -> [UInt8] {
    var out: [UInt8] = []
    append(to: &out, indent: indent, level: 0)
    return out
  }

  /// Appends the text to `out`; the way that makes no copies.
  public func append(to out: inout [UInt8], indent: Int? = nil) {
    append(to: &out, indent: indent, level: 0)
  }

  private func append(to out: inout [UInt8], indent: Int?, level: Int) {
    switch self {
    case .null: out += "null".utf8
    case .bool(let value): out += value ? "true".utf8 : "false".utf8
    case .number(let value): out += value.text.utf8
    case .string(let value): Self.appendQuoted(value, to: &out)
    case .array(let values):
      out.append(UInt8(ascii: "["))
      for (place, value) in values.enumerated() {
        Self.separate(place, indent, level, &out)
        value.append(to: &out, indent: indent, level: level + 1)
      }
      if !values.isEmpty { Self.breakLine(indent, level, &out) }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      for (place, (key, value)) in object.members.enumerated() {
        Self.separate(place, indent, level, &out)
        Self.appendQuoted(key, to: &out)
        out.append(UInt8(ascii: ":"))
        if indent != nil { out.append(UInt8(ascii: " ")) }
        value.append(to: &out, indent: indent, level: level + 1)
      }
      if !object.isEmpty { Self.breakLine(indent, level, &out) }
      out.append(UInt8(ascii: "}"))
    }
  }

  private static func separate(_ place: Int, _ indent: Int?, _ level: Int, _ out: inout [UInt8]) {
    if place > 0 { out.append(UInt8(ascii: ",")) }
    breakLine(indent, level + 1, &out)
  }

  private static func breakLine(_ indent: Int?, _ level: Int, _ out: inout [UInt8]) {
    guard let indent else { return }
    out.append(UInt8(ascii: "\n"))
    out += repeatElement(UInt8(ascii: " "), count: indent * level)
  }

  /// Appends `text` in quotes; only what JSON demands is escaped, as Python's `ensure_ascii=False`.
  public static func appendQuoted(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += "\\\"".utf8
      case UInt8(ascii: "\\"): out += "\\\\".utf8
      case 0x08: out += "\\b".utf8
      case 0x09: out += "\\t".utf8
      case 0x0A: out += "\\n".utf8
      case 0x0C: out += "\\f".utf8
      case 0x0D: out += "\\r".utf8
      case 0x00..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        out += "\\u00".utf8
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
