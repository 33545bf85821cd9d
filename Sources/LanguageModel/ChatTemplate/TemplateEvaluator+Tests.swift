// The tests of `is`.
extension TemplateEvaluator {
  /// Every test of Jinja and how many values it takes beside the one it is asked of.
  static let tests: [String: Int] = [
    "odd": 0, "even": 0, "divisibleby": 1, "defined": 0, "undefined": 0, "filter": 0, "test": 0, "none": 0, "boolean": 0, "false": 0, "true": 0,
    "integer": 0, "float": 0, "lower": 0, "upper": 0, "string": 0, "mapping": 0, "number": 0, "sequence": 0, "iterable": 0, "callable": 0,
    "sameas": 1, "escaped": 0, "in": 1, "==": 1, "eq": 1, "equalto": 1, "!=": 1, "ne": 1, ">": 1, "gt": 1, "greaterthan": 1, "ge": 1, ">=": 1,
    "<": 1, "lt": 1, "lessthan": 1, "<=": 1, "le": 1,
  ]

  private static let comparisons: [String: TemplateExpression.Comparison] = [
    "equalto": .equal, "eq": .equal, "==": .equal, "ne": .notEqual, "!=": .notEqual, "lt": .less, "lessthan": .less, "<": .less, "le": .lessOrEqual,
    "<=": .lessOrEqual, "gt": .greater, "greaterthan": .greater, ">": .greater, "ge": .greaterOrEqual, ">=": .greaterOrEqual, "in": .isIn,
  ]

  mutating func test(_ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> Bool {
    guard let count = Self.tests[name] else { throw problem(line, "the test \(name) is not understood") }
    let other: TemplateValue
    switch name {
    case "divisibleby", "sameas", "in":
      let parameter = name == "divisibleby" ? "num" : name == "in" ? "seq" : "other"
      other = try Parameters(name: "the test \(name)", names: [parameter], required: 1).bind(arguments, line)[0] ?? .none
    default:
      guard arguments.named.isEmpty, arguments.positional.count == count else {
        throw problem(line, "the test \(name) takes \(count) values, \(arguments.positional.count + arguments.named.count) were given")
      }
      other = arguments.positional.first ?? .none
    }
    if let comparison = Self.comparisons[name] { return try compare(comparison, value, other, line) }
    switch name {
    case "sameas": return try isSame(value, other, line)
    case "odd", "even", "divisibleby":
      let divisor = name == "divisibleby" ? other : .int(2)
      return try arithmetic(.remainder, value, divisor, line) == .int(name == "odd" ? 1 : 0)
    case "lower", "upper":
      let text = try printed(value, line)
      return name == "lower" ? TemplateText.isLower(text) : TemplateText.isUpper(text)
    case "filter", "test":
      guard value.key != nil else { throw problem(line, "\(described(value)) is no name") }
      guard case .string(let text) = value else { return false }
      return name == "filter" ? Self.filters[text] != nil || Self.refusedFilters.contains(text) : Self.tests[text] != nil
    default: return isOfKind(value, name)
    }
  }

  private func isOfKind(_ value: TemplateValue, _ name: String) -> Bool {
    switch (name, value) {
    case ("defined", _): return !value.isUndefined
    case ("undefined", .undefined), ("none", .none), ("true", .bool(true)), ("false", .bool(false)), ("boolean", .bool): return true
    case ("string", .string), ("string", .safe), ("escaped", .safe), ("mapping", .dictionary), ("integer", .int), ("integer", .wide),
      ("float", .double):
      return true
    case ("number", _): return value.number != nil || { if case .wide = value { true } else { false } }()
    case ("sequence", .view): return false
    case ("sequence", .loop): return false
    case ("sequence", _): return value.count != nil
    case ("iterable", .iterator), ("iterable", .loop): return true
    case ("iterable", _): return value.count != nil
    case ("callable", .macro), ("callable", .function), ("callable", .method), ("callable", .loop), ("callable", .undefined): return true
    default: return false
    }
  }

  /// Python's `is`, where it can be known without knowing where values lie in memory: constants, and what is only ever itself.
  private func isSame(_ value: TemplateValue, _ other: TemplateValue, _ line: Int) throws(TemplateProblem) -> Bool {
    switch (value, other) {
    case (.none, .none): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.iterator(let a), .iterator(let b)): return a === b
    case (.macro, .macro), (.loop, .loop): return value == other
    default:
      // Different values are never the same; equal ones may be, and only Python knows.
      guard value == other, value.typeName == other.typeName else { return false }
      throw problem(line, "whether \(described(value)) is the same value or an equal one cannot be known; compare with ==")
    }
  }
}
