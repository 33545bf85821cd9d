import Records

/// What a condition can come out as, from what is known about its fields: the check that a rule can ever fire.
///
/// Interval arithmetic: each number is replaced by the range it can lie in. It is cautious: what it calls impossible is impossible,
/// but it does not see every impossibility (`value > upper`).
extension Condition {
  /// A comparison that nothing can satisfy, or a condition that nothing can fail.
  struct Impossibility: Hashable {
    var message: String
    var hint: String?
    var offset: Int
  }

  /// What is impossible in it, for a measure whose `value` lies in `valueRange`.
  func impossibilities(valueRange: ClosedRange<Double>?) -> [Impossibility] {
    var found: [Impossibility] = []
    let reach = root.reach(valueRange: valueRange, isWanted: true, into: &found)
    if !found.isEmpty { return found }
    if !reach.canHold { return [Impossibility(message: "the condition can never hold, so the alert can never fire", offset: 0)] }
    if !reach.canFail { return [Impossibility(message: "the condition always holds, so the alert would always fire", offset: 0)] }
    return []
  }
}

struct Reach: Hashable {
  var canHold: Bool
  var canFail: Bool
}

extension Logic {
  /// - isWanted: whether the condition wants this part to hold; under `not`, what can never hold is no fault.
  fileprivate func reach(valueRange: ClosedRange<Double>?, isWanted: Bool, into found: inout [Condition.Impossibility]) -> Reach {
    switch self {
    case .compare(let a, let comparison, let b, let offset):
      let (left, right) = (a.range(valueRange), b.range(valueRange))
      let reach = comparison.reach(left, right)
      if !reach.canHold, isWanted {
        found.append(
          .init(
            message: "this comparison can never hold: \(Self.words(a, left)) and \(Self.words(b, right))",
            hint: "the alert would never fire by it; mend the threshold", offset: offset))
      }
      return reach
    case .verdict(let isEqual, let verdict, let offset):
      // A measurement with too few rows is never judged by a condition: the rule's on_no_data decides.
      guard verdict == .insufficient else { return Reach(canHold: true, canFail: true) }
      if isEqual, isWanted {
        found.append(
          .init(
            message: "this comparison can never hold: a verdict of insufficient is no data and conditions do not see it",
            hint: "write on_no_data: alert to hear of too little data", offset: offset))
      }
      return Reach(canHold: !isEqual, canFail: isEqual)
    case .not(let inner):
      let reach = inner.reach(valueRange: valueRange, isWanted: !isWanted, into: &found)
      return Reach(canHold: reach.canFail, canFail: reach.canHold)
    case .and(let a, let b):
      let (a, b) = (
        a.reach(valueRange: valueRange, isWanted: isWanted, into: &found), b.reach(valueRange: valueRange, isWanted: isWanted, into: &found)
      )
      return Reach(canHold: a.canHold && b.canHold, canFail: a.canFail || b.canFail)
    case .or(let a, let b):
      let (a, b) = (
        a.reach(valueRange: valueRange, isWanted: isWanted, into: &found), b.reach(valueRange: valueRange, isWanted: isWanted, into: &found)
      )
      return Reach(canHold: a.canHold || b.canHold, canFail: a.canFail && b.canFail)
    }
  }

  private static func words(_ side: Arithmetic, _ range: ClosedRange<Double>) -> String {
    let name: String =
      switch side {
      case .number: "the number"
      case .field(let field): field.rawValue
      default: "the computed side"
      }
    if range.lowerBound == range.upperBound { return "\(name) is \(text(range.lowerBound))" }
    switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
    case (true, true): return "\(name) is in \(text(range.lowerBound))...\(text(range.upperBound))"
    case (true, false): return "\(name) is at least \(text(range.lowerBound))"
    case (false, true): return "\(name) is at most \(text(range.upperBound))"
    case (false, false): return "\(name) is any number"
    }
  }

  private static func text(_ number: Double) -> String { AnnotationTemplate.number(number) }
}

extension Arithmetic {
  private static let anything = -Double.infinity...Double.infinity

  /// The range the number lies in, when it is defined.
  func range(_ valueRange: ClosedRange<Double>?) -> ClosedRange<Double> {
    switch self {
    case .number(let number): return number...number
    case .field(.n), .field(.tolerance), .field(.eValue): return 0...Double.infinity
    case .field(.pValue): return 0...1
    case .field(.value): return valueRange ?? Self.anything
    // The reference is the same quantity; an interval may reach past the end of its scale.
    case .field(.reference): return valueRange ?? Self.anything
    case .field(.lower), .field(.upper), .field(.effect): return Self.anything
    case .negated(let a):
      let a = a.range(valueRange)
      return -a.upperBound ... -a.lowerBound
    case .absolute(let a):
      let a = a.range(valueRange)
      let (low, high) = (abs(a.lowerBound), abs(a.upperBound))
      return a.contains(0) ? 0...max(low, high) : min(low, high)...max(low, high)
    case .operation(let a, let operation, let b):
      let (a, b) = (a.range(valueRange), b.range(valueRange))
      // Dividing by a range that holds zero can give anything.
      if operation == .over, b.contains(0) { return Self.anything }
      let corners = [a.lowerBound, a.upperBound].flatMap { x in [b.lowerBound, b.upperBound].map { operation.value(x, $0) } }
      // 0 times infinity at a corner is NaN; give up on precision, never on caution.
      guard let low = corners.min(), let high = corners.max(), !corners.contains(where: \.isNaN) else { return Self.anything }
      switch operation {
      case .plus: return (a.lowerBound + b.lowerBound)...(a.upperBound + b.upperBound)
      case .minus: return (a.lowerBound - b.upperBound)...(a.upperBound - b.lowerBound)
      case .times, .over: return low...high
      }
    }
  }
}

extension Comparison {
  func reach(_ a: ClosedRange<Double>, _ b: ClosedRange<Double>) -> Reach {
    switch self {
    case .less:
      return Reach(canHold: a.lowerBound < b.upperBound, canFail: a.upperBound >= b.lowerBound)
    case .lessOrEqual:
      return Reach(canHold: a.lowerBound <= b.upperBound, canFail: a.upperBound > b.lowerBound)
    case .greater, .greaterOrEqual:
      let mirrored = self == .greater ? Comparison.less : .lessOrEqual
      return mirrored.reach(b, a)
    case .equal:
      let isOnePoint = a.lowerBound == a.upperBound && b.lowerBound == b.upperBound && a.lowerBound == b.lowerBound
      return Reach(canHold: a.overlaps(b), canFail: !isOnePoint)
    case .notEqual:
      let equal = Comparison.equal.reach(a, b)
      return Reach(canHold: equal.canFail, canFail: equal.canHold)
    }
  }
}
