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
  /// The scopes we are in, the template's first.
  private var scopes = [TemplateOpenScope()]
  private let maximumDepth: Int
  /// Operators, filters or members one after the other; each makes the expression one deeper.
  private static let maximumChain = 200

  private init(_ tokens: [TemplateToken], maximumDepth: Int) {
    self.tokens = tokens
    self.maximumDepth = maximumDepth
  }

  static func parse(_ source: String, maximumDepth: Int) throws(TemplateProblem) -> TemplateBody {
    var parser = TemplateParser(try TemplateLexer.tokens(of: source), maximumDepth: maximumDepth)
    let (body, _) = try parser.statements(until: [])
    let whole = parser.scopes[0]
    if let (name, line) = whole.borrowed.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }), !whole.names.mentioned.contains(name) {
      throw TemplateProblem(
        line: line, reason: .syntax, text: "a filter of a set block reads \"\(name)\", which nothing else does; Jinja cannot compile that")
    }
    return TemplateBody(statements: body, names: whole.names)
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
      assigns([name])
      return .macro(try macro(name, end: "endmacro"))
    case "call": return try callBlock(here)
    case "filter":
      let filters = try hard { (parser) throws(TemplateProblem) in try parser.filterChain(startsInline: true) }
      return .filterBlock(filters, body: try scope { (parser) throws(TemplateProblem) in try parser.block(until: "endfilter") })
    case "with": return try with()
    case "print": return .output(try printed())
    case "generation":
      return .generation(
        try scope { (parser) throws(TemplateProblem) in
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
    scopes[scopes.count - 1].conditions += 1
    defer {
      isSoft = outer
      scopes[scopes.count - 1].conditions -= 1
    }
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
    enclosingLoops += 1
    defer { enclosingLoops -= 1 }
    // The condition has a scope of its own, in which nothing is given a value but the target.
    var condition: TemplateExpression?
    _ = try scope { (parser) throws(TemplateProblem) in
      condition = parser.take(.name("if")) ? try parser.expression() : nil
      return []
    }
    let isRecursive = take(.name("recursive"))
    loops += 1
    var end = ""
    let body = try scope(declaring: target.names + ["loop"]) { (parser) throws(TemplateProblem) in
      let (statements, last) = try parser.body(until: ["else", "endfor"])
      end = last
      return statements
    }
    loops -= 1
    // What a loop does when it has nothing to do belongs to the loop around it.
    let otherwise = try scope { (parser) throws(TemplateProblem) in
      guard end == "else" else { return [] }
      guard isRecursive else { return try parser.block(until: "endfor") }
      return try parser.outsideOfLoops { (parser) throws(TemplateProblem) in try parser.block(until: "endfor") }
    }
    return .loop(
      TemplateForLoop(target: target, sequence: sequence, condition: condition, isRecursive: isRecursive, body: body, otherwise: otherwise))
  }

  private mutating func set() throws(TemplateProblem) -> TemplateStatement.Kind {
    let target = try target(allowsMember: true)
    guard enclosingLoops == 0 || !target.names.contains("loop") else { throw problem("\"loop\" cannot be given a value inside of a loop") }
    if take(.symbol("=")) {
      let value = try tuple()
      assigns(target.names)
      return .set(target, value)
    }
    assigns(target.names)
    let here = line
    var filters: [(name: String, arguments: TemplateArguments)] = []
    let borrowed = try scope { (parser) throws(TemplateProblem) in
      filters = try parser.filterChain(startsInline: false)
      return []
    }
    let body = try scope { (parser) throws(TemplateProblem) in try parser.block(until: "endset") }
    for name in borrowed.names.mentioned.subtracting(body.names.mentioned) { scopes[scopes.count - 1].borrowed[name] = here }
    return .setBlock(target, body: body, filters: filters)
  }

  private mutating func with() throws(TemplateProblem) -> TemplateStatement.Kind {
    var values: [(target: TemplateTarget, value: TemplateExpression)] = []
    while peek != .blockEnd {
      if !values.isEmpty { try expect(.symbol(","), ", or %}") }
      let target = try target()
      try expect(.symbol("="), "=")
      values.append((target, try expression()))
    }
    let names = values.flatMap(\.target.names)
    return .with(values, body: try scope(declaring: names) { (parser) throws(TemplateProblem) in try parser.block(until: "endwith") })
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

  /// What stands in a scope of its own.
  ///
  /// - declaring: names that have values from the beginning
  mutating func scope(
    declaring names: [String] = [], _ work: (inout TemplateParser) throws(TemplateProblem) -> [TemplateStatement]
  ) throws(TemplateProblem) -> TemplateBody {
    scopes.append(TemplateOpenScope())
    for name in names { reads(name) }
    let statements = try hard(work)
    let closed = scopes.removeLast()
    for (name, line) in closed.borrowed where !closed.names.mentioned.contains(name) { scopes[scopes.count - 1].borrowed[name] = line }
    return TemplateBody(statements: statements, names: closed.names)
  }

  mutating func reads(_ name: String) { scopes[scopes.count - 1].names.read(name) }

  private mutating func assigns(_ names: [String]) {
    let place = scopes.count - 1
    for name in names { scopes[place].names.assign(name, underCondition: scopes[place].conditions > 0) }
  }

  /// Outside of conditions: there, an unknown filter or test is a fault even if it is never reached, as in Jinja.
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
