/// A closed interval of values; `lower` is at most `upper`.
public struct Interval: Sendable, Hashable, Codable {
  public var lower: Double
  public var upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  public var width: Double { upper - lower }

  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// A test's statistic and its p-value, in 0...1.
public struct TestResult: Sendable, Hashable, Codable {
  public var statistic: Double
  public var pValue: Double

  public init(statistic: Double, pValue: Double) {
    self.statistic = statistic
    self.pValue = pValue
  }
}
