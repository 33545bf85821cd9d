import Foundation

/// The regularised incomplete beta function I_x(a, b) and its inverse.
///
/// Gauss's continued fraction (DLMF 8.17.22, modified Lentz), on the side of the mean where it converges in O(√max(a, b)) steps; the other side by
/// I_x(a, b) = 1 − I_(1−x)(b, a). The factor in front is Loader's saddle point, so relative errors stay near 1e-13 for large a and b.
///
/// Domain: a, b > 0 finite, x in 0...1. Outside it the results are nil. scipy.special.betainc is the oracle.
public enum IncompleteBeta {
  /// I_x(a, b), in 0...1.
  public static func regularized(_ a: Double, _ b: Double, _ x: Double) -> Double? { both(a, b, x, 1 - x)?.lower }

  /// I_x(a, b) and its complement, given x and y = 1 − x separately so that neither loses digits.
  static func both(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> (lower: Double, upper: Double)? {
    guard a > 0, b > 0, a.isFinite, b.isFinite, x >= 0, y >= 0, x <= 1, y <= 1 else { return nil }
    if x == 0 { return (0, 1) }
    if y == 0 { return (1, 0) }
    if x < (a + 1) / (a + b + 2) {
      let value = min(1, front(a, b, x, y) / a * fraction(a, b, x))
      return (value, 1 - value)
    }
    let value = min(1, front(a, b, x, y) / b * fraction(b, a, y))
    return (1 - value, value)
  }

  /// x^a y^b / B(a, b).
  static func front(_ a: Double, _ b: Double, _ x: Double, _ y: Double) -> Double {
    SaddlePoint.binomial(a, a + b, x, y) * (a / (a + b)) * b
  }

  private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ v: Double) -> Double { abs(v) < tiny ? tiny : v }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var h = d
    for i in 1...1_000_000 {
      let m = Double(i)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / guarded(1 + even * d)
      c = guarded(1 + even / c)
      h *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / guarded(1 + odd * d)
      c = guarded(1 + odd / c)
      let delta = d * c
      h *= delta
      if abs(delta - 1) < 3e-16 { break }
    }
    return h
  }

  /// The x with I_x(a, b) = p, for p in 0...1.
  public static func inverse(_ a: Double, _ b: Double, _ p: Double) -> Double? { inverseBoth(a, b, lower: p, upper: 1 - p)?.x }

  /// The x with I_x(a, b) = lower and 1 − x, given both tails so that a tiny one keeps its digits.
  static func inverseBoth(_ a: Double, _ b: Double, lower: Double, upper: Double) -> (x: Double, y: Double)? {
    guard a > 0, b > 0, a.isFinite, b.isFinite, lower >= 0, upper >= 0, lower <= 1, upper <= 1 else { return nil }
    if lower == 0 { return (0, 1) }
    if upper == 0 { return (1, 0) }
    let byLower = lower <= upper
    let tail = byLower ? lower : upper
    let goal = log(tail)
    // Newton on ln(tail) over u = logit x, in which both tails are log-concave; a bracket guards the first step.
    var low = -745.0
    var high = 745.0
    var u = log(a) - log(b)
    for _ in 0..<400 {
      let (x, y) = logistic(u)
      guard let value = both(a, b, x, y) else { return nil }
      let probability = byLower ? value.lower : value.upper
      let below = byLower ? probability < tail : probability > tail
      if below { low = max(low, u) } else { high = min(high, u) }
      // dI/du = density · x · y = front.
      let slope = (byLower ? 1 : -1) * front(a, b, x, y) / probability
      var next = probability > 0 && slope != 0 && slope.isFinite ? u - (log(probability) - goal) / slope : .nan
      if !(next > low && next < high) { next = (low + high) / 2 }
      if abs(next - u) <= 1e-16 * max(1, abs(u)) || high - low < 1e-15 * max(1, abs(u)) { return logistic(next) }
      u = next
    }
    return logistic(u)
  }

  private static func logistic(_ u: Double) -> (x: Double, y: Double) {
    if u >= 0 {
      let e = exp(-u)
      return (1 / (1 + e), e / (1 + e))
    }
    let e = exp(u)
    return (e / (1 + e), 1 / (1 + e))
  }
}
