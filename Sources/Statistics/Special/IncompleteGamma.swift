import Foundation

/// The regularised incomplete gamma functions P(a, x) = γ(a, x) / Γ(a) and Q = 1 − P, and their inverses.
///
/// P by its power series below x = a + 1, Q by Legendre's continued fraction (modified Lentz) above it; the other one is the complement, which is not
/// small there. The factor in front, x^a e^(−x) / Γ(a + 1), is Loader's saddle point, so relative errors stay near 1e-13 for large a.
///
/// Domain: a > 0 finite, x ≥ 0. Outside it the results are nil.
/// Source: DLMF 8.7.1, 8.9.2; scipy.special.gammainc and gammaincc are the oracle.
public enum IncompleteGamma {
  /// P(a, x), in 0...1: 0 at x = 0, 1 at infinity.
  public static func lower(_ a: Double, _ x: Double) -> Double? { both(a, x)?.lower }

  /// Q(a, x) = 1 − P(a, x), precise in relative terms where it is tiny.
  public static func upper(_ a: Double, _ x: Double) -> Double? { both(a, x)?.upper }

  static func both(_ a: Double, _ x: Double) -> (lower: Double, upper: Double)? {
    guard a > 0, a.isFinite, x >= 0 else { return nil }
    if x == 0 { return (0, 1) }
    if x == .infinity { return (1, 0) }
    let front = SaddlePoint.poisson(a, x)
    if x < a + 1 {
      let p = min(1, front * series(a, x))
      return (p, 1 - p)
    }
    let q = min(1, front * a * fraction(a, x))
    return (1 - q, q)
  }

  /// Σ x^k / ((a + 1) … (a + k)), from k = 0.
  private static func series(_ a: Double, _ x: Double) -> Double {
    var sum = 1.0
    var term = 1.0
    var denominator = a
    while true {
      denominator += 1
      term *= x / denominator
      sum += term
      // x < a + 1 ≤ denominator: every ratio is below 1 and falling, so the loop ends.
      if term < sum * 1e-17 { return sum }
    }
  }

  /// 1 / (x + 1 − a − 1(1 − a) / (x + 3 − a − …)).
  private static func fraction(_ a: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    var b = x + 1 - a
    var c = 1 / tiny
    var d = 1 / (abs(b) < tiny ? tiny : b)
    var h = d
    for i in 1...1_000_000 {
      let an = -Double(i) * (Double(i) - a)
      b += 2
      d = an * d + b
      d = 1 / (abs(d) < tiny ? tiny : d)
      c = b + an / c
      if abs(c) < tiny { c = tiny }
      let delta = c * d
      h *= delta
      if abs(delta - 1) < 3e-16 { break }
    }
    return h
  }

  /// The x with P(a, x) = p, for p in 0...1; infinite at p = 1.
  public static func inverseLower(_ a: Double, _ p: Double) -> Double? {
    guard a > 0, a.isFinite, p >= 0, p <= 1 else { return nil }
    return p <= 0.5 ? solve(a, tail: p, lowerTail: true) : solve(a, tail: 1 - p, lowerTail: false)
  }

  /// The x with Q(a, x) = q, for q in 0...1; infinite at q = 0.
  public static func inverseUpper(_ a: Double, _ q: Double) -> Double? {
    guard a > 0, a.isFinite, q >= 0, q <= 1 else { return nil }
    return q <= 0.5 ? solve(a, tail: q, lowerTail: false) : solve(a, tail: 1 - q, lowerTail: true)
  }

  /// Newton on ln(tail) over u = ln x. Both tails are log-concave there, so the step never runs away past the first one; a bracket guards that one.
  private static func solve(_ a: Double, tail: Double, lowerTail: Bool) -> Double? {
    if tail == 0 { return lowerTail ? 0 : .infinity }
    let goal = log(tail)
    var low = -745.0
    var high = 709.0
    var u = log(a)
    for _ in 0..<400 {
      let x = exp(u)
      guard let value = both(a, x) else { return nil }
      let probability = lowerTail ? value.lower : value.upper
      let below = lowerTail ? probability < tail : probability > tail
      if below { low = max(low, u) } else { high = min(high, u) }
      // d P / d u = x · density = a · front.
      let slope = (lowerTail ? 1 : -1) * a * SaddlePoint.poisson(a, x) / probability
      var next = probability > 0 && slope != 0 && slope.isFinite ? u - (log(probability) - goal) / slope : .nan
      if !(next > low && next < high) { next = (low + high) / 2 }
      if abs(next - u) <= 1e-16 * max(1, abs(u)) || high - low < 1e-15 * max(1, abs(u)) { return exp(next) }
      u = next
    }
    return exp(u)
  }
}
