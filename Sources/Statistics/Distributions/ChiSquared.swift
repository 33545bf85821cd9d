import Foundation

/// The chi-squared distribution with `df` > 0 degrees of freedom; results are nil for other `df`.
public enum ChiSquared {
  public static func cdf(_ x: Double, df: Double) -> Double? { IncompleteGamma.lower(df / 2, max(0, x) / 2) }

  /// P(X > x), the p-value of a chi-squared statistic.
  public static func survival(_ x: Double, df: Double) -> Double? { IncompleteGamma.upper(df / 2, max(0, x) / 2) }

  /// The x with P(X ≤ x) = p, p in 0...1.
  public static func quantile(_ p: Double, df: Double) -> Double? { IncompleteGamma.inverseLower(df / 2, p).map { 2 * $0 } }

  /// The x with P(X > x) = q, q in 0...1; for critical values of small alpha.
  public static func inverseSurvival(_ q: Double, df: Double) -> Double? { IncompleteGamma.inverseUpper(df / 2, q).map { 2 * $0 } }

  /// P(X > x) for the non-central distribution with non-centrality λ ≥ 0: the power of a chi-squared test.
  ///
  /// The Poisson(λ/2) mixture of central tails, summed outwards from its mode until the weights are below 1e-17.
  public static func noncentralSurvival(_ x: Double, df: Double, lambda: Double) -> Double? {
    guard df > 0, df.isFinite, lambda >= 0, lambda.isFinite, x >= 0 else { return nil }
    if lambda == 0 { return survival(x, df: df) }
    let mean = lambda / 2
    let mode = Int(mean)
    var sum = 0.0
    func add(_ j: Int) -> Double {
      let weight = SaddlePoint.poisson(Double(j), mean)
      sum += weight * (survival(x, df: df + 2 * Double(j)) ?? 0)
      return weight
    }
    var j = mode
    while add(j) > 1e-17 { j += 1 }
    j = mode - 1
    while j >= 0, add(j) > 1e-17 { j -= 1 }
    return min(1, sum)
  }

  /// The non-centrality at which a test at `alpha` has the given power; by bisection, to 1e-9.
  public static func noncentrality(df: Double, alpha: Double, power: Double) -> Double? {
    guard df > 0, alpha > 0, alpha < 1, power > alpha, power < 1, let critical = inverseSurvival(alpha, df: df) else { return nil }
    var low = 0.0
    var high = max(1, critical)
    while let reached = noncentralSurvival(critical, df: df, lambda: high), reached < power { high *= 2 }
    while high - low > 1e-9 * high {
      let middle = (low + high) / 2
      guard let reached = noncentralSurvival(critical, df: df, lambda: middle) else { return nil }
      if reached < power { low = middle } else { high = middle }
    }
    return high
  }
}
