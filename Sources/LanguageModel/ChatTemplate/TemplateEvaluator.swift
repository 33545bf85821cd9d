/// Renders statements. Expressions are in `TemplateEvaluator+Expressions.swift`, filters, tests and methods in files of their own.
///
/// A template can read its context and change its own namespaces, nothing else. Every step, every byte made and every level of nesting is counted against
/// `TemplateLimits`.
struct TemplateEvaluator {
  let limits: TemplateLimits
  /// The clock of `strftime_now`.
  let clock: TemplateClock
  private var output: [String] = [""]
  private var steps = 0
  private var workBytes = 0
  private var depth = 0
  /// What may refer to itself, emptied at the end so that nothing keeps itself alive, and nothing is freed in one long chain.
  private var namespaces: [TemplateNamespace] = []
  private var heldScopes: [TemplateScope] = []
  private var heldLoops: [TemplateLoop] = []

  enum Flow { case goOn, breakLoop, continueLoop }

  init(limits: TemplateLimits, clock: TemplateClock) {
    self.limits = limits
    self.clock = clock
  }

  /// The text that the statements make.
  mutating func render(_ body: TemplateBody, _ scope: TemplateScope) throws(TemplateProblem) -> String {
    defer {
      for namespace in namespaces { namespace.members = TemplateDictionary() }
      for scope in heldScopes { scope.removeAll() }
      for loop in heldLoops { loop.lastChecked = nil }
    }
    _ = try run(body.statements, scope)
    return output[0]
  }

  mutating func newNamespace(_ members: TemplateDictionary) -> TemplateNamespace {
    let namespace = TemplateNamespace()
    namespace.members = members
    namespaces.append(namespace)
    return namespace
  }

  /// Whether `loop.changed` is asked of other values than the last time.
  mutating func hasChanged(_ loop: TemplateLoop, _ values: [TemplateValue]) -> Bool {
    if loop.lastChecked == nil { heldLoops.append(loop) }
    defer { loop.lastChecked = values }
    return loop.lastChecked != values
  }

  // MARK: - Statements

  private mutating func run(_ body: [TemplateStatement], _ scope: TemplateScope) throws(TemplateProblem) -> Flow {
    for statement in body {
      let flow = try run(statement, scope)
      if flow != .goOn { return flow }
    }
    return .goOn
  }

