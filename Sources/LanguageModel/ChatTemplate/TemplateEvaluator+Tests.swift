internal import Files

// The tests of `is`; Jinja's other tests are refused by name when one is reached.
extension TemplateEvaluator {
  mutating func test(_ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> Bool {
    switch name {
    case "defined": return !value.isUndefined
    case "undefined": return value.isUndefined
    case "none": if case .none = value { return true }
    case "true": if case .bool(true) = value { return true }
    case "false": if case .bool(false) = value { return true }
    case "boolean": if case .bool = value { return true }
    case "string": return value.isString
    case "mapping": if case .dictionary = value { return true }
    case "number": return value.number != nil
    case "integer": if case .int = value { return true }
    case "float": if case .double = value { return true }
    case "iterable", "sequence": return Self.isSequence(value)
    case "callable":
      switch value {
      case .macro, .function, .method: return true
      default: break
      }
    case "lower": return Self.isAll(value, TemplateText.lower)
    case "upper": return Self.isAll(value, TemplateText.upper)
    default: return try comparison(value, name, arguments, line)
    }
    return false
  }

  private mutating func comparison(_ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem)
    -> Bool
  {
    if name == "odd" || name == "even" {
      guard let number = value.wholeNumber else { throw problem(line, "\(name) needs a whole number, found \(described(value))") }
      return number.isMultiple(of: 2) == (name == "even")
    }
    let operations: [String: TemplateExpression.Comparison] = [
      "equalto": .equal, "eq": .equal, "==": .equal, "sameas": .equal, "ne": .notEqual, "!=": .notEqual, "lt": .less, "lessthan": .less, "<": .less,
      "le": .lessOrEqual, "<=": .lessOrEqual, "gt": .greater, "greaterthan": .greater, ">": .greater, "ge": .greaterOrEqual, ">=": .greaterOrEqual,
      "in": .isIn,
    ]
    guard operations[name] != nil || name == "divisibleby" else { throw problem(line, "the test \(name) is not understood") }
    guard let other = arguments.positional.first else { throw problem(line, "the test \(name) needs something to compare with") }
    if let operation = operations[name] { return try compare(operation, value, other, line) }
    guard let number = value.wholeNumber, let divisor = other.wholeNumber, divisor != 0 else {
      throw problem(line, "divisibleby needs whole numbers, the second not 0")
    }
    return number.isMultiple(of: divisor)
  }

  /// Whether text has letters with case and is what `change` makes of it.
  private static func isAll(_ value: TemplateValue, _ change: (String) -> String) -> Bool {
    guard case .string(let text) = value else { return false }
    return text.unicodeScalars.contains { $0.properties.isCased } && change(text).hasSameBytes(as: text)
  }

  private static func isSequence(_ value: TemplateValue) -> Bool {
    switch value {
    case .string, .list, .tuple, .dictionary, .undefined: true
    default: false
    }
  }
}
