/// Renders statements. Expressions are in `TemplateEvaluator+Expressions.swift`, filters, tests and methods in files of their own.
///
/// A template can read its context and change its own namespaces, nothing else. Every step, every byte made and every level of nesting is counted against
/// `TemplateLimits`.
struct TemplateEvaluator {
  let limits: TemplateLimits
  /// The clock of `strftime_now`, in seconds since 1970.
  let now: Double
  private var output: [String] = [""]
  private var steps = 0
  private var workBytes = 0
  private var depth = 0
  /// What may refer to itself, emptied at the end so that nothing keeps itself alive.
  private var namespaces: [TemplateNamespace] = []
  private var macroScopes: [TemplateScope] = []

  enum Flow { case goOn, breakLoop, continueLoop }

  init(limits: TemplateLimits, now: Double) {
    self.limits = limits
    self.now = now
  }

  /// The text that the statements make.
  mutating func render(_ body: [TemplateStatement], _ scope: TemplateScope) throws(TemplateProblem) -> String {
    defer {
      for namespace in namespaces { namespace.members = TemplateDictionary() }
      for scope in macroScopes { scope.removeAll() }
    }
    _ = try run(body, scope)
    return output[0]
  }

  mutating func newNamespace(_ members: TemplateDictionary) -> TemplateNamespace {
    let namespace = TemplateNamespace()
    namespace.members = members
    namespaces.append(namespace)
    return namespace
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
    case .output(let expression):
      let value = try evaluate(expression, scope)
      try spend(value.weight, line)
      try write(value.text, line)
    case .conditional(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition, scope).isTrue {
        return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(branch.body, scope) }
      }
      return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(otherwise, scope) }
    case .loop(let target, let sequence, let condition, let body, let otherwise):
      return try nested(line) { (evaluator) throws(TemplateProblem) in
        try evaluator.loop(target, sequence, condition, body, otherwise, scope, line)
      }
    case .set(let target, let value): try assign(target, try evaluate(value, scope), scope, line)
    case .setBlock(let target, let body, let filters):
      var value = TemplateValue.string(try capture(body, TemplateScope(scope), line))
      for filter in filters { value = try self.filter(value, filter.name, try values(filter.arguments, scope), line) }
      try assign(target, value, scope, line)
    case .macro(let macro):
      scope[macro.name] = .macro(macro, scope)
      macroScopes.append(scope)
    case .generation(let body): try write(try capture(body, TemplateScope(scope), line), line)
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .goOn
  }

  private mutating func loop(
    _ target: TemplateTarget, _ sequence: TemplateExpression, _ condition: TemplateExpression?, _ body: [TemplateStatement],
    _ otherwise: [TemplateStatement], _ scope: TemplateScope, _ line: Int
  ) throws(TemplateProblem) -> Flow {
    var items = try iterate(try evaluate(sequence, scope), line)
    if let condition {
      var kept: [TemplateValue] = []
      for item in items {
        try step(line)
        let inner = TemplateScope(scope)
        try assign(target, item, inner, line)
        if try evaluate(condition, inner).isTrue { kept.append(item) }
      }
      items = kept
    }
    let state = TemplateLoop(items)
    for (index, item) in items.enumerated() {
      try step(line)
      state.index = index
      let inner = TemplateScope(scope)
      inner["loop"] = .loop(state)
      try assign(target, item, inner, line)
      if try run(body, inner) == .breakLoop { break }
    }
    return items.isEmpty ? try run(otherwise, TemplateScope(scope)) : .goOn
  }

  private func assign(_ target: TemplateTarget, _ value: TemplateValue, _ scope: TemplateScope, _ line: Int) throws(TemplateProblem) {
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
      namespace.members.set(.string(name), value)
    }
  }

  /// What a body writes, as text of its own.
  private mutating func capture(_ body: [TemplateStatement], _ scope: TemplateScope, _ line: Int) throws(TemplateProblem) -> String {
    output.append("")
    defer { output.removeLast() }
    _ = try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.run(body, scope) }
    return output[output.count - 1]
  }

  // MARK: - Macros

  mutating func call(_ macro: TemplateMacro, _ home: TemplateScope, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    let scope = TemplateScope(home)
    guard arguments.positional.count <= macro.parameters.count else {
      throw problem(line, "the macro \(macro.name) takes at most \(macro.parameters.count) arguments, \(arguments.positional.count) were given")
    }
    if let unknown = arguments.named.first(where: { given in !macro.parameters.contains { $0.name == given.name } }) {
      throw problem(line, "the macro \(macro.name) has no parameter \(unknown.name)")
    }
    for (place, parameter) in macro.parameters.enumerated() {
      if place < arguments.positional.count {
        scope[parameter.name] = arguments.positional[place]
      } else if let given = arguments[parameter.name] {
        scope[parameter.name] = given
      } else if let fallback = parameter.fallback {
        scope[parameter.name] = try evaluate(fallback, scope)
      } else {
        scope[parameter.name] = .undefined("the parameter \(parameter.name) was not given")
      }
    }
    return .string(try capture(macro.body, scope, line))
  }

  // MARK: - Counting

  mutating func step(_ line: Int) throws(TemplateProblem) {
    steps += 1
    if steps > limits.steps { throw TemplateProblem(line: line, reason: .limit, text: "the template takes more than \(limits.steps) steps") }
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

  subscript(name: String) -> TemplateValue? { named.first { $0.name == name }?.value }

  /// The argument at a place or, failing that, of a name.
  subscript(place: Int, name: String) -> TemplateValue? { place < positional.count ? positional[place] : self[name] }
}
