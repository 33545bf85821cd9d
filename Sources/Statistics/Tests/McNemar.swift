/// McNemar's test for two classifiers on the same items: whether those that only one of them gets right are evenly split.
///
/// Given b + c discordant items, b is Binomial(b + c, ½) under the null; concordant items carry no information.
/// Example: b = 5, c = 15 → exact p = 0.04138946533203125.
public enum McNemar {
  /// The exact two-sided p: 2 P(X ≤ min(b, c)), at most 1; 1 without discordant items. nil for negative counts.
  public static func exact(_ b: Int, _ c: Int) -> Double? {
    guard b >= 0, c >= 0 else { return nil }
    guard b + c > 0, let tail = Binomial.cdf(min(b, c), n: b + c, p: 0.5) else { return 1 }
    return min(1, 2 * tail)
  }

  /// The mid-p: the exact p less the probability of the observed count, which makes it less conservative; it may slightly exceed its level.
  ///
  /// Source: M. Fagerland et al., "The McNemar test for binary matched-pairs data" (2013).
  public static func midP(_ b: Int, _ c: Int) -> Double? {
    guard b >= 0, c >= 0 else { return nil }
    let k = min(b, c)
    guard b + c > 0, let tail = Binomial.cdf(k, n: b + c, p: 0.5), let point = Binomial.probability(k, n: b + c, p: 0.5) else { return 1 }
    return min(1, 2 * tail - point)
  }
}
