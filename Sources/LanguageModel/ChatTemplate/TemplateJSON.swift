internal import Files

/// `tojson`: Python's `json.dumps` with transformers' settings (no escaping of HTML, no escaping of what is not ASCII).
struct TemplateJSON {
  var itemSeparator: String
  var keySeparator: String
  var indent: String?
  var sortsKeys = false
  var escapesNonASCII = false

  /// - indent: spaces a level, or the text of one level; none writes everything on one line.
  init(indent: String?) {
    self.indent = indent
    itemSeparator = indent == nil ? ", " : ","
    keySeparator = ": "
  }

  /// The text, or nil with the name of the type that JSON has no form for.
  func text(_ value: TemplateValue, _ problem: inout String?) -> String {
    var out = ""
    write(value, level: 0, &out, &problem)
    return out
  }

  private func write(_ value: TemplateValue, level: Int, _ out: inout String, _ problem: inout String?) {
    switch value {
    case .none: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .int(let value): out += String(value)
    case .wide(let text): out += text
    case .double(let value): out += value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : TemplateValue.pythonText(value)
    case .string(let text), .safe(let text): out += quoted(text)
    case .list(let values), .tuple(let values):
      write(values.map { (nil, $0) }, "[", "]", level, &out, &problem)
    case .dictionary(let dictionary):
      var members = Array(zip(dictionary.keys, dictionary.values))
      if sortsKeys { sort(&members, &problem) }
      write(members.map { (Optional(key($0.0, &problem)), $0.1) }, "{", "}", level, &out, &problem)
    case .undefined, .range, .view, .iterator, .namespace, .macro, .function, .method, .loop: problem = "a value of type \(value.typeName)"
    }
  }

  private func write(
    _ members: [(key: String?, value: TemplateValue)], _ open: String, _ close: String, _ level: Int, _ out: inout String, _ problem: inout String?
  ) {
    out += open
    for (place, member) in members.enumerated() {
      if place > 0 { out += itemSeparator }
      breakLine(level + 1, &out)
      if let key = member.key { out += quoted(key) + keySeparator }
      write(member.value, level: level + 1, &out, &problem)
    }
    if !members.isEmpty { breakLine(level, &out) }
    out += close
  }

  private func breakLine(_ level: Int, _ out: inout String) {
    if let indent { out += "\n" + String(repeating: indent, count: level) }
  }

  /// By key, as Python orders them: all texts, or all numbers.
  private func sort(_ members: inout [(TemplateValue, TemplateValue)], _ problem: inout String?) {
    if members.allSatisfy({ $0.0.number != nil }) {
      members.sort { ($0.0.number ?? 0) < ($1.0.number ?? 0) }
    } else if members.count < 2 || members.allSatisfy({ $0.0.isString }) {
      members.sort { $0.0.text.unicodeScalars.lexicographicallyPrecedes($1.0.text.unicodeScalars) }
    } else {
      problem = "keys that have no order"
    }
  }

  private func key(_ key: TemplateValue, _ problem: inout String?) -> String {
    switch key {
    case .string(let text): return text
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .double(let value) where !value.isFinite: return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    case .int, .double: return key.text
    default:
      problem = "a key of type \(key.typeName)"
      return ""
    }
  }

  private func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    OrderedJSON.appendQuoted(text, to: &bytes)
    let plain = String(decoding: bytes, as: UTF8.self)
    guard escapesNonASCII else { return plain }
    return plain.unicodeScalars.reduce(into: "") { out, scalar in
      if scalar.value < 0x7F {
        out.unicodeScalars.append(scalar)
      } else {
        for unit in String(scalar).utf16 {
          let hex = String(unit, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
        }
      }
    }
  }
}
