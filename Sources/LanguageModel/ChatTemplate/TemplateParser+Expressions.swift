// Expressions, from the loosest binding to the tightest: if-else, or, and, not, comparisons, + -, ~, * / // %, **, unary, postfix, filters and tests.
extension TemplateParser {
  /// One expression, or several with commas between them, which are a tuple. A word of `ends` ends a tuple.
  mutating func tuple(allowsConditional: Bool = true, ends: [String] = []) throws(TemplateProblem) -> TemplateExpression {
    let here = line
    var items = [try allowsConditional ? expression() : or()]
    var isTuple = false
    while take(.symbol(",")) {
      isTuple = true
      if endsTuple(ends) { break }
      items.append(try allowsConditional ? expression() : or())
    }
    return isTuple ? TemplateExpression(.tuple(items), line: here) : items[0]
  }

  private func endsTuple(_ ends: [String]) -> Bool {
    if case .name(let name) = peek { return ends.contains(name) }
    return peek == .variableEnd || peek == .blockEnd || peek == .symbol(")")
  }

  mutating func expression() throws(TemplateProblem) -> TemplateExpression {
    try deeper { (parser) throws(TemplateProblem) in try parser.conditionalExpression() }
  }

  private mutating func conditionalExpression() throws(TemplateProblem) -> TemplateExpression {
    let before = unknown
    var value = try or()
    // All of an expression with if is as soft as its branches, what stands before the if too.
    if peek == .name("if") { unknown = before }
    var chain = 0
    while peek == .name("if") {
      let here = line
      try lengthen(&chain)
      _ = next()
      let condition = try softly { (parser) throws(TemplateProblem) in try parser.or() }
      let otherwise = take(.name("else")) ? try softly { (parser) throws(TemplateProblem) in try parser.expression() } : nil
      value = TemplateExpression(.conditional(condition: condition, then: value, otherwise: otherwise), line: here)
    }
    return value
  }

  mutating func or() throws(TemplateProblem) -> TemplateExpression {
    let before = unknown
    var left = try and()
    var chain = 0
    while peek == .name("or") {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = passingOver(TemplateExpression(.or(left, try and()), line: here), before)
    }
    return left
  }

  private mutating func and() throws(TemplateProblem) -> TemplateExpression {
    let before = unknown
    var left = try not()
    var chain = 0
    while peek == .name("and") {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = passingOver(TemplateExpression(.and(left, try not()), line: here), before)
    }
    return left
  }

  /// An expression that does not look at all of its parts: if Jinja works it out beforehand, an unknown filter or test in what it passes over is no fault.
  private mutating func passingOver(_ value: TemplateExpression, _ before: TemplateProblem?) -> TemplateExpression {
    if before == nil, unknown != nil, TemplateConstants.hasValue(value) { unknown = nil }
    return value
  }

  private mutating func not() throws(TemplateProblem) -> TemplateExpression {
    guard peek == .name("not") else { return try comparison() }
    let here = line
    _ = next()
    return try deeper { (parser) throws(TemplateProblem) in TemplateExpression(.not(try parser.not()), line: here) }
  }

  private mutating func comparison() throws(TemplateProblem) -> TemplateExpression {
    let here = line
    let before = unknown
    let left = try sum()
    var rest: [(TemplateExpression.Comparison, TemplateExpression)] = []
    while true {
      if case .symbol(let text) = peek, let operation = TemplateExpression.Comparison(rawValue: text) {
        _ = next()
        rest.append((operation, try sum()))
      } else if take(.name("in")) {
        rest.append((.isIn, try sum()))
      } else if peek == .name("not"), second == .name("in") {
        _ = next()
        _ = next()
        rest.append((.isNotIn, try sum()))
      } else {
        return rest.isEmpty ? left : passingOver(TemplateExpression(.compare(left, rest), line: here), before)
      }
    }
  }

  private mutating func sum() throws(TemplateProblem) -> TemplateExpression {
    var left = try concatenation()
    var chain = 0
    while case .symbol(let text) = peek, text == "+" || text == "-", let operation = TemplateExpression.Arithmetic(rawValue: text) {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = TemplateExpression(.arithmetic(operation, left, try concatenation()), line: here)
    }
    return left
  }

