import Documents
import Records

/// Recursive descent over the tokens of one condition; each method reads one level of the grammar in `Condition`'s comment.
struct ConditionParser {
  /// What a part of a condition is; only conditions and numbers can be combined, and each only with its like.
  private enum Part {
    case logic(Logic)
    case number(Arithmetic)
    case verdictField
    case verdict(Verdict)

    var name: String {
      switch self {
      case .logic: "a condition"
      case .number: "a number"
      case .verdictField, .verdict: "a verdict"
      }
    }
  }

  private let tokens: [Token]
  private var index = 0
  private var depth = 0

  init(tokens: [Token]) { self.tokens = tokens }

  mutating func condition() throws(MalformedCondition) -> Logic {
    guard token.kind != .end else {
      throw MalformedCondition("the condition is empty", hint: "write for example verdict == changed", offset: 0)
    }
    let start = token
    let whole = try either()
    guard token.kind == .end else {
      throw MalformedCondition("unexpected \(token.name) after a complete condition", hint: "join conditions with and, or", offset: token.offset)
    }
    return try logic(whole, at: start)
  }

  // MARK: - Levels

  private mutating func either() throws(MalformedCondition) -> Part {
    let start = token
    var left = try both()
    while takeWord("or") {
      let right = token
      left = .logic(.or(try logic(left, at: start), try logic(try both(), at: right)))
    }
    return left
  }

  private mutating func both() throws(MalformedCondition) -> Part {
    let start = token
    var left = try negation()
    while takeWord("and") {
      let right = token
      left = .logic(.and(try logic(left, at: start), try logic(try negation(), at: right)))
    }
    return left
  }

  private mutating func negation() throws(MalformedCondition) -> Part {
    guard takeWord("not") else { return try comparison() }
    try descend()
    defer { depth -= 1 }
    let start = token
    return .logic(.not(try logic(try negation(), at: start)))
  }

  private mutating func comparison() throws(MalformedCondition) -> Part {
    let start = token
    let left = try sum()
    let sign = token
    guard let comparison = takeComparison() else { return left }
    let rightStart = token
    let right = try sum()
    if case .symbol(let symbol) = token.kind, Comparison(rawValue: symbol) != nil {
      throw MalformedCondition("comparisons cannot be chained", hint: "write both: 0 < value and value < 1", offset: token.offset)
    }
    switch (left, right) {
    case (.number(let a), .number(let b)):
      return .logic(.compare(a, comparison, b, offset: start.offset))
    case (.verdictField, .verdict(let verdict)), (.verdict(let verdict), .verdictField):
      guard comparison == .equal || comparison == .notEqual else {
        throw MalformedCondition(
          "verdicts have no order, so \"\(comparison.rawValue)\" cannot compare them", hint: "use == or !=", offset: sign.offset)
      }
      return .logic(.verdict(isEqual: comparison == .equal, verdict, offset: start.offset))
    case (.verdict, .verdict), (.verdictField, .verdictField):
      throw MalformedCondition("this compares a verdict with itself", hint: "write verdict == changed", offset: start.offset)
    default:
      throw MalformedCondition("cannot compare \(left.name) with \(right.name)", offset: rightStart.offset)
    }
  }

  private mutating func sum() throws(MalformedCondition) -> Part {
    let start = token
    var left = try product()
    while let operation = takeOperator([.plus, .minus]) {
      let right = token
      left = .number(.operation(try number(left, at: start), operation, try number(try product(), at: right)))
    }
    return left
  }

  private mutating func product() throws(MalformedCondition) -> Part {
    let start = token
    var left = try signed()
    while let operation = takeOperator([.times, .over]) {
      let right = token
      left = .number(.operation(try number(left, at: start), operation, try number(try signed(), at: right)))
    }
    return left
  }

  private mutating func signed() throws(MalformedCondition) -> Part {
    guard takeOperator([.minus]) != nil else { return try atom() }
    try descend()
    defer { depth -= 1 }
    let start = token
    return .number(.negated(try number(try signed(), at: start)))
  }

  private mutating func atom() throws(MalformedCondition) -> Part {
    let start = token
    switch start.kind {
    case .number(let number):
      index += 1
      return .number(.number(number))
    case .symbol("("):
      index += 1
      return try parenthesised(openedAt: start)
    case .text(let text):
      index += 1
      return .verdict(try verdict(named: text, at: start))
    case .word("abs"):
      index += 1
      guard token.kind == .symbol("(") else {
        throw MalformedCondition("abs is written with parentheses", hint: "write abs(effect)", offset: token.offset)
      }
      index += 1
      return .number(.absolute(try number(try parenthesised(openedAt: start), at: start)))
    case .word(let word):
      index += 1
      if let field = Field(rawValue: word) { return .number(.field(field)) }
      if word == "verdict" { return .verdictField }
      return .verdict(try verdict(named: word, at: start))
    case .symbol, .end:
      throw MalformedCondition("expected a field or a number, found \(start.name)", offset: start.offset)
    }
  }

  private mutating func parenthesised(openedAt start: Token) throws(MalformedCondition) -> Part {
    try descend()
    defer { depth -= 1 }
    let inside = try either()
    guard token.kind == .symbol(")") else {
      throw MalformedCondition(
        "expected \")\", found \(token.name)", hint: "the parenthesis is opened at character \(start.offset + 1)", offset: token.offset)
    }
    index += 1
    return inside
  }

  // MARK: - Pieces

  private var token: Token { tokens[index] }

  private mutating func takeWord(_ word: String) -> Bool {
    guard token.kind == .word(word) else { return false }
    index += 1
    return true
  }

  private mutating func takeComparison() -> Comparison? {
    guard case .symbol(let symbol) = token.kind, let comparison = Comparison(rawValue: symbol) else { return nil }
    index += 1
    return comparison
  }

  private mutating func takeOperator(_ wanted: [Operator]) -> Operator? {
    guard case .symbol(let symbol) = token.kind, let operation = Operator(rawValue: symbol), wanted.contains(operation) else { return nil }
    index += 1
    return operation
  }

  /// Nesting costs stack, so it has a bound.
  private mutating func descend() throws(MalformedCondition) {
    depth += 1
    guard depth <= Condition.depthMax else {
      throw MalformedCondition("the condition is nested deeper than \(Condition.depthMax) levels", offset: token.offset)
    }
  }

  private func verdict(named name: String, at token: Token) throws(MalformedCondition) -> Verdict {
    if let verdict = Verdict(rawValue: name) { return verdict }
    let words = Field.allCases.map(\.rawValue) + ["verdict"] + Verdict.allCases.map(\.rawValue) + ["abs", "and", "or", "not"]
    throw MalformedCondition("unknown name \"\(name)\"", hint: Guess.hint(for: name, among: words), offset: token.offset)
  }

  private func logic(_ part: Part, at token: Token) throws(MalformedCondition) -> Logic {
    if case .logic(let logic) = part { return logic }
    let hint =
      switch part {
      case .verdictField, .verdict: "write verdict == changed"
      default: "compare it, as in value > 0.1"
      }
    throw MalformedCondition("this is \(part.name), not a condition", hint: hint, offset: token.offset)
  }

  private func number(_ part: Part, at token: Token) throws(MalformedCondition) -> Arithmetic {
    if case .number(let number) = part { return number }
    throw MalformedCondition("this is \(part.name), not a number", offset: token.offset)
  }
}
