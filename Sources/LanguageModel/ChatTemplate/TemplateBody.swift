/// Statements with a scope of their own: a template, the body of a loop, a macro, or a block that is captured.
struct TemplateBody: Sendable {
  var statements: [TemplateStatement]
  var names: TemplateNames
}

/// The names in one scope, as Jinja tells them apart before anything runs; those of scopes inside are not among them.
///
/// Source of the rule: pallets/jinja, src/jinja2/idtracking.py. A name belongs to the outermost scope that mentions it. If the first that this scope does is to give
/// it a value, and not under a condition, then it is undefined until that is done, even if the context has it:
///
///     {% for i in [1] %}{{ x }}{% endfor %}{% set x = 2 %}   →   nothing, whatever x was
struct TemplateNames: Sendable {
  private(set) var mentioned: Set<String> = []
  /// Undefined at first, unless a scope around this one mentions them.
  private(set) var late: [String] = []

  mutating func read(_ name: String) { mentioned.insert(name) }

  mutating func assign(_ name: String, underCondition: Bool) {
    if mentioned.insert(name).inserted, !underCondition { late.append(name) }
  }
}

/// The scope that is being read, while its names are gathered.
struct TemplateOpenScope {
  var names = TemplateNames()
  /// Conditions that we are in.
  var conditions = 0
  /// Names that filters of set blocks read, with their lines. Jinja does not count them as mentioned, and cannot compile them if nothing else does.
  var borrowed: [String: Int] = [:]
}
