/// Builds statements from a template's tokens. Expressions are in `TemplateParser+Expressions.swift`.
///
/// Source of the grammar: pallets/jinja, src/jinja2/parser.py, with the loop controls extension and transformers' `generation` tag.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var place = 0
  /// Brackets and statements that are open, bounded so that a hostile template cannot exhaust the stack.
  private var depth = 0
  private let maximumDepth: Int
  /// Operators, filters or members one after the other; each makes the expression one deeper.
  private static let maximumChain = 200

  private init(_ tokens: [TemplateToken], maximumDepth: Int) {
    self.tokens = tokens
    self.maximumDepth = maximumDepth
  }

  static func parse(_ source: String, maximumDepth: Int) throws(TemplateProblem) -> [TemplateStatement] {
    var parser = TemplateParser(try TemplateLexer.tokens(of: source), maximumDepth: maximumDepth)
    let (body, _) = try parser.statements(until: [])
    return body
  }

  // MARK: - Statements

  /// Statements up to a tag whose name is in `ends`; the tag's name has been taken, not what follows it.
  private mutating func statements(until ends: [String]) throws(TemplateProblem) -> (body: [TemplateStatement], end: String) {
    let start = line
    var body: [TemplateStatement] = []
    while true {
      let here = line
      switch next() {
      case .text(let text): body.append(TemplateStatement(.text(text), line: here))
      case .variableBegin:
        let value = try tuple()
        try expect(.variableEnd, "}}")
        body.append(TemplateStatement(.output(value), line: here))
      case .blockBegin:
        let name = try takeName("a tag")
        if ends.contains(name) { return (body, name) }
        body.append(TemplateStatement(try deeper { (parser) throws(TemplateProblem) in try parser.statement(name, here) }, line: here))
      case .end where ends.isEmpty: return (body, "")
      case .end: throw problem("the template ends inside the block begun on line \(start); {% \(ends.last ?? "") %} is missing")
      default: throw problem("unexpected \(describe(tokens[place - 1].kind))")
      }
    }
  }

  private mutating func statement(_ name: String, _ here: Int) throws(TemplateProblem) -> TemplateStatement.Kind {
    switch name {
    case "if": return try conditional()
    case "for": return try loop()
    case "set": return try set()
    case "macro": return try macro()
    case "generation":
      try endBlock()
      let (body, _) = try statements(until: ["endgeneration"])
      try endBlock()
      return .generation(body)
    case "break":
      try endBlock()
      return .breakLoop
    case "continue":
      try endBlock()
      return .continueLoop
    default:
      throw TemplateProblem(
        line: here, reason: .syntax, text: "the tag \"\(name)\" is not understood; if, for, set, macro, break, continue, generation and raw are")
    }
  }

  private mutating func conditional() throws(TemplateProblem) -> TemplateStatement.Kind {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    var otherwise: [TemplateStatement] = []
    var condition = try tuple(allowsConditional: false)
    try endBlock()
    while true {
      let (body, end) = try statements(until: ["elif", "else", "endif"])
      branches.append((condition, body))
      if end == "elif" {
        condition = try tuple(allowsConditional: false)
        try endBlock()
        continue
      }
      try endBlock()
      if end == "else" {
        (otherwise, _) = try statements(until: ["endif"])
        try endBlock()
      }
      return .conditional(branches: branches, otherwise: otherwise)
    }
  }

  private mutating func loop() throws(TemplateProblem) -> TemplateStatement.Kind {
    let target = try target()
    guard take(.name("in")) else { throw problem("\"in\" was expected after the loop's variable, found \(describe(peek))") }
    let sequence = try tuple(allowsConditional: false)
    var condition: TemplateExpression?
    if take(.name("if")) { condition = try expression() }
    if take(.name("recursive")) { throw problem("recursive loops are not understood") }
    try endBlock()
    let (body, end) = try statements(until: ["else", "endfor"])
    try endBlock()
    var otherwise: [TemplateStatement] = []
    if end == "else" {
      (otherwise, _) = try statements(until: ["endfor"])
      try endBlock()
    }
    return .loop(target: target, sequence: sequence, condition: condition, body: body, otherwise: otherwise)
  }

  private mutating func set() throws(TemplateProblem) -> TemplateStatement.Kind {
    let target = try target(allowsMember: true)
    if take(.symbol("=")) {
      let value = try tuple()
      try endBlock()
      return .set(target, value)
    }
    var filters: [(name: String, arguments: TemplateArguments)] = []
    while take(.symbol("|")) { filters.append(try filterCall()) }
    try endBlock()
    let (body, _) = try statements(until: ["endset"])
    try endBlock()
    return .setBlock(target, body: body, filters: filters)
  }

  private mutating func macro() throws(TemplateProblem) -> TemplateStatement.Kind {
    let name = try takeName("the macro's name")
    try expect(.symbol("("), "(")
    var parameters: [(name: String, fallback: TemplateExpression?)] = []
    while !take(.symbol(")")) {
      if !parameters.isEmpty { try expect(.symbol(","), ", or )") }
      if take(.symbol(")")) { break }
      let parameter = try takeName("a parameter")
      parameters.append((parameter, take(.symbol("=")) ? try expression() : nil))
    }
    try endBlock()
    let (body, _) = try statements(until: ["endmacro"])
    // The name may be repeated after endmacro.
    if case .name = peek { _ = next() }
    try endBlock()
    return .macro(TemplateMacro(name: name, parameters: parameters, body: body))
  }

  private mutating func target(allowsMember: Bool = false) throws(TemplateProblem) -> TemplateTarget {
    var targets = [try oneTarget(allowsMember)]
    var isTuple = false
    while take(.symbol(",")) {
      isTuple = true
      guard case .name(let word) = peek, word != "in" else { break }
      targets.append(try oneTarget(false))
    }
    return isTuple ? .names(targets) : targets[0]
  }

  private mutating func oneTarget(_ allowsMember: Bool) throws(TemplateProblem) -> TemplateTarget {
    if take(.symbol("(")) {
      let inner = try target()
      try expect(.symbol(")"), ")")
      return inner
    }
    let name = try takeName("a variable")
    if ["true", "false", "none", "True", "False", "None"].contains(name) { throw problem("\"\(name)\" cannot be given a value") }
    if allowsMember && take(.symbol(".")) { return .member(object: name, name: try takeName("a member's name")) }
    return .name(name)
  }

  // MARK: - Tokens, for both files

  var line: Int { tokens[min(place, tokens.count - 1)].line }

  var peek: TemplateToken.Kind { tokens[min(place, tokens.count - 1)].kind }

  /// The token after the next one.
  var second: TemplateToken.Kind { tokens[min(place + 1, tokens.count - 1)].kind }

  mutating func next() -> TemplateToken.Kind {
    defer { place = min(place + 1, tokens.count) }
    return peek
  }

  mutating func take(_ kind: TemplateToken.Kind) -> Bool {
    guard peek == kind else { return false }
    _ = next()
    return true
  }

  mutating func expect(_ kind: TemplateToken.Kind, _ text: String) throws(TemplateProblem) {
    guard take(kind) else { throw problem("\(text) was expected, found \(describe(peek))") }
  }

  mutating func takeName(_ what: String) throws(TemplateProblem) -> String {
    guard case .name(let name) = peek else { throw problem("\(what) was expected, found \(describe(peek))") }
    _ = next()
    return name
  }

  mutating func endBlock() throws(TemplateProblem) { try expect(.blockEnd, "%}") }

  mutating func deeper<Value>(_ body: (inout TemplateParser) throws(TemplateProblem) -> Value) throws(TemplateProblem) -> Value {
    guard depth < maximumDepth else {
      throw TemplateProblem(line: line, reason: .limit, text: "blocks and brackets are nested more than \(maximumDepth) deep", isDepth: true)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  /// Counts one more link of a chain.
  func lengthen(_ chain: inout Int) throws(TemplateProblem) {
    chain += 1
    guard chain < Self.maximumChain else {
      throw TemplateProblem(line: line, reason: .limit, text: "more than \(Self.maximumChain) operators, filters or members in one expression")
    }
  }

  func problem(_ text: String) -> TemplateProblem { TemplateProblem(line: line, reason: .syntax, text: text) }

  func describe(_ kind: TemplateToken.Kind) -> String {
    switch kind {
    case .text: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): "\"\(name)\""
    case .string(let text): "the string \"\(text.prefix(40))\""
    case .int(let value): "\(value)"
    case .double(let value): "\(value)"
    case .symbol(let text): "\"\(text)\""
    case .end: "the end of the template"
    }
  }
}
