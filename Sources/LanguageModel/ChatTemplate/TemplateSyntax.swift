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
}

/// What a value is given to.
enum TemplateTarget: Sendable {
  case name(String)
  case names([TemplateTarget])
  case member(object: String, name: String)
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
    case loop(
      target: TemplateTarget, sequence: TemplateExpression, condition: TemplateExpression?, body: [TemplateStatement], otherwise: [TemplateStatement])
    case set(TemplateTarget, TemplateExpression)
    case setBlock(TemplateTarget, body: [TemplateStatement], filters: [(name: String, arguments: TemplateArguments)])
    case macro(TemplateMacro)
    /// `{% generation %}`: marks what the assistant says; the text is that of the body.
    case generation([TemplateStatement])
    case breakLoop
    case continueLoop
  }
}

/// A macro as it is defined.
final class TemplateMacro: Sendable {
  let name: String
  let parameters: [(name: String, fallback: TemplateExpression?)]
  let body: [TemplateStatement]

  init(name: String, parameters: [(name: String, fallback: TemplateExpression?)], body: [TemplateStatement]) {
    self.name = name
    self.parameters = parameters
    self.body = body
  }
}
