/// The number of successes in n independent trials, each with probability p.
///
/// Results are nil unless n ≥ 0 and p in 0...1.
public enum Binomial {
  /// P(X = k).
  public static func probability(_ k: Int, n: Int, p: Double) -> Double? {
    guard n >= 0, p >= 0, p <= 1 else { return nil }
    guard k >= 0, k <= n else { return 0 }
    return SaddlePoint.binomial(Double(k), Double(n), p, 1 - p)
  }

  /// P(X ≤ k) = I_(1−p)(n − k, k + 1).
  public static func cdf(_ k: Int, n: Int, p: Double) -> Double? {
    guard n >= 0, p >= 0, p <= 1 else { return nil }
    if k < 0 { return 0 }
    if k >= n { return 1 }
    return IncompleteBeta.both(Double(n - k), Double(k) + 1, 1 - p, p)?.lower
  }

  /// P(X > k).
  public static func survival(_ k: Int, n: Int, p: Double) -> Double? {
    guard n >= 0, p >= 0, p <= 1 else { return nil }
    if k < 0 { return 1 }
    if k >= n { return 0 }
    return IncompleteBeta.both(Double(n - k), Double(k) + 1, 1 - p, p)?.upper
  }
}