  private mutating func concatenation() throws(TemplateProblem) -> TemplateExpression {
    let here = line
    var parts = [try product()]
    while take(.symbol("~")) { parts.append(try product()) }
    return parts.count == 1 ? parts[0] : TemplateExpression(.concatenation(parts), line: here)
  }

  private mutating func product() throws(TemplateProblem) -> TemplateExpression {
    var left = try power()
    var chain = 0
    while case .symbol(let text) = peek, ["*", "/", "//", "%"].contains(text), let operation = TemplateExpression.Arithmetic(rawValue: text) {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = TemplateExpression(.arithmetic(operation, left, try power()), line: here)
    }
    return left
  }

  private mutating func power() throws(TemplateProblem) -> TemplateExpression {
    var left = try unary()
    var chain = 0
    while peek == .symbol("**") {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = TemplateExpression(.arithmetic(.power, left, try unary()), line: here)
    }
    return left
  }

  private mutating func unary(takesFilters: Bool = true) throws(TemplateProblem) -> TemplateExpression {
    let here = line
    var value: TemplateExpression
    if take(.symbol("-")) {
      value = try deeper { (parser) throws(TemplateProblem) in TemplateExpression(.negative(try parser.unary(takesFilters: false)), line: here) }
    } else if take(.symbol("+")) {
      value = try deeper { (parser) throws(TemplateProblem) in TemplateExpression(.positive(try parser.unary(takesFilters: false)), line: here) }
    } else {
      value = try primary()
    }
    value = try postfix(value)
    return takesFilters ? try filtersAndTests(value) : value
  }

  private mutating func filtersAndTests(_ start: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
    var value = start
    var chain = 0
    while true {
      let here = line
      try lengthen(&chain)
      if take(.symbol("|")) {
        let (name, arguments) = try filterCall()
        value = TemplateExpression(.filter(value, name, arguments), line: here)
      } else if take(.name("is")) {
        value = try test(value, here)
      } else if peek == .symbol("(") {
        value = TemplateExpression(.call(value, try arguments()), line: here)
      } else {
        return value
      }
    }
  }

  /// A filter after its bar.
  mutating func filterCall() throws(TemplateProblem) -> (name: String, arguments: TemplateArguments) {
    let name = try dottedName("a filter's name")
    if !isSoft, TemplateEvaluator.filters[name] == nil, !TemplateEvaluator.refusedFilters.contains(name) {
      unknown = unknown ?? problem("there is no filter \(name)")
    }
    return (name, peek == .symbol("(") ? try arguments() : TemplateArguments())
  }

  /// Filters with bars between them; the first has none before it when it follows `{% filter`.
  mutating func filterChain(startsInline: Bool) throws(TemplateProblem) -> [(name: String, arguments: TemplateArguments)] {
    var filters: [(name: String, arguments: TemplateArguments)] = []
    if startsInline { filters.append(try filterCall()) }
    while take(.symbol("|")) { filters.append(try filterCall()) }
    return filters
  }

  private mutating func dottedName(_ what: String) throws(TemplateProblem) -> String {
    var name = try takeName(what)
    while take(.symbol(".")) { name += "." + (try takeName(what)) }
    return name
  }

  private mutating func test(_ value: TemplateExpression, _ here: Int) throws(TemplateProblem) -> TemplateExpression {
    let isNegated = take(.name("not"))
    let name = try dottedName("a test's name")
    if !isSoft, TemplateEvaluator.tests[name] == nil { unknown = unknown ?? problem("there is no test \(name)") }
    var given = TemplateArguments()
    switch peek {
    case .symbol("("): given = try arguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw problem("tests cannot be chained with is")
    case .name, .string, .int, .double, .symbol("["), .symbol("{"): given.positional = [try postfix(try primary())]
    default: break
    }
    let test = TemplateExpression(.test(value, name, given), line: here)
    return isNegated ? TemplateExpression(.not(test), line: here) : test
  }

  /// Within a condition; see `isSoft`.
  private mutating func softly<Value>(_ work: (inout TemplateParser) throws(TemplateProblem) -> Value) throws(TemplateProblem) -> Value {
    let outer = isSoft
    isSoft = true
    defer { isSoft = outer }
    return try work(&self)
  }
}
