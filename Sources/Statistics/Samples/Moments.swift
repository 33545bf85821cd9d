/// Count, mean, variance and skewness of a stream, in one pass.
///
/// Welford's update extended to the third central moment; two streams merge exactly. No large sums of squares, so no cancellation.
/// Source: T. Terriberry, "Computing higher-order moments online" (2007); P. Pébay, SAND2008-6212.
public struct Moments: Sendable, Hashable {
  public private(set) var count = 0
  private var average = 0.0
  private var m2 = 0.0
  private var m3 = 0.0

  public init() {}

  public init(_ values: some Sequence<Double>) { for value in values { add(value) } }

  public mutating func add(_ value: Double) {
    let before = Double(count)
    count += 1
    let n = Double(count)
    let delta = value - average
    let step = delta / n
    let term = delta * step * before
    m3 += term * step * (n - 2) - 3 * step * m2
    m2 += term
    average += step
  }

  public mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else { return self = other }
    let a = Double(count)
    let b = Double(other.count)
    let n = a + b
    let delta = other.average - average
    m3 += other.m3 + delta * delta * delta * a * b * (a - b) / (n * n) + 3 * delta * (a * other.m2 - b * m2) / n
    m2 += other.m2 + delta * delta * a * b / n
    average += delta * b / n
    count += other.count
  }

  /// nil of nothing.
  public var mean: Double? { count > 0 ? average : nil }

  /// With the divisor n − 1; nil below two values.
  public var sampleVariance: Double? { count > 1 ? m2 / Double(count - 1) : nil }

  /// With the divisor n; nil of nothing.
  public var populationVariance: Double? { count > 0 ? m2 / Double(count) : nil }

  public var sampleDeviation: Double? { sampleVariance.map { $0.squareRoot() } }

  public var populationDeviation: Double? { populationVariance.map { $0.squareRoot() } }

  /// Fisher's g1 = m3 / m2^1.5 with divisor n (scipy.stats.skew's default); nil where the variance is zero.
  public var skewness: Double? {
    guard count > 0, m2 > 0 else { return nil }
    let n = Double(count)
    let variance = m2 / n
    return m3 / n / (variance * variance.squareRoot())
  }

  /// Student's interval around the mean; nil below two values.
  public func meanInterval(level: Double = 0.95) -> Interval? {
    guard let variance = sampleVariance, let t = StudentT.quantile(0.5 + level / 2, df: Double(count - 1)) else { return nil }
    let half = t * (variance / Double(count)).squareRoot()
    return Interval(lower: average - half, upper: average + half)
  }
}
