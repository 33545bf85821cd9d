internal import Files
internal import Foundation

// What the operators do: Python's arithmetic, comparisons and membership.
extension TemplateEvaluator {
  mutating func arithmetic(
    _ operation: TemplateExpression.Arithmetic, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    if case .remainder = operation, case .string(let format) = left {
      return .string(try percentFormat(format, right, line))
    }
    if let a = left.wholeNumber, let b = right.wholeNumber { return try whole(operation, a, b, line) }
    if let a = left.number, let b = right.number { return .double(try double(operation, a, b, line)) }
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
    case (.multiply, _, _):
      if let count = right.wholeNumber, let repeated = try repeating(left, count, line) { return repeated }
      if let count = left.wholeNumber, let repeated = try repeating(right, count, line) { return repeated }
    case (_, .undefined(let what), _), (_, _, .undefined(let what)): throw problem(line, what)
    default: break
    }
    throw problem(line, "\(described(left)) \(operation.rawValue) \(described(right)) cannot be computed")
  }

  private mutating func repeating(_ value: TemplateValue, _ count: Int, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    switch value {
    case .string(let text):
      try spend(text.utf8.count, times: count, line)
      return .string(String(repeating: text, count: text.isEmpty ? 0 : max(count, 0)))
    case .list(let list), .tuple(let list):
      try spend(list.count * 16, times: count, line)
      let values = TemplateList(list.isEmpty ? [] : Array(repeatElement(list.values, count: max(count, 0)).joined()))
      if case .tuple = value { return .tuple(values) }
      return .list(values)
    default: return nil
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
    case .power where b < 0: return .double(try double(.power, Double(a), Double(b), line))
    case .power where abs(a.signum() == a ? 0 : b) < 64:
      var power = (partialValue: 1, overflow: false)
      // 0, 1 and -1 stay small to any power.
      for _ in 0..<(a.signum() == a ? (a == -1 ? b % 2 : min(b, 1)) : b) {
        let (value, overflow) = power.partialValue.multipliedReportingOverflow(by: a)
        power = (value, power.overflow || overflow)
      }
      result = power
    case .power: result = (0, true)
    default: throw problem(line, "\(a) \(operation.rawValue) \(b) cannot be computed")
    }
    guard !result.overflow else { throw problem(line, "\(a) \(operation.rawValue) \(b) is too large") }
    return .int(result.partialValue)
  }

  private func double(_ operation: TemplateExpression.Arithmetic, _ a: Double, _ b: Double, _ line: Int) throws(TemplateProblem) -> Double {
    switch operation {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide where b != 0: return a / b
    case .floorDivide where b != 0: return Self.divide(a, b).quotient
    case .remainder where b != 0: return Self.divide(a, b).remainder
    // 0 to a negative power, a root of what is negative, and what is beyond all doubles are errors in Python too.
    case .power where !(a == 0 && b < 0):
      let power = pow(a, b)
      if power.isNaN && !a.isNaN && !b.isNaN || power.isInfinite && a.isFinite && b.isFinite { break }
      return power
    default: break
    }
    throw problem(line, "\(TemplateValue.pythonText(a)) \(operation.rawValue) \(TemplateValue.pythonText(b)) cannot be computed")
  }

  /// Quotient rounded down and remainder with the divisor's sign (CPython, Objects/floatobject.c, `_float_div_mod`).
  private static func divide(_ a: Double, _ b: Double) -> (quotient: Double, remainder: Double) {
    var remainder = fmod(a, b)
    var quotient = (a - remainder) / b
    if remainder != 0 {
      if (b < 0) != (remainder < 0) {
        remainder += b
        quotient -= 1
      }
    } else {
      remainder = Double(signOf: b, magnitudeOf: 0)
    }
    if quotient == 0 { return (Double(signOf: a / b, magnitudeOf: 0), remainder) }
    let floor = quotient.rounded(.down)
    return (quotient - floor > 0.5 ? floor + 1 : floor, remainder)
  }

  mutating func compare(
    _ operation: TemplateExpression.Comparison, _ left: TemplateValue, _ right: TemplateValue, _ line: Int
  ) throws(TemplateProblem) -> Bool {
    try spend(right.weight, line)
    if operation == .isIn || operation == .isNotIn { try spend(left.weight, line) }
    switch operation {
    case .equal: return left == right
    case .notEqual: return left != right
    case .isIn: return try contains(right, left, line)
    case .isNotIn: return !(try contains(right, left, line))
    case .less: return try isLess(left, right, line)
    case .greater: return try isLess(right, left, line)
    case .lessOrEqual: return try isLessOrEqual(left, right, line)
    case .greaterOrEqual: return try isLessOrEqual(right, left, line)
    }
  }

  mutating func contains(_ whole: TemplateValue, _ part: TemplateValue, _ line: Int) throws(TemplateProblem) -> Bool {
    switch (whole, part) {
    case (.string(let text), .string(let wanted)): return TemplateText.contains(text, wanted)
    case (.list(let values), _), (.tuple(let values), _): return values.contains(part)
    case (.dictionary(let dictionary), _):
      guard part.key != nil else { throw problem(line, "\(described(part)) cannot be a key") }
      return dictionary[part] != nil
    case (.range(let range), _):
      guard let number = part.wholeNumber ?? part.number.flatMap({ Int(exactly: $0) }), range.count > 0 else { return false }
      let (distance, overflow) = number.subtractingReportingOverflow(range.start)
      return !overflow && distance.isMultiple(of: range.step) && (0..<range.count).contains(distance / range.step)
    case (.view(let view), _): return view.values.contains(part)
    case (.undefined, _): return false
    // Looked for from where the iterator stands, up to where it is found.
    case (.iterator(let iterator), _):
      while let value = try next(iterator, line) { if value == part { return true } }
      return false
    default: throw problem(line, "\(described(part)) cannot be in \(described(whole))")
    }
  }

  func isLess(_ left: TemplateValue, _ right: TemplateValue, _ line: Int) throws(TemplateProblem) -> Bool {
    if let a = left.wholeNumber, let b = right.wholeNumber { return a < b }
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

  /// Not the opposite of greater: NaN is neither.
  private func isLessOrEqual(_ left: TemplateValue, _ right: TemplateValue, _ line: Int) throws(TemplateProblem) -> Bool {
    if let a = left.number, let b = right.number, a.isNaN || b.isNaN { return false }
    return !(try isLess(right, left, line))
  }
}
