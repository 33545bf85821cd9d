// Macros, call blocks, their parameters, and what values are given to.
extension TemplateParser {
  mutating func callBlock(_ here: Int) throws(TemplateProblem) -> TemplateStatement.Kind {
    var parameters: [(name: String, fallback: TemplateExpression?)] = []
    if peek == .symbol("(") { parameters = try self.parameters() }
    let call = try expression()
    guard case .call(let callee, let arguments) = call.kind else {
      throw TemplateProblem(line: here, reason: .syntax, text: "{% call %} needs a call")
    }
    let body = try macro(nil, end: "endcall") { _ in parameters }
    return .call(body, callee: callee, arguments)
  }

  mutating func macro(
    _ name: String?, end: String,
    _ parameters: (inout TemplateParser) throws(TemplateProblem) -> [(name: String, fallback: TemplateExpression?)]
  ) throws(TemplateProblem) -> TemplateMacro {
    try hard { (parser) throws(TemplateProblem) in
      try parser.outsideOfLoops { (parser) throws(TemplateProblem) in
        let parameters = try parameters(&parser)
        let before = parser.specialsRead
        parser.specialsRead = []
        let body = try parser.block(until: end)
        let read = parser.specialsRead
        // As in Jinja, what a macro inside reads counts for the one around it too.
        parser.specialsRead = before.union(read)
        if read.contains("caller"), let own = parameters.first(where: { $0.name == "caller" }), own.fallback == nil {
          throw parser.problem("the parameter \"caller\" of a macro that calls it must have a default")
        }
        return TemplateMacro(name: name, parameters: parameters, body: body, specials: read.subtracting(parameters.map(\.name)))
      }
    }
  }

  mutating func parameters() throws(TemplateProblem) -> [(name: String, fallback: TemplateExpression?)] {
    try expect(.symbol("("), "(")
    var parameters: [(name: String, fallback: TemplateExpression?)] = []
    while !take(.symbol(")")) {
      if !parameters.isEmpty { try expect(.symbol(","), ", or )") }
      let parameter = try takeName("a parameter")
      guard !Self.constants.contains(parameter), !parameters.contains(where: { $0.name == parameter }) else {
        throw problem("\"\(parameter)\" cannot be a parameter here")
      }
      let fallback = take(.symbol("=")) ? try expression() : nil
      guard fallback != nil || parameters.last?.fallback == nil else {
        throw problem("the parameter \"\(parameter)\" needs a default, because the one before it has one")
      }
      parameters.append((parameter, fallback))
    }
    return parameters
  }

  private static let constants: Set<String> = ["true", "false", "none", "True", "False", "None"]

  mutating func target(allowsMember: Bool = false) throws(TemplateProblem) -> TemplateTarget {
    try deeper { (parser) throws(TemplateProblem) in
      var targets = [try parser.oneTarget(allowsMember)]
      var isTuple = false
      while parser.take(.symbol(",")) {
        isTuple = true
        guard case .name(let word) = parser.peek, word != "in" || allowsMember else {
          guard parser.peek == .symbol("(") else { break }
          targets.append(try parser.oneTarget(allowsMember))
          continue
        }
        targets.append(try parser.oneTarget(allowsMember))
      }
      return isTuple ? .names(targets) : targets[0]
    }
  }

  private mutating func oneTarget(_ allowsMember: Bool) throws(TemplateProblem) -> TemplateTarget {
    if take(.symbol("(")) {
      if take(.symbol(")")) { return .names([]) }
      let inner = try target()
      try expect(.symbol(")"), ")")
      return inner
    }
    let name = try takeName("a variable")
    guard !Self.constants.contains(name) else { throw problem("\"\(name)\" cannot be given a value") }
    if allowsMember && take(.symbol(".")) { return .member(object: name, name: try takeName("a member's name")) }
    return .name(name)
  }
}
