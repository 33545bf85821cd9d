import Foundation

/// The smallest change that a two-sided test at `alpha` would see with the given power, and the rows that a given change needs.
///
/// Normal approximations; with a dozen rows or less they are only a guide.
public enum DetectableEffect {
  /// For two proportions, of which the reference one is about `baseline`: the smallest drop (or rise) of it.
  ///
  /// Solves δ = z_(1−α/2) √(p̄q̄(1/n + 1/m)) + z_power √(p₀q₀/m + p₁q₁/n), p₁ = p₀ ∓ δ, p̄ the pooled share.
  /// - rows, referenceRows: n and m; pass `.infinity` as `referenceRows` for a baseline that is known exactly.
  /// - Returns: nil if even the change to 0 (or 1) would not be seen, or for arguments outside their range.
  public static func proportions(
    baseline p0: Double, rows n: Double, referenceRows m: Double, alpha: Double, power: Double = 0.8, rise: Bool = false
  ) -> Double? {
    guard p0 >= 0, p0 <= 1, n > 0, m > 0 else { return nil }
    let room = rise ? 1 - p0 : p0
    // How much δ exceeds what is needed to see it; it grows with δ where it matters.
    func surplus(_ delta: Double) -> Double? {
      let p1 = rise ? p0 + delta : p0 - delta
      return required(p0, p1, n, m, alpha, power).map { delta - $0 }
    }
    guard let most = surplus(room), most >= 0 else { return nil }
    var low = 0.0
    var high = room
    for _ in 0..<100 {
      let middle = (low + high) / 2
      guard let value = surplus(middle) else { return nil }
      if value < 0 { low = middle } else { high = middle }
    }
    return high
  }

  /// For two means, in standard deviations: (z_(1−α/2) + z_power) √(1/n + 1/m).
  public static func means(rows n: Double, referenceRows m: Double, alpha: Double, power: Double = 0.8) -> Double? {
    guard n > 0, m > 0, let z = quantiles(alpha, power) else { return nil }
    return (z.0 + z.1) * (1 / n + 1 / m).squareRoot()
  }

  /// The rows in the window with which a change from `baseline` to `changed` would be seen, given the reference's rows (`.infinity`: known exactly).
  /// nil if no number of rows is enough.
  public static func rowsForProportions(
    baseline p0: Double, changed p1: Double, referenceRows m: Double, alpha: Double, power: Double = 0.8
  ) -> Int? {
    guard p0 >= 0, p0 <= 1, p1 >= 0, p1 <= 1, p0 != p1, m > 0 else { return nil }
    return smallest { n in required(p0, p1, n, m, alpha, power).map { abs(p1 - p0) >= $0 } ?? false }
  }

  /// The rows in the window with which a shift of the mean by `effect` standard deviations would be seen; nil if no number is enough.
  public static func rowsForMeans(effect: Double, referenceRows m: Double, alpha: Double, power: Double = 0.8) -> Int? {
    guard effect > 0, m > 0, let z = quantiles(alpha, power) else { return nil }
    let ratio = effect / (z.0 + z.1)
    let share = ratio * ratio - 1 / m
    guard share > 0, 1 / share < 1e15 else { return nil }
    return max(1, Int((1 / share).rounded(.up)))
  }

  private static func required(_ p0: Double, _ p1: Double, _ n: Double, _ m: Double, _ alpha: Double, _ power: Double) -> Double? {
    guard let z = quantiles(alpha, power) else { return nil }
    // With an exactly known baseline the pooled share is the baseline itself.
    let pooled = m.isInfinite ? p0 : (p0 * m + p1 * n) / (m + n)
    let null = pooled * (1 - pooled) * (1 / n + 1 / m)
    let alternative = p0 * (1 - p0) / m + p1 * (1 - p1) / n
    return z.0 * max(0, null).squareRoot() + z.1 * max(0, alternative).squareRoot()
  }

  private static func quantiles(_ alpha: Double, _ power: Double) -> (Double, Double)? {
    guard alpha > 0, alpha < 1, power > 0, power < 1, let a = Normal.inverseSurvival(alpha / 2), let b = Normal.quantile(power) else { return nil }
    return (a, b)
  }

  /// The smallest n in 1...2^40 for which `enough` holds, by doubling and bisection.
  private static func smallest(_ enough: (Double) -> Bool) -> Int? {
    var high = 1
    while !enough(Double(high)) {
      if high > 1 << 40 { return nil }
      high *= 2
    }
    var low = high / 2
    while high - low > 1 {
      let middle = (low + high) / 2
      if enough(Double(middle)) { high = middle } else { low = middle }
    }
    return high
  }
}
