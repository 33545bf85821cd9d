// Expressions, from the loosest binding to the tightest: if-else, or, and, not, comparisons, + -, ~, * / // %, **, unary, postfix, filters and tests.
extension TemplateParser {
  /// One expression, or several with commas between them, which are a tuple.
  mutating func tuple(allowsConditional: Bool = true) throws(TemplateProblem) -> TemplateExpression {
    let here = line
    var items = [try allowsConditional ? expression() : or()]
    var isTuple = false
    while take(.symbol(",")) {
      isTuple = true
      if endsTuple { break }
      items.append(try allowsConditional ? expression() : or())
    }
    return isTuple ? TemplateExpression(.tuple(items), line: here) : items[0]
  }

  private var endsTuple: Bool { peek == .variableEnd || peek == .blockEnd || peek == .symbol(")") || peek == .name("in") }

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
      let condition = try or()
      let otherwise = take(.name("else")) ? try expression() : nil
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
    guard peek == .name("not"), second != .name("in") else { return try comparison() }
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
      value = try postfix(try primary())
    }
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

  mutating func filterCall() throws(TemplateProblem) -> (name: String, arguments: TemplateArguments) {
    let name = try takeName("a filter's name")
    return (name, peek == .symbol("(") ? try arguments() : TemplateArguments())
  }

  private mutating func test(_ value: TemplateExpression, _ here: Int) throws(TemplateProblem) -> TemplateExpression {
    let isNegated = take(.name("not"))
    let name = try takeName("a test's name")
    var given = TemplateArguments()
    switch peek {
    case .symbol("("): given = try arguments()
    case .name(let word) where ["else", "or", "and", "if", "in", "not", "is", "recursive"].contains(word): break
    case .name, .string, .int, .double, .symbol("["), .symbol("{"): given.positional = [try postfix(try primary())]
    default: break
    }
    let test = TemplateExpression(.test(value, name, given), line: here)
    return isNegated ? TemplateExpression(.not(test), line: here) : test
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
    var parts: [TemplateExpression?] = [nil]
    while peek != .symbol("]") {
      if take(.symbol(":")) {
        parts.append(nil)
      } else {
        guard parts[parts.count - 1] == nil else { throw problem("] was expected, found \(describe(peek))") }
        parts[parts.count - 1] = try expression()
      }
    }
    try expect(.symbol("]"), "]")
    if parts.count == 1 {
      guard let index = parts[0] else { throw problem("an index was expected between [ and ]") }
      return TemplateExpression(.item(value, index), line: here)
    }
    guard parts.count <= 3 else { throw problem("a slice has at most start, stop and step") }
    return TemplateExpression(.slice(value, start: parts[0], stop: parts[1], step: parts.count == 3 ? parts[2] : nil), line: here)
  }

  private mutating func arguments() throws(TemplateProblem) -> TemplateArguments {
    try expect(.symbol("("), "(")
    var result = TemplateArguments()
    while !take(.symbol(")")) {
      if !result.positional.isEmpty || !result.named.isEmpty {
        try expect(.symbol(","), ", or )")
        if take(.symbol(")")) { break }
      }
      if case .name(let name) = peek, second == .symbol("=") {
        _ = next()
        _ = next()
        result.named.append((name, try expression()))
      } else {
        guard result.named.isEmpty else { throw problem("an argument without a name cannot follow one with a name") }
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
    case .name(let name): return TemplateExpression(.name(name), line: here)
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
