import Foundation

/// The distribution of the one-sample Kolmogorov statistic D_n.
///
/// In the upper tail (n d² ≥ 2.2, or d ≥ ½) twice Smirnov's exact one-sided probability; below it the Pelz-Good expansion to n^(−3/2), whose absolute error
/// is under 1e-9 from about n = 500 on and under 1e-5 from n = 20.
///
/// Source: R. Simard, P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution" (2011); W. Pelz, I. J. Good (1976). scipy's `kstwo` also has
/// exact matrix methods for the lower tail, which no test of ours asks for.
public enum KolmogorovDistribution {
  /// P(D_n ≥ d), in 0...1, for n ≥ 1.
  public static func survival(_ d: Double, n: Int) -> Double {
    if d <= 0 { return 1 }
    if d >= 1 { return 0 }
    let rows = Double(n)
    if rows * d <= 0.5 { return 1 }
    let z2 = rows * d * d
    if z2 >= 370 { return 0 }
    if z2 >= 2.2 || d >= 0.5 { return min(1, 2 * smirnov(d, n)) }
    return min(1, max(0, 1 - pelzGood(d, rows)))
  }

  /// P(D⁺_n ≥ d) = Σ_j C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j) · d, over j with d + j/n < 1 (Smirnov; Birnbaum and Tingey).
  static func smirnov(_ d: Double, _ n: Int) -> Double {
    let rows = Double(n)
    var sum = 0.0
    for j in 0...n {
      let x = d + Double(j) / rows
      if x >= 1 { break }
      // The binomial probability of j at x, over x: C(n,j) x^(j−1) (1−x)^(n−j).
      sum += SaddlePoint.binomial(Double(j), rows, x, 1 - x) / x
    }
    return sum * d
  }

  /// P(D_n ≤ d) ≈ K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^(3/2), z = √n d, in the theta-function form that converges fast for small z.
  private static func pelzGood(_ d: Double, _ n: Double) -> Double {
    let z = n.squareRoot() * d
    let z2 = z * z
    let z4 = z2 * z2
    let z6 = z4 * z2
    let pi2 = Double.pi * Double.pi
    let pi4 = pi2 * pi2
    let terms = max(1, Int(ceil(16 * z / Double.pi)))
    var k0 = 0.0
    var k1 = 0.0
    var k2 = 0.0
    var k3 = 0.0
    // Over half-integers k + ½: with m = 2k + 1, (k + ½)² π² / (2 z²) = m² π² / (8 z²).
    for k in stride(from: terms, through: 1, by: -1) {
      let m = Double(2 * k - 1)
      let m2 = m * m
      let weight = exp(-m2 * pi2 / (8 * z2))
      k0 += weight
      k1 += weight * (pi2 / 4 * m2 - z2)
      k2 += weight * (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * pi2 / 4 * m2 + (1 - 2 * z2) * pi4 / 16 * m2 * m2)
      k3 +=
        weight
        * (-30 * z6 - 90 * z6 * z2 + (135 * z4 - 96 * z6) * pi2 / 4 * m2 + (212 * z4 - 60 * z2) * pi4 / 16 * m2 * m2
          + (5 - 30 * z2) * pi4 * pi2 / 64 * m2 * m2 * m2)
    }
    var whole2 = 0.0
    var whole3 = 0.0
    // Over whole k.
    for k in stride(from: terms, through: 1, by: -1) {
      let square = Double(k * k)
      let weight = exp(-square * pi2 / (2 * z2))
      whole2 += square * weight
      whole3 += (3 * z2 - pi2 * square) * square * weight
    }
    let root = (2 * Double.pi).squareRoot()
    let first = root / z * k0
    let second = root / (6 * z4) * k1
    let third = root / (72 * z6 * z) * k2 - pi2 * root / (36 * z2 * z) * whole2
    let fourth = root / (6480 * z6 * z4) * k3 + pi2 * root / (216 * z6) * whole3
    return first + second / n.squareRoot() + third / n + fourth / (n * n.squareRoot())
  }
}
