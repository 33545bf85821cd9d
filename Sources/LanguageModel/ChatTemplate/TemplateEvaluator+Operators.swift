internal import Files

// What the operators do: Python's arithmetic, comparisons and membership.
extension TemplateEvaluator {
  mutating func arithmetic(
    _ operation: TemplateExpression.Arithmetic, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    if let a = left.wholeNumber, let b = right.wholeNumber { return try whole(operation, a, b, line) }
    if let a = left.number, let b = right.number {
      switch operation {
      case .add: return .double(a + b)
      case .subtract: return .double(a - b)
      case .multiply: return .double(a * b)
      case .divide where b != 0: return .double(a / b)
      case .floorDivide where b != 0: return .double((a / b).rounded(.down))
      case .remainder where b != 0: return .double(a - b * (a / b).rounded(.down))
      default: throw problem(line, "\(described(left)) \(operation.rawValue) \(described(right)) cannot be computed")
      }
    }
    switch (operation, left, right) {
    case (.add, .string(let a), .string(let b)):
      try spend(a.utf8.count + b.utf8.count, line)
      return .string(a + b)
    case (.add, .list(let a), .list(let b)):
      try spend((a.count + b.count) * 16, line)
      return .list(TemplateList(a.values + b.values))
    case (.add, .tuple(let a), .tuple(let b)):
      try spend((a.count + b.count) * 16, line)
      return .tuple(TemplateList(a.values + b.values))
    case (.multiply, .string(let text), .int(let count)), (.multiply, .int(let count), .string(let text)):
      try spend(text.utf8.count, times: count, line)
      return .string(String(repeating: text, count: max(count, 0)))
    case (.multiply, .list(let values), .int(let count)), (.multiply, .int(let count), .list(let values)):
      try spend(values.count * 16, times: count, line)
      return .list(TemplateList(Array(repeatElement(values.values, count: max(count, 0)).joined())))
    case (_, .undefined(let what), _), (_, _, .undefined(let what)): throw problem(line, what)
    default: throw problem(line, "\(described(left)) \(operation.rawValue) \(described(right)) cannot be computed")
    }
  }

  private func whole(_ operation: TemplateExpression.Arithmetic, _ a: Int, _ b: Int, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = a.addingReportingOverflow(b)
    case .subtract: result = a.subtractingReportingOverflow(b)
    case .multiply: result = a.multipliedReportingOverflow(by: b)
    case .divide where b != 0: return .double(Double(a) / Double(b))
    case .floorDivide where b != 0 && !(a == .min && b == -1): result = (a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0), false)
    case .remainder where b != 0 && !(a == .min && b == -1): result = (a % b + (a % b != 0 && (a < 0) != (b < 0) ? b : 0), false)
    case .power where b >= 0 && b < 64:
      var power = (partialValue: 1, overflow: false)
      for _ in 0..<b {
        let (value, overflow) = power.partialValue.multipliedReportingOverflow(by: a)
        power = (value, power.overflow || overflow)
      }
      result = power
    default: throw problem(line, "\(a) \(operation.rawValue) \(b) cannot be computed")
    }
    guard !result.overflow else { throw problem(line, "\(a) \(operation.rawValue) \(b) is too large") }
    return .int(result.partialValue)
  }

  mutating func compare(
    _ operation: TemplateExpression.Comparison, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
  ) throws(TemplateProblem) -> Bool {
    // Comparing texts is cheap; what is inside of lists may be large without having cost anything yet.
    if right.depth > 0 { try spend(right.weight, line) }
    switch operation {
    case .equal: return left == right
    case .notEqual: return left != right
    case .isIn: return try contains(right, left, line)
    case .isNotIn: return !(try contains(right, left, line))
    case .less: return try isLess(left, right, line)
    case .greater: return try isLess(right, left, line)
    case .lessOrEqual: return try isLess(left, right, line) || left == right
    case .greaterOrEqual: return try isLess(right, left, line) || left == right
    }
  }

  func contains(_ whole: TemplateValue, _ part: TemplateValue, _ line: Int) throws(TemplateProblem) -> Bool {
    switch (whole, part) {
    case (.string(let text), .string(let wanted)): return TemplateText.contains(text, wanted)
    case (.list(let values), _), (.tuple(let values), _): return values.contains(part)
    case (.dictionary(let dictionary), _): return dictionary[part] != nil
    case (.undefined, _): return false
    default: throw problem(line, "\(described(part)) cannot be in \(described(whole))")
    }
  }

  func isLess(_ left: TemplateValue, _ right: TemplateValue, _ line: Int) throws(TemplateProblem) -> Bool {
    if let a = left.number, let b = right.number { return a < b }
    switch (left, right) {
    case (.string(let a), .string(let b)): return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      for (x, y) in zip(a, b) where x != y { return try isLess(x, y, line) }
      return a.count < b.count
    case (.undefined(let what), _), (_, .undefined(let what)): throw problem(line, what)
    default: throw problem(line, "\(described(left)) and \(described(right)) have no order")
    }
  }
}
