// Macros, call blocks, their parameters, and what values are given to.
extension TemplateParser {
  mutating func callBlock(_ here: Int) throws(TemplateProblem) -> TemplateStatement.Kind {
    var parameters = Parameters()
    if peek == .symbol("(") { parameters = try self.parameters() }
    let call = try expression()
    guard case .call(let callee, let arguments) = call.kind else {
      throw TemplateProblem(line: here, reason: .syntax, text: "{% call %} needs a call")
    }
    return .call(try macro(nil, parameters, end: "endcall"), callee: callee, arguments)
  }

  mutating func macro(_ name: String, end: String) throws(TemplateProblem) -> TemplateMacro { try macro(name, try parameters(), end: end) }

  private mutating func macro(_ name: String?, _ parameters: Parameters, end: String) throws(TemplateProblem) -> TemplateMacro {
    let before = specialsRead
    specialsRead = []
    // Defaults are worked out in the macro's scope.
    let body = try scope(declaring: parameters.list.map(\.name) + parameters.mentioned) { (parser) throws(TemplateProblem) in
      try parser.outsideOfLoops { (parser) throws(TemplateProblem) in try parser.block(until: end) }
    }
    let read = specialsRead
    // As in Jinja, what a macro inside reads counts for the one around it too.
    specialsRead = before.union(read)
    if read.contains("caller"), let own = parameters.list.first(where: { $0.name == "caller" }), own.fallback == nil {
      throw problem("the parameter \"caller\" of a macro that calls it must have a default")
    }
    return TemplateMacro(name: name, parameters: parameters.list, body: body, specials: read.subtracting(parameters.list.map(\.name)))
  }

  /// What stands between a macro's parentheses.
  private struct Parameters {
    var list: [(name: String, fallback: TemplateExpression?)] = []
    /// Names that the defaults read.
    var mentioned: Set<String> = []
  }

  private mutating func parameters() throws(TemplateProblem) -> Parameters {
    var list: [(name: String, fallback: TemplateExpression?)] = []
    let scope = try scope { (parser) throws(TemplateProblem) in
      list = try parser.parameterList()
      return []
    }
    return Parameters(list: list, mentioned: scope.names.mentioned)
  }

  private mutating func parameterList() throws(TemplateProblem) -> [(name: String, fallback: TemplateExpression?)] {
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
    if allowsMember && take(.symbol(".")) {
      reads(name)
      return .member(object: name, name: try takeName("a member's name"))
    }
    return .name(name)
  }
}
