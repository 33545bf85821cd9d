/// Welch's t-test: whether two samples have the same mean, without assuming equal variances.
///
/// t = (x̄ − ȳ) / √(s₁²/n₁ + s₂²/n₂), degrees of freedom by Welch and Satterthwaite. Matches `scipy.stats.ttest_ind(equal_var=False)`.
public enum Welch {
  public struct Result: Sendable, Hashable {
    public var statistic: Double
    public var pValue: Double
    public var degreesOfFreedom: Double
    /// x̄ − ȳ.
    public var difference: Double
    /// Around the difference, at the level asked for.
    public var interval: Interval
  }

  /// nil below two values in a sample, for values that are not finite, or when neither sample varies.
  public static func test(_ x: [Double], _ y: [Double], level: Double = 0.95) -> Result? {
    guard x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return nil }
    let a = Moments(x)
    let b = Moments(y)
    guard let mx = a.mean, let my = b.mean, let vx = a.sampleVariance, let vy = b.sampleVariance, vx + vy > 0 else { return nil }
    let ex = vx / Double(x.count)
    let ey = vy / Double(y.count)
    let se = (ex + ey).squareRoot()
    let df = (ex + ey) * (ex + ey) / (ex * ex / Double(x.count - 1) + ey * ey / Double(y.count - 1))
    let t = (mx - my) / se
    guard let p = StudentT.twoSided(t, df: df), let critical = StudentT.quantile(0.5 + level / 2, df: df) else { return nil }
    let interval = Interval(lower: mx - my - critical * se, upper: mx - my + critical * se)
    return Result(statistic: t, pValue: p, degreesOfFreedom: df, difference: mx - my, interval: interval)
  }
}