  private mutating func run(_ statement: TemplateStatement, _ scope: TemplateScope) throws(TemplateProblem) -> Flow {
    let line = statement.line
    try step(line)
    switch statement.kind {
    case .text(let text): try write(text, line)
    case .output(let expression): try write(try printed(try evaluate(expression, scope), line), line)
    case .conditional(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition, scope).isTrue {
        return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(branch.body, scope) }
      }
      return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(otherwise, scope) }
    case .loop(let loop):
      let sequence = try evaluate(loop.sequence, scope)
      if loop.isRecursive {
        try write(try recurse(TemplateRecursion(loop, scope), sequence, level: 0, line), line)
        return .goOn
      }
      return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(loop, over: sequence, scope, level: 0, nil, line) }
    case .set(let target, let value): try assign(target, try evaluate(value, scope), scope, line)
    case .setBlock(let target, let body, let filters):
      let inner = TemplateScope(scope, body.names)
      let (text, flow) = try capture(body, inner, line)
      // A loop left from inside the block takes the block's text with it.
      guard flow == .goOn else { return flow }
      try assign(target, try apply(filters, to: text, inner, line), scope, line)
    case .filterBlock(let filters, let body):
      let inner = TemplateScope(scope, body.names)
      let (text, flow) = try capture(body, inner, line)
      guard flow == .goOn else { return flow }
      try write(try printed(try apply(filters, to: text, inner, line), line), line)
    case .with(let values, let body):
      let inner = TemplateScope(scope, body.names)
      for (target, value) in values { try assign(target, try evaluate(value, scope), inner, line) }
      return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(body.statements, inner) }
    case .macro(let macro): scope[macro.name ?? ""] = hold(macro, scope)
    case .call(let body, let callee, let arguments):
      let callee = try evaluate(callee, scope)
      var given = try values(arguments, scope, line)
      guard given["caller"] == nil else { throw problem(line, "a call block hands over caller; it cannot be an argument too") }
      given.named.append(("caller", hold(body, scope)))
      try write(try printed(try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.call(callee, given, line) }, line), line)
    case .generation(let body): try write(try capture(body, TemplateScope(scope, body.names), line).text, line)
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .goOn
  }

  private mutating func hold(_ macro: TemplateMacro, _ scope: TemplateScope) -> TemplateValue {
    heldScopes.append(scope)
    return .macro(macro, scope)
  }

  /// Goes through a loop. Values are made as the rounds need them, so that a condition sees what the rounds before have changed.
  private mutating func run(
    _ loop: TemplateForLoop, over sequence: TemplateValue, _ scope: TemplateScope, level: Int, _ recursion: TemplateRecursion?, _ line: Int
  ) throws(TemplateProblem) -> Flow {
    var source = try iterator(over: sequence, line)
    var length = sequence.count
    if let condition = loop.condition {
      heldScopes.append(scope)
      source = TemplateIterator(.iterator(source), .condition(loop.target, condition, scope))
      length = nil
    }
    let state = TemplateLoop(source, length: length, level: level, recursion: recursion)
    var isElse = true
    while let item = try advance(state, line) {
      try step(line)
      let inner = TemplateScope(scope, loop.body.names)
      inner["loop"] = .loop(state)
      try assign(loop.target, item, inner, line)
      switch try run(loop.body.statements, inner) {
      case .goOn: isElse = false
      case .continueLoop: break
      // Jinja takes a round that was left early for none.
      case .breakLoop: return isElse ? try run(loop.otherwise.statements, TemplateScope(scope, loop.otherwise.names)) : .goOn
      }
    }
    return isElse ? try run(loop.otherwise.statements, TemplateScope(scope, loop.otherwise.names)) : .goOn
  }

  /// The text of a recursive loop, which may be gone through again from its body.
  mutating func recurse(_ recursion: TemplateRecursion, _ sequence: TemplateValue, level: Int, _ line: Int) throws(TemplateProblem) -> String {
    heldScopes.append(recursion.scope)
    return try captured(line) { (evaluator) throws(TemplateProblem) in
      try evaluator.run(recursion.loop, over: sequence, recursion.scope, level: level, recursion, line)
    }.text
  }

  mutating func assign(_ target: TemplateTarget, _ value: TemplateValue, _ scope: TemplateScope, _ line: Int) throws(TemplateProblem) {
    switch target {
    case .name(let name): scope[name] = value
    case .names(let targets):
      let items = try iterate(value, line)
      guard items.count == targets.count else {
        throw problem(line, "\(items.count) values cannot be given to \(targets.count) names")
      }
      for (target, item) in zip(targets, items) { try assign(target, item, scope, line) }
    case .member(let object, let name):
      guard case .namespace(let namespace) = scope[object] else {
        throw problem(line, "cannot assign to \(object).\(name): \(object) is not a namespace")
      }
      guard !name.hasPrefix("_") else { throw problem(line, "a namespace cannot have a member that begins with _: \(name)") }
      namespace.members.set(.string(name), value)
    }
  }

  private mutating func apply(
    _ filters: [(name: String, arguments: TemplateArguments)], to text: String, _ scope: TemplateScope, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    var value = TemplateValue.string(text)
    for filter in filters { value = try self.filter(value, filter.name, try values(filter.arguments, scope, line), line) }
    return value
  }

  /// What a body writes, as text of its own.
  private mutating func capture(
    _ body: TemplateBody, _ scope: TemplateScope, _ line: Int
  ) throws(TemplateProblem) -> (text: String, flow: Flow) {
    try captured(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(body.statements, scope) }
  }

  private mutating func captured(
    _ line: Int, _ work: (inout TemplateEvaluator) throws(TemplateProblem) -> Flow
  ) throws(TemplateProblem) -> (text: String, flow: Flow) {
    output.append("")
    defer { output.removeLast() }
    let flow = try nested(line, work)
    return (output[output.count - 1], flow)
  }

  // MARK: - Macros

  /// Jinja's rules: arguments by place, then by name; what is left over goes to `varargs` and `kwargs` if the body reads them, and is an error if not.
  mutating func call(_ macro: TemplateMacro, _ home: TemplateScope, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    let scope = TemplateScope(home, macro.body.names)
    var rest = arguments.named
    func take(_ name: String) -> TemplateValue? {
      guard let place = rest.firstIndex(where: { $0.name == name }) else { return nil }
      return rest.remove(at: place).value
    }
    for (place, parameter) in macro.parameters.enumerated() {
      if place < arguments.positional.count {
        scope[parameter.name] = arguments.positional[place]
      } else if let given = take(parameter.name) {
        scope[parameter.name] = given
      } else if let fallback = parameter.fallback {
        scope[parameter.name] = try evaluate(fallback, scope)
      } else {
        scope[parameter.name] = .undefined("the parameter \(parameter.name) was not given")
      }
    }
    if macro.specials.contains("caller") { scope["caller"] = take("caller") ?? .undefined("there is no caller") }
    if macro.specials.contains("kwargs") {
      var members = TemplateDictionary()
      for (name, value) in rest { members.set(.string(name), value) }
      scope["kwargs"] = .dictionary(members)
    } else if let unknown = rest.first {
      throw problem(line, "the macro \(macro.title) has no parameter \(unknown.name)")
    }
    let left = Array(arguments.positional.dropFirst(macro.parameters.count))
    if macro.specials.contains("varargs") {
      scope["varargs"] = .tuple(TemplateList(left))
    } else if !left.isEmpty {
      throw problem(line, "the macro \(macro.title) takes at most \(macro.parameters.count) arguments, \(arguments.positional.count) were given")
    }
    return .string(try capture(macro.body, scope, line).text)
  }

  // MARK: - Counting

  mutating func step(_ line: Int) throws(TemplateProblem) {
    steps += 1
    if steps > limits.steps {
      throw TemplateProblem(line: line, reason: .limit, text: "the template takes more than \(limits.steps) steps; does a loop go on for ever?")
    }
  }

  /// Accounts for text or list elements about to be made.
  mutating func spend(_ bytes: Int, _ line: Int) throws(TemplateProblem) {
    let (sum, overflow) = workBytes.addingReportingOverflow(max(bytes, 0))
    if overflow || sum > limits.workBytes {
      throw TemplateProblem(line: line, reason: .limit, text: "the template makes more than \(limits.workBytes) bytes of text and lists")
    }
    workBytes = sum
  }

  mutating func spend(_ bytes: Int, times: Int, _ line: Int) throws(TemplateProblem) {
    let (product, overflow) = bytes.multipliedReportingOverflow(by: max(times, 0))
    try spend(overflow ? .max : product, line)
  }

  mutating func nested<Value>(_ line: Int, _ body: (inout TemplateEvaluator) throws(TemplateProblem) -> Value) throws(TemplateProblem) -> Value {
    guard depth < limits.depth else {
      throw TemplateProblem(
        line: line, reason: .limit, text: "the template nests more than \(limits.depth) deep; does a macro call itself?", isDepth: true)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  /// What `{{ value }}` prints. Refused is what Python prints with an address, which no two runs have in common.
  mutating func printed(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> String {
    try spend(value.weight, line)
    guard value.isPrintable else { throw problem(line, "a \(value.typeName) cannot be printed; turn it into a list or text first") }
    return value.text
  }

  private mutating func write(_ text: String, _ line: Int) throws(TemplateProblem) {
    try spend(text.utf8.count, line)
    output[output.count - 1] += text
    if output[output.count - 1].utf8.count > limits.outputBytes {
      throw TemplateProblem(line: line, reason: .limit, text: "the template writes more than \(limits.outputBytes) bytes")
    }
  }

  func problem(_ line: Int, _ text: String) -> TemplateProblem { TemplateProblem(line: line, reason: .evaluation, text: text) }
}

/// The arguments of a call, evaluated.
struct TemplateCallValues {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  var isEmpty: Bool { positional.isEmpty && named.isEmpty }

  subscript(name: String) -> TemplateValue? { named.first { $0.name == name }?.value }

  /// The argument at a place or, failing that, of a name.
  subscript(place: Int, name: String) -> TemplateValue? { place < positional.count ? positional[place] : self[name] }
}
