/// Builds statements from a template's tokens. Expressions are in `TemplateParser+Expressions.swift`.
///
/// Source of the grammar: pallets/jinja, src/jinja2/parser.py, with the loop controls extension and transformers' `generation` tag.
struct TemplateParser {
  private let tokens: [TemplateToken]
  private var place = 0
  /// Brackets and statements that are open, bounded so that a hostile template cannot exhaust the stack.
  private var depth = 0
  /// Loops that `break` could leave here.
  private var loops = 0
  /// Loops around us, whatever else stands between.
  private var enclosingLoops = 0
  /// Inside of a condition, where an unknown filter or test is a fault only when it is reached.
  var isSoft = false
  /// The first filter or test of the statement at hand that does not exist. A fault unless it turns out to be in a condition.
  var unknown: TemplateProblem?
  /// Which special names of macros have been read in the macro at hand.
  var specialsRead: Set<String> = []
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
        if let unknown { throw unknown }
      case .blockBegin:
        let name = try takeName("a tag")
        if ends.contains(name) { return (body, name) }
        body.append(TemplateStatement(try deeper { (parser) throws(TemplateProblem) in try parser.statement(name, here) }, line: here))
        try endBlock()
        if let unknown { throw unknown }
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
    case "macro":
      let name = try takeName("the macro's name")
      return .macro(try macro(name, end: "endmacro") { (parser) throws(TemplateProblem) in try parser.parameters() })
    case "call": return try callBlock(here)
    case "filter":
      return try hard { (parser) throws(TemplateProblem) in
        .filterBlock(try parser.filterChain(startsInline: true), body: try parser.block(until: "endfilter"))
      }
    case "with": return try with()
    case "print": return .output(try printed())
    case "generation":
      return .generation(
        try hard { (parser) throws(TemplateProblem) in
          try parser.outsideOfLoops { (parser) throws(TemplateProblem) in try parser.block(until: "endgeneration") }
        })
    case "break", "continue":
      guard loops > 0 else { throw TemplateProblem(line: here, reason: .syntax, text: "{% \(name) %} stands outside of a loop") }
      return name == "break" ? .breakLoop : .continueLoop
    default:
      throw TemplateProblem(
        line: here, reason: .syntax,
        text: "the tag \"\(name)\" is not understood; if, for, set, macro, call, filter, with, print, break, continue, generation and raw are")
    }
  }

  /// The statements of a block whose opening tag ends here, up to its closing tag, that one without its bracket.
  mutating func block(until end: String) throws(TemplateProblem) -> [TemplateStatement] {
    try body(until: [end]).body
  }

  /// Statements after an opening tag; as in Jinja, a colon may stand at the tag's end.
  private mutating func body(until ends: [String]) throws(TemplateProblem) -> (body: [TemplateStatement], end: String) {
    _ = take(.symbol(":"))
    try endBlock()
    return try statements(until: ends)
  }

  private mutating func conditional() throws(TemplateProblem) -> TemplateStatement.Kind {
    let outer = isSoft
    isSoft = true
    defer { isSoft = outer }
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let condition = try tuple(allowsConditional: false)
      let (body, end) = try body(until: ["elif", "else", "endif"])
      branches.append((condition, body))
      if end == "elif" { continue }
      return .conditional(branches: branches, otherwise: end == "else" ? try block(until: "endif") : [])
    }
  }

  private mutating func loop() throws(TemplateProblem) -> TemplateStatement.Kind {
    let target = try target()
    guard !target.names.contains("loop") else { throw problem("\"loop\" cannot be the variable of a loop") }
    guard take(.name("in")) else { throw problem("\"in\" was expected after the loop's variable, found \(describe(peek))") }
    let sequence = try tuple(allowsConditional: false, ends: ["recursive"])
    return try hard { (parser) throws(TemplateProblem) in
      parser.enclosingLoops += 1
      defer { parser.enclosingLoops -= 1 }
      let condition = parser.take(.name("if")) ? try parser.expression() : nil
      let isRecursive = parser.take(.name("recursive"))
      parser.loops += 1
      let (body, end) = try parser.body(until: ["else", "endfor"])
      parser.loops -= 1
      // What a loop does when it has nothing to do belongs to the loop around it.
      let otherwise =
        end == "else"
        ? isRecursive
          ? try parser.outsideOfLoops { (parser) throws(TemplateProblem) in try parser.block(until: "endfor") } : try parser.block(until: "endfor")
        : []
      return .loop(
        TemplateForLoop(
          target: target, sequence: sequence, condition: condition, isRecursive: isRecursive, body: body, otherwise: otherwise))
    }
  }

  private mutating func set() throws(TemplateProblem) -> TemplateStatement.Kind {
    let target = try target(allowsMember: true)
    guard enclosingLoops == 0 || !target.names.contains("loop") else { throw problem("\"loop\" cannot be given a value inside of a loop") }
    if take(.symbol("=")) { return .set(target, try tuple()) }
    return try hard { (parser) throws(TemplateProblem) in
      let filters = try parser.filterChain(startsInline: false)
      return .setBlock(target, body: try parser.block(until: "endset"), filters: filters)
    }
  }

  private mutating func with() throws(TemplateProblem) -> TemplateStatement.Kind {
    var values: [(target: TemplateTarget, value: TemplateExpression)] = []
    while peek != .blockEnd {
      if !values.isEmpty { try expect(.symbol(","), ", or %}") }
      let target = try target()
      try expect(.symbol("="), "=")
      values.append((target, try expression()))
    }
    return .with(values, body: try hard { (parser) throws(TemplateProblem) in try parser.block(until: "endwith") })
  }

  /// `{% print a, b %}`: the values one after the other.
  private mutating func printed() throws(TemplateProblem) -> TemplateExpression {
    let here = line
    var values: [TemplateExpression] = []
    while peek != .blockEnd {
      if !values.isEmpty { try expect(.symbol(","), ", or %}") }
      values.append(try expression())
    }
    return TemplateExpression(.concatenation(values), line: here)
  }

  // MARK: - Where in the template we are

  /// What stands in a scope of its own: there, an unknown filter or test is a fault even if it is never reached, as in Jinja.
  mutating func hard<Value>(_ work: (inout TemplateParser) throws(TemplateProblem) -> Value) throws(TemplateProblem) -> Value {
    let outer = isSoft
    isSoft = false
    defer { isSoft = outer }
    return try work(&self)
  }

  /// What becomes a function: a loop around it cannot be left from inside.
  mutating func outsideOfLoops<Value>(_ work: (inout TemplateParser) throws(TemplateProblem) -> Value) throws(TemplateProblem) -> Value {
    let outer = loops
    loops = 0
    defer { loops = outer }
    return try work(&self)
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
