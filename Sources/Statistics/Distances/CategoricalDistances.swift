import Foundation

/// Distances between two distributions over the same categories, given as counts or shares (each is divided by its sum).
///
/// All are nil for unequal lengths, an empty or all-zero side, and negative or non-finite entries; all are 0 for equal shares.
/// Of two finite samples of one distribution none of them is 0: they are effect sizes, and evidence comes from a test.
public enum CategoricalDistance {
  /// ½ Σ |p − q|, in 0...1: the share of rows that would have to change category.
  public static func totalVariation(_ p: [Double], _ q: [Double]) -> Double? {
    sum(p, q) { abs($0 - $1) }.map { $0 / 2 }
  }

  /// √(1 − Σ √(pq)), in 0...1, computed as ‖√p − √q‖ / √2, which does not cancel for near-equal shares.
  public static func hellinger(_ p: [Double], _ q: [Double]) -> Double? {
    sum(p, q) { ($0.squareRoot() - $1.squareRoot()) * ($0.squareRoot() - $1.squareRoot()) }.map { ($0 / 2).squareRoot() }
  }

  public enum LogarithmBase: Sendable { case e, two }

  /// The square root of the Jensen-Shannon divergence, a metric: in 0...√ln 2 with base e (scipy's and Evidently's default), 0...1 with base 2 (NannyML's).
  public static func jensenShannon(_ p: [Double], _ q: [Double], base: LogarithmBase = .e) -> Double? {
    jensenShannonDivergence(p, q).map { (base == .e ? $0 : $0 / log(2)).squareRoot() }
  }

  /// ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats: 0...ln 2.
  public static func jensenShannonDivergence(_ p: [Double], _ q: [Double]) -> Double? {
    sum(p, q) { a, b in
      let middle = (a + b) / 2
      return (a > 0 ? a * log(a / middle) : 0) + (b > 0 ? b * log(b / middle) : 0)
    }.map { max(0, $0 / 2) }
  }

  /// The population stability index Σ (p − q) ln(p / q), at least 0; below 0.1 is usually called stable and above 0.25 a major shift.
  ///
  /// - floor: what a share of zero counts as, since the logarithm is undefined there. Evidently's rule, and the default here: 0.0001, or a millionth of
  ///   the smallest share where that is at most 0.0001.
  /// Limits: on equal distributions it is about χ²(k − 1) · (1/n₁ + 1/n₂), so the folk thresholds alarm on small samples.
  public static func populationStability(_ p: [Double], _ q: [Double], floor: Double? = nil) -> Double? {
    guard let a = shares(p, q.count), let b = shares(q, p.count) else { return nil }
    func filled(_ shares: [Double]) -> [Double] {
      let smallest = shares.filter { $0 > 0 }.min() ?? 1
      let value = floor ?? (smallest <= 0.0001 ? smallest / 1_000_000 : 0.0001)
      return shares.map { $0 == 0 ? value : $0 }
    }
    return zip(filled(a), filled(b)).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
  }

  private static func sum(_ p: [Double], _ q: [Double], _ term: (Double, Double) -> Double) -> Double? {
    guard let a = shares(p, q.count), let b = shares(q, p.count) else { return nil }
    return zip(a, b).reduce(0) { $0 + term($1.0, $1.1) }
  }

  private static func shares(_ values: [Double], _ count: Int) -> [Double]? {
    guard values.count == count, values.allSatisfy({ $0 >= 0 && $0.isFinite }) else { return nil }
    let total = values.reduce(0, +)
    guard total > 0, total.isFinite else { return nil }
    return values.map { $0 / total }
  }
}
