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
    var value = try or()
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
    var left = try and()
    var chain = 0
    while peek == .name("or") {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = TemplateExpression(.or(left, try and()), line: here)
    }
    return left
  }

  private mutating func and() throws(TemplateProblem) -> TemplateExpression {
    var left = try not()
    var chain = 0
    while peek == .name("and") {
      let here = line
      try lengthen(&chain)
      _ = next()
      left = TemplateExpression(.and(left, try not()), line: here)
    }
    return left
  }

  private mutating func not() throws(TemplateProblem) -> TemplateExpression {
    guard peek == .name("not") else { return try comparison() }
    let here = line
    _ = next()
    return try deeper { (parser) throws(TemplateProblem) in TemplateExpression(.not(try parser.not()), line: here) }
  }

  private mutating func comparison() throws(TemplateProblem) -> TemplateExpression {
    let here = line
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
        return rest.isEmpty ? left : TemplateExpression(.compare(left, rest), line: here)
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
    guard isSoft || TemplateEvaluator.filters[name] != nil || TemplateEvaluator.refusedFilters.contains(name) else {
      throw problem("there is no filter \(name)")
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
    guard isSoft || TemplateEvaluator.tests[name] != nil else { throw problem("there is no test \(name)") }
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

  private mutating func postfix(_ start: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
    var value = start
    var chain = 0
    while true {
      let here = line
      try lengthen(&chain)
      if take(.symbol(".")) {
        switch next() {
        case .name(let name): value = TemplateExpression(.attribute(value, name), line: here)
        case .int(let index): value = TemplateExpression(.item(value, TemplateExpression(.literal(.int(index)), line: here)), line: here)
        case let other: throw problem("a name was expected after the point, found \(describe(other))")
        }
      } else if take(.symbol("[")) {
        value = try subscripted(value, here)
      } else if peek == .symbol("(") {
        value = TemplateExpression(.call(value, try arguments()), line: here)
      } else {
        return value
      }
    }
  }

  private mutating func subscripted(_ value: TemplateExpression, _ here: Int) throws(TemplateProblem) -> TemplateExpression {
    var indices: [TemplateExpression] = []
    while peek != .symbol("]") {
      if !indices.isEmpty { try expect(.symbol(","), ", or ]") }
      guard peek != .symbol(":") else { return try slice(value, nil, isOnly: indices.isEmpty, here) }
      let index = try expression()
      if peek == .symbol(":") { return try slice(value, index, isOnly: indices.isEmpty, here) }
      indices.append(index)
    }
    try expect(.symbol("]"), "]")
    return TemplateExpression(.item(value, indices.count == 1 ? indices[0] : TemplateExpression(.tuple(indices), line: here)), line: here)
  }

  /// What follows the start of a slice, up to its bracket.
  private mutating func slice(
    _ value: TemplateExpression, _ start: TemplateExpression?, isOnly: Bool, _ here: Int
  ) throws(TemplateProblem) -> TemplateExpression {
    try expect(.symbol(":"), ":")
    func bound(_ parser: inout TemplateParser) throws(TemplateProblem) -> TemplateExpression? {
      switch parser.peek {
      case .symbol(":"), .symbol("]"), .symbol(","): nil
      default: try parser.expression()
      }
    }
    let stop = try bound(&self)
    let step = take(.symbol(":")) ? try bound(&self) : nil
    guard isOnly, peek != .symbol(",") else { throw problem("a slice cannot stand beside other indices") }
    try expect(.symbol("]"), "]")
    return TemplateExpression(.slice(value, start: start, stop: stop, step: step), line: here)
  }

  private mutating func arguments() throws(TemplateProblem) -> TemplateArguments {
    try expect(.symbol("("), "(")
    var result = TemplateArguments()
    var isFirst = true
    while !take(.symbol(")")) {
      if !isFirst {
        try expect(.symbol(","), ", or )")
        if take(.symbol(")")) { break }
      }
      isFirst = false
      if peek == .symbol("*"), result.spread == nil, result.spreadNamed == nil {
        _ = next()
        result.spread = try expression()
      } else if peek == .symbol("**"), result.spreadNamed == nil {
        _ = next()
        result.spreadNamed = try expression()
      } else if case .name(let name) = peek, second == .symbol("="), result.spreadNamed == nil {
        _ = next()
        _ = next()
        guard !result.named.contains(where: { $0.name == name }) else { throw problem("the argument \(name) is there twice") }
        result.named.append((name, try expression()))
      } else {
        guard result.named.isEmpty, result.spread == nil, result.spreadNamed == nil else {
          throw problem("an argument without a name cannot follow one with a name")
        }
        result.positional.append(try expression())
      }
    }
    return result
  }

  private mutating func primary() throws(TemplateProblem) -> TemplateExpression {
    let here = line
    func literal(_ value: TemplateLiteral) -> TemplateExpression { TemplateExpression(.literal(value), line: here) }
    switch next() {
    case .name("true"), .name("True"): return literal(.bool(true))
    case .name("false"), .name("False"): return literal(.bool(false))
    case .name("none"), .name("None"): return literal(.none)
    case .name(let name):
      if ["caller", "varargs", "kwargs"].contains(name) { specialsRead.insert(name) }
      return TemplateExpression(.name(name), line: here)
    case .int(let value): return literal(.int(value))
    case .double(let value): return literal(.double(value))
    case .string(var text):
      while case .string(let more) = peek {
        text += more
        _ = next()
      }
      return literal(.string(text))
    case .symbol("("):
      if take(.symbol(")")) { return TemplateExpression(.tuple([]), line: here) }
      let inner = try tuple()
      try expect(.symbol(")"), ")")
      return inner
    case .symbol("["):
      return TemplateExpression(.list(try items(closing: "]")), line: here)
    case .symbol("{"): return try dictionary(here)
    case let other:
      throw TemplateProblem(line: here, reason: .syntax, text: "an expression was expected, found \(describe(other))")
    }
  }

  private mutating func items(closing: String) throws(TemplateProblem) -> [TemplateExpression] {
    var items: [TemplateExpression] = []
    while !take(.symbol(closing)) {
      if !items.isEmpty {
        try expect(.symbol(","), ", or \(closing)")
        if take(.symbol(closing)) { break }
      }
      items.append(try expression())
    }
    return items
  }

  private mutating func dictionary(_ here: Int) throws(TemplateProblem) -> TemplateExpression {
    var members: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !take(.symbol("}")) {
      if !members.isEmpty {
        try expect(.symbol(","), ", or }")
        if take(.symbol("}")) { break }
      }
      let key = try expression()
      try expect(.symbol(":"), ":")
      members.append((key, try expression()))
    }
    return TemplateExpression(.dictionary(members), line: here)
  }
}
