import Foundation

/// Student's t with `df` > 0 degrees of freedom (not necessarily whole: Welch); results are nil for other `df`.
///
/// P(|T| ≥ t) = I_(df / (df + t²))(df / 2, ½).
public enum StudentT {
  public static func cdf(_ t: Double, df: Double) -> Double? {
    twoSided(t, df: df).map { t < 0 ? $0 / 2 : 1 - $0 / 2 }
  }

  public static func survival(_ t: Double, df: Double) -> Double? { cdf(-t, df: df) }

  /// P(|T| ≥ |t|), the two-sided p-value.
  public static func twoSided(_ t: Double, df: Double) -> Double? {
    guard df > 0, df.isFinite, !t.isNaN else { return nil }
    if t.isInfinite { return 0 }
    let square = t * t
    return IncompleteBeta.both(df / 2, 0.5, df / (df + square), square / (df + square))?.lower
  }

  /// The t with P(T ≤ t) = p, 0 < p < 1; ∓∞ at 0 and 1.
  public static func quantile(_ p: Double, df: Double) -> Double? {
    guard df > 0, df.isFinite, p >= 0, p <= 1 else { return nil }
    if p == 0.5 { return 0 }
    let tail = min(p, 1 - p)
    if tail == 0 { return p < 0.5 ? -.infinity : .infinity }
    guard let (x, y) = IncompleteBeta.inverseBoth(df / 2, 0.5, lower: 2 * tail, upper: 1 - 2 * tail) else { return nil }
    let magnitude = (df * y / x).squareRoot()
    return p < 0.5 ? -magnitude : magnitude
  }
}
