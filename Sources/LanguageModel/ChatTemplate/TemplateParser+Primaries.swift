// What stands by itself, and what follows it without an operator: members, indices, slices, calls.
extension TemplateParser {
  mutating func postfix(_ start: TemplateExpression) throws(TemplateProblem) -> TemplateExpression {
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

  mutating func arguments() throws(TemplateProblem) -> TemplateArguments {
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

  mutating func primary() throws(TemplateProblem) -> TemplateExpression {
    let here = line
    func literal(_ value: TemplateLiteral) -> TemplateExpression { TemplateExpression(.literal(value), line: here) }
    switch next() {
    case .name("true"), .name("True"): return literal(.bool(true))
    case .name("false"), .name("False"): return literal(.bool(false))
    case .name("none"), .name("None"): return literal(.none)
    case .name(let name):
      if ["caller", "varargs", "kwargs"].contains(name) { specialsRead.insert(name) }
      reads(name)
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
