/// A constant as it is written in a template.
enum TemplateLiteral: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
}

/// One expression, with the line it begins on.
final class TemplateExpression: Sendable {
  let line: Int
  let kind: Kind

  init(_ kind: Kind, line: Int) {
    self.kind = kind
    self.line = line
  }

  enum Kind: Sendable {
    case literal(TemplateLiteral)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case dictionary([(key: TemplateExpression, value: TemplateExpression)])
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(TemplateExpression, start: TemplateExpression?, stop: TemplateExpression?, step: TemplateExpression?)
    case call(TemplateExpression, TemplateArguments)
    case filter(TemplateExpression, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments)
    case not(TemplateExpression)
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case and(TemplateExpression, TemplateExpression)
    case or(TemplateExpression, TemplateExpression)
    case arithmetic(Arithmetic, TemplateExpression, TemplateExpression)
    case compare(TemplateExpression, [(Comparison, TemplateExpression)])
    case concatenation([TemplateExpression])
    case conditional(condition: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
  }

  enum Arithmetic: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case isNotIn = "not in"
  }
}

/// What stands between the parentheses of a call.
struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []
  /// `*values` and `**members`.
  var spread: TemplateExpression?
  var spreadNamed: TemplateExpression?
}

/// What a value is given to.
enum TemplateTarget: Sendable {
  case name(String)
  case names([TemplateTarget])
  case member(object: String, name: String)

  /// The variables that are given values.
  var names: [String] {
    switch self {
    case .name(let name): [name]
    case .names(let targets): targets.flatMap(\.names)
    case .member: []
    }
  }
}

/// One statement, with the line it begins on.
final class TemplateStatement: Sendable {
  let line: Int
  let kind: Kind

  init(_ kind: Kind, line: Int) {
    self.kind = kind
    self.line = line
  }

  enum Kind: Sendable {
    case text(String)
    case output(TemplateExpression)
    case conditional(branches: [(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
    case loop(TemplateForLoop)
    case set(TemplateTarget, TemplateExpression)
    case setBlock(TemplateTarget, body: TemplateBody, filters: [(name: String, arguments: TemplateArguments)])
    case macro(TemplateMacro)
    /// `{% call(a, b) f(x) %}`: a call that is handed the body as the macro `caller`.
    case call(TemplateMacro, callee: TemplateExpression, TemplateArguments)
    case filterBlock([(name: String, arguments: TemplateArguments)], body: TemplateBody)
    case with([(target: TemplateTarget, value: TemplateExpression)], body: TemplateBody)
    /// `{% generation %}`: marks what the assistant says; the text is that of the body.
    case generation(TemplateBody)
    case breakLoop
    case continueLoop
  }
}

/// A for loop as it is written.
final class TemplateForLoop: Sendable {
  let target: TemplateTarget
  let sequence: TemplateExpression
  let condition: TemplateExpression?
  let isRecursive: Bool
  let body: TemplateBody
  let otherwise: TemplateBody

  init(
    target: TemplateTarget, sequence: TemplateExpression, condition: TemplateExpression?, isRecursive: Bool, body: TemplateBody,
    otherwise: TemplateBody
  ) {
    self.target = target
    self.sequence = sequence
    self.condition = condition
    self.isRecursive = isRecursive
    self.body = body
    self.otherwise = otherwise
  }
}

/// A macro as it is defined.
final class TemplateMacro: Sendable {
  /// Nil for the body of a call block.
  let name: String?
  let parameters: [(name: String, fallback: TemplateExpression?)]
  let body: TemplateBody
  /// Which of the special names `caller`, `varargs` and `kwargs` the body reads: only then does the macro take what they stand for.
  let specials: Set<String>

  init(name: String?, parameters: [(name: String, fallback: TemplateExpression?)], body: TemplateBody, specials: Set<String>) {
    self.name = name
    self.parameters = parameters
    self.body = body
    self.specials = specials
  }

  /// For messages.
  var title: String { name ?? "caller" }
}
