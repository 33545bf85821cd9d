import Foundation

/// Natural logarithm of |Γ(x)|, from the C library (relative error of a few ulps away from its zeros at 1 and 2); +∞ at 0 and the negative integers.
public func logGamma(_ x: Double) -> Double { lgamma(x).0 }

/// ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b), for positive a and b.
public func logBeta(_ a: Double, _ b: Double) -> Double { logGamma(a) + logGamma(b) - logGamma(a + b) }

/// ln n!, for n at least 0.
public func logFactorial(_ n: Int) -> Double { logGamma(Double(n) + 1) }

/// Pieces of Loader's saddle-point expansion. Powers and factorials of large numbers cancel to nearly nothing in a probability; written as
/// differences of logarithms they would lose the digits they share. These two functions are what is left after the exact cancellation.
///
/// Source: C. Loader, "Fast and accurate computation of binomial probabilities" (2000), as used by R (`nmath/stirlerr.c`, `nmath/bd0.c`).
enum SaddlePoint {
  static let logSquareRootOfTwoPi = 0.918938533204672741780329736406
  static let twoPi = 2 * Double.pi

  /// ln Γ(n + 1) − [(n + ½) ln n − n + ln √(2π)], the error of Stirling's formula; n > 0.
  static func stirlingError(_ n: Double) -> Double {
    if n < 16 { return logGamma(n + 1) - (n + 0.5) * log(n) + n - logSquareRootOfTwoPi }
    // Stirling's series; its eighth term is below 1e-18 from n = 16 on.
    let m = 1 / (n * n)
    return
      (1.0 / 12
      - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - (691.0 / 360360 - (1.0 / 156) * m) * m) * m) * m) * m) * m) / n
  }

  /// x ln(x / μ) + μ − x, the deviance of one Poisson count, without cancellation near x = μ; x ≥ 0, μ > 0.
  static func deviance(_ x: Double, _ mu: Double) -> Double {
    if x == 0 { return mu }
    if abs(x - mu) < 0.1 * (x + mu) {
      let v = (x - mu) / (x + mu)
      var sum = (x - mu) * v
      var term = 2 * x * v
      let square = v * v
      for j in 1..<1000 {
        term *= square
        let next = sum + term / Double(2 * j + 1)
        if next == sum { break }
        sum = next
      }
      return sum
    }
    return x * log(x / mu) + mu - x
  }

  /// λ^x e^(−λ) / Γ(x + 1) for real x ≥ 0, λ ≥ 0: the Poisson probability, and the factor in front of the incomplete gamma function.
  static func poisson(_ x: Double, _ lambda: Double) -> Double {
    if lambda == 0 { return x == 0 ? 1 : 0 }
    if x == 0 { return exp(-lambda) }
    if x <= lambda * Double.leastNormalMagnitude { return exp(-lambda) }
    if lambda <= x * Double.leastNormalMagnitude { return exp(-lambda + x * log(lambda) - logGamma(x + 1)) }
    return exp(-stirlingError(x) - deviance(x, lambda)) / (twoPi * x).squareRoot()
  }

  /// Γ(n + 1) / (Γ(x + 1) Γ(n − x + 1)) p^x q^(n − x) for real 0 ≤ x ≤ n and q = 1 − p: the binomial probability, and the factor in front of the
  /// incomplete beta function. `q` is asked for because 1 − p would lose a small q's digits.
  static func binomial(_ x: Double, _ n: Double, _ p: Double, _ q: Double) -> Double {
    if p == 0 { return x == 0 ? 1 : 0 }
    if q == 0 { return x == n ? 1 : 0 }
    if x == 0 { return n == 0 ? 1 : exp(p < 0.1 ? -deviance(n, n * q) - n * p : n * log(q)) }
    if x == n { return exp(q < 0.1 ? -deviance(n, n * p) - n * q : n * log(p)) }
    if x < 0 || x > n { return 0 }
    let exponent = stirlingError(n) - stirlingError(x) - stirlingError(n - x) - deviance(x, n * p) - deviance(n - x, n * q)
    let scale = log(twoPi) + log(x) + log1p(-x / n)
    return exp(exponent - 0.5 * scale)
  }
}
