extension TemplateValue {
  /// What `{{ value }}` prints: Python's `str`.
  var text: String {
    switch self {
    case .undefined: ""
    case .string(let text): text
    default: representation
    }
  }

  /// Python's `repr`.
  var representation: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .double(let value): Self.pythonText(value)
    case .string(let text): Self.quoted(text)
    case .list(let values): "[\(values.map(\.representation).joined(separator: ", "))]"
    case .tuple(let values): values.count == 1 ? "(\(values[0].representation),)" : "(\(values.map(\.representation).joined(separator: ", ")))"
    case .dictionary(let dictionary):
      "{\(zip(dictionary.keys, dictionary.values).map { "\($0.representation): \($1.representation)" }.joined(separator: ", "))}"
    // Without its members: a namespace may hold itself.
    case .namespace: "<Namespace>"
    case .macro(let macro, _): "<Macro '\(macro.name)'>"
    case .function(let name), .method(_, let name): "<function \(name)>"
    case .loop(let loop): "<LoopContext \(loop.index + 1)/\(loop.items.count)>"
    }
  }

  /// A float as Python writes it.
  static func pythonText(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return "\(value)"
  }

  /// A string as Python's `repr` writes it: single quotes unless there are single and no double ones inside; what cannot be seen is escaped.
  private static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var out = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case quote: out += "\\\(scalar)"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where isPrintable(scalar): out.unicodeScalars.append(scalar)
      default:
        let hex = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        out += "\\\(letter)\(String(repeating: "0", count: width - hex.utf8.count))\(hex)"
      }
    }
    out.unicodeScalars.append(quote)
    return out
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }
}
