import Records

extension Logic {
  /// Three-valued (Kleene 1938, section 4): nil is undefined.
  func value(for measurement: Measurement) -> Bool? {
    switch self {
    case .compare(let a, let comparison, let b, _):
      guard let a = a.value(for: measurement), let b = b.value(for: measurement) else { return nil }
      return comparison.holds(a, b)
    case .verdict(let isEqual, let verdict, _):
      return (measurement.verdict == verdict) == isEqual
    case .not(let logic):
      return logic.value(for: measurement).map { !$0 }
    case .and(let a, let b):
      let (a, b) = (a.value(for: measurement), b.value(for: measurement))
      if a == false || b == false { return false }
      return a == nil || b == nil ? nil : true
    case .or(let a, let b):
      let (a, b) = (a.value(for: measurement), b.value(for: measurement))
      if a == true || b == true { return true }
      return a == nil || b == nil ? nil : false
    }
  }
}

extension Arithmetic {
  /// Always finite; nil is undefined.
  func value(for measurement: Measurement) -> Double? {
    let result: Double? =
      switch self {
      case .number(let number): number
      case .field(let field): field.value(in: measurement)
      case .negated(let a): a.value(for: measurement).map { -$0 }
      case .absolute(let a): a.value(for: measurement).map { abs($0) }
      case .operation(let a, let operation, let b):
        if let a = a.value(for: measurement), let b = b.value(for: measurement) { operation.value(a, b) } else { nil }
      }
    // NaN and infinity are never compared with: they would make a condition false that is really unknown.
    guard let result, result.isFinite else { return nil }
    return result
  }
}

extension Field {
  func value(in measurement: Measurement) -> Double? {
    switch self {
    case .value: measurement.value
    case .lower: measurement.lower
    case .upper: measurement.upper
    case .reference: measurement.reference
    case .effect: measurement.effect
    case .tolerance: measurement.tolerance
    case .n: Double(measurement.n)
    case .pValue: measurement.evidence?.pValue
    case .eValue: measurement.evidence?.eValue
    }
  }
}

extension Comparison {
  func holds(_ a: Double, _ b: Double) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

extension Operator {
  func value(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .plus: a + b
    case .minus: a - b
    case .times: a * b
    case .over: a / b
    }
  }
}
