internal import Foundation

/// Which expressions Jinja works out while it compiles, so that nothing is left of their parts.
///
/// Source: pallets/jinja, src/jinja2/optimizer.py and the `as_const` of src/jinja2/nodes.py.
struct TemplateConstants {
  /// Filters that are handed the context have to wait for it.
  private static let waitingFilters: Set<String> = ["map", "select", "reject", "selectattr", "rejectattr", "random"]
  private static let limits = TemplateLimits(steps: 10_000, outputBytes: 1 << 16, workBytes: 1 << 20, depth: 14)

  private var evaluator = TemplateEvaluator(limits: limits, clock: TemplateClock(now: Date(timeIntervalSince1970: 0), offset: 0))

  /// Whether the expression is worked out, to something that can be written into a program.
  static func hasValue(_ expression: TemplateExpression) -> Bool {
    var constants = TemplateConstants()
    return constants.value(expression, depth: 0).map(isWritable) ?? false
  }

  /// The value, or nil for what has to wait or goes wrong. What is passed over need not have one.
  private mutating func value(_ expression: TemplateExpression, depth: Int) -> TemplateValue? {
    guard depth < Self.limits.depth else { return nil }
    func have(_ parts: [TemplateExpression?], _ constants: inout TemplateConstants) -> Bool {
      for case let part? in parts where constants.value(part, depth: depth + 1) == nil { return false }
      return true
    }
    func have(_ given: TemplateArguments, _ constants: inout TemplateConstants) -> Bool {
      have(given.positional + given.named.map(\.value) + [given.spread, given.spreadNamed], &constants)
    }
    let isKnown: Bool
    switch expression.kind {
    case .literal: isKnown = true
    case .name, .call: isKnown = false
    case .list(let parts), .tuple(let parts), .concatenation(let parts): isKnown = have(parts, &self)
    case .dictionary(let members): isKnown = have(members.flatMap { [$0.key, $0.value] }, &self)
    case .attribute(let part, _), .not(let part), .negative(let part), .positive(let part): isKnown = have([part], &self)
    case .item(let object, let index): isKnown = have([object, index], &self)
    case .slice(let object, let start, let stop, let step): isKnown = have([object, start, stop, step], &self)
    case .arithmetic(_, let left, let right): isKnown = have([left, right], &self)
    case .filter(let part, let name, let given):
      let isFilter = TemplateEvaluator.filters[name] != nil && !Self.waitingFilters.contains(name)
      isKnown = isFilter && have([part], &self) && have(given, &self)
    case .test(let part, let name, let given):
      isKnown = TemplateEvaluator.tests[name] != nil && have([part], &self) && have(given, &self)
    case .and(let left, let right), .or(let left, let right):
      guard let first = value(left, depth: depth + 1) else { return nil }
      let isAnd = if case .and = expression.kind { true } else { false }
      return first.isTrue == isAnd ? value(right, depth: depth + 1) : first
    case .conditional(let condition, let then, let otherwise):
      guard let isTrue = value(condition, depth: depth + 1)?.isTrue else { return nil }
      return isTrue ? value(then, depth: depth + 1) : otherwise.flatMap { value($0, depth: depth + 1) }
    case .compare(let first, let rest):
      // One comparison more, until one does not hold.
      guard value(first, depth: depth + 1) != nil else { return nil }
      for count in 1...rest.count {
        guard value(rest[count - 1].1, depth: depth + 1) != nil,
          let holds = evaluated(TemplateExpression(.compare(first, Array(rest.prefix(count))), line: expression.line))
        else { return nil }
        if !holds.isTrue { return holds }
      }
      return .bool(true)
    }
    return isKnown ? evaluated(expression) : nil
  }

  private mutating func evaluated(_ expression: TemplateExpression) -> TemplateValue? {
    // What fails now fails when it is reached, if it is.
    try? evaluator.evaluate(expression, TemplateScope())
  }

  /// What Python can write as it would be written in a program.
  private static func isWritable(_ value: TemplateValue) -> Bool {
    switch value {
    case .none, .bool, .int, .wide, .double, .string, .safe, .range: true
    case .list(let list), .tuple(let list): list.values.allSatisfy(isWritable)
    case .dictionary(let dictionary): dictionary.keys.allSatisfy(isWritable) && dictionary.values.allSatisfy(isWritable)
    default: false
    }
  }
}
