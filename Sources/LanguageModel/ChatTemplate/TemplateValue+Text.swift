extension TemplateValue {
  /// What `{{ value }}` prints: Python's `str`.
  var text: String {
    switch self {
    case .undefined: ""
    case .string(let text), .safe(let text): text
    default: representation
    }
  }

  /// Python's `repr`. What Python would print with an address or endlessly is refused before it comes here (`TemplateEvaluator.printed`).
  var representation: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .wide(let text): text
    case .double(let value): Self.pythonText(value)
    case .string(let text): Self.quoted(text)
    case .safe(let text): "Markup(\(Self.quoted(text)))"
    case .list(let values): "[\(Self.separated(values.values))]"
    case .tuple(let values): values.count == 1 ? "(\(values[0].representation),)" : "(\(Self.separated(values.values)))"
    case .dictionary(let dictionary):
      "{\(zip(dictionary.keys, dictionary.values).map { "\($0.representation): \($1.representation)" }.joined(separator: ", "))}"
    case .range(let range): range.step == 1 ? "range(\(range.start), \(range.stop))" : "range(\(range.start), \(range.stop), \(range.step))"
    case .view(let view): "dict_\(view.side.rawValue)([\(Self.separated(view.values))])"
    case .iterator: "<generator>"
    case .namespace: "<Namespace>"
    case .macro(let macro, _): macro.name.map { "<Macro \(Self.quoted($0))>" } ?? "<Macro anonymous>"
    case .function(let name), .method(_, let name): "<function \(name)>"
    case .loop(let loop): "<LoopContext \(loop.index + 1)/\(loop.length ?? 0)>"
    }
  }

  private static func separated(_ values: [TemplateValue]) -> String { values.map(\.representation).joined(separator: ", ") }

  /// Whether Python prints the value in the same way every time, and in finite time.
  var isPrintable: Bool {
    switch self {
    case .list(let list), .tuple(let list): list.values.allSatisfy(\.isPrintable)
    case .dictionary(let dictionary): dictionary.keys.allSatisfy(\.isPrintable) && dictionary.values.allSatisfy(\.isPrintable)
    case .view(let view): TemplateValue.dictionary(view.dictionary).isPrintable
    case .iterator, .namespace, .function, .method, .loop: false
    default: true
    }
  }

  /// A float as Python writes it.
  static func pythonText(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return "\(value)"
  }

  /// A string as Python's `repr` writes it: single quotes unless there are single and no double ones inside; what cannot be seen is escaped.
  static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var out = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case quote: out += "\\\(scalar)"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where TemplateText.isPrintable(scalar): out.unicodeScalars.append(scalar)
      default:
        let hex = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        out += "\\\(letter)\(String(repeating: "0", count: width - hex.utf8.count))\(hex)"
      }
    }
    out.unicodeScalars.append(quote)
    return out
  }
}
