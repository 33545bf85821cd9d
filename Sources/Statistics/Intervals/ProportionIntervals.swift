import Foundation

/// Intervals for one proportion and for the difference of two. All are nil without trials, for successes outside 0...trials, or a level outside 0 ..< 1.
public enum ProportionInterval {
  /// Wilson's score interval: the proportions that a z-test at `level` does not reject. Good coverage down to a dozen trials, never outside 0...1.
  ///
  /// centre = (p + z²/2n) / (1 + z²/n), half-width = z √(p(1−p)/n + z²/4n²) / (1 + z²/n). 8 of 10 at 95%: 0.490 … 0.943.
  /// Source: E. B. Wilson (1927); `scipy.stats.binomtest(...).proportion_ci(method="wilson")`.
  public static func wilson(successes: Int, trials: Int, level: Double = 0.95) -> Interval? {
    guard trials > 0, (0...trials).contains(successes), let z = normal(level) else { return nil }
    let n = Double(trials)
    let p = Double(successes) / n
    let square = z * z
    let centre = (p + square / (2 * n)) / (1 + square / n)
    let half = z / (1 + square / n) * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
    // At the ends the formula gives 0 and 1 up to rounding; say them exactly.
    return Interval(lower: successes == 0 ? 0 : max(0, centre - half), upper: successes == trials ? 1 : min(1, centre + half))
  }

  /// Clopper and Pearson's exact interval: coverage is never below `level`, and often above it. For few trials or proportions near 0 and 1.
  ///
  /// lower = Beta⁻¹(α/2; k, n − k + 1), upper = Beta⁻¹(1 − α/2; k + 1, n − k).
  public static func clopperPearson(successes k: Int, trials n: Int, level: Double = 0.95) -> Interval? {
    guard n > 0, (0...n).contains(k), level >= 0, level < 1 else { return nil }
    let tail = (1 - level) / 2
    let lower = k == 0 ? 0 : IncompleteBeta.inverseBoth(Double(k), Double(n - k) + 1, lower: tail, upper: 1 - tail)?.x
    let upper = k == n ? 1 : IncompleteBeta.inverseBoth(Double(k) + 1, Double(n - k), lower: 1 - tail, upper: tail)?.x
    guard let lower, let upper else { return nil }
    return Interval(lower: lower, upper: upper)
  }

  /// Newcombe's hybrid score interval for p₁ − p₂ of two independent samples: each side is as wide as the two Wilson intervals allow together.
  ///
  /// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions" (1998), method 10. 56/70 − 48/80 at 95%:
  /// 0.0524 … 0.3339, the paper's own example.
  public static func newcombe(successes1 x1: Int, trials1 n1: Int, successes2 x2: Int, trials2 n2: Int, level: Double = 0.95) -> Interval? {
    guard let a = wilson(successes: x1, trials: n1, level: level), let b = wilson(successes: x2, trials: n2, level: level) else { return nil }
    let p1 = Double(x1) / Double(n1)
    let p2 = Double(x2) / Double(n2)
    let below = ((p1 - a.lower) * (p1 - a.lower) + (b.upper - p2) * (b.upper - p2)).squareRoot()
    let above = ((a.upper - p1) * (a.upper - p1) + (p2 - b.lower) * (p2 - b.lower)).squareRoot()
    return Interval(lower: max(-1, p1 - p2 - below), upper: min(1, p1 - p2 + above))
  }

  private static func normal(_ level: Double) -> Double? {
    guard level >= 0, level < 1 else { return nil }
    return Normal.inverseSurvival((1 - level) / 2)
  }
}
