import Foundation

/// The two-sample Kolmogorov-Smirnov test: whether two samples come from one continuous distribution.
///
/// D = max |F₁(x) − F₂(x)|, in 0...1: 0 for equal empirical distributions, 1 for samples that do not overlap. Sensitive to any difference, most in the
/// middle, least in the tails.
///
/// The p-value is exact where scipy's `ks_2samp` would be (both samples up to 10,000), and further where the smaller sample is at most 500;
/// otherwise asymptotic, with the one-sample distribution at n₁n₂ / (n₁ + n₂) rows, also as scipy.
/// Ties make the test conservative: discrete data give a p that is too large, never too small.
///
/// Example: [1, 2, 3] against [2, 3, 4]: D = 1/3, p = 1.
public enum KolmogorovSmirnov {
  public enum Method: Sendable { case automatic, exact, asymptotic }

  /// nil if a sample is empty or holds a value that is not finite. Time O(n log n), and O(n₁ n₂ D) for the exact p of unequal samples.
  public static func test(_ a: [Double], _ b: [Double], method: Method = .automatic) -> TestResult? {
    guard let statistic = statistic(a, b) else { return nil }
    let small = min(a.count, b.count)
    let large = max(a.count, b.count)
    let exact =
      switch method {
      case .exact: true
      case .asymptotic: false
      case .automatic: large <= 10_000 || small <= 500
      }
    let p = exact ? exactTail(a.count, b.count, statistic) : asymptoticTail(a.count, b.count, statistic)
    return TestResult(statistic: statistic, pValue: min(1, max(0, p)))
  }

  /// The largest distance between the two empirical distribution functions.
  public static func statistic(_ a: [Double], _ b: [Double]) -> Double? {
    guard !a.isEmpty, !b.isEmpty, a.allSatisfy(\.isFinite), b.allSatisfy(\.isFinite) else { return nil }
    let x = a.sorted()
    let y = b.sorted()
    var i = 0
    var j = 0
    var largest = 0.0
    while i < x.count, j < y.count {
      let value = min(x[i], y[j])
      while i < x.count, x[i] == value { i += 1 }
      while j < y.count, y[j] == value { j += 1 }
      largest = max(largest, abs(Double(i) / Double(x.count) - Double(j) / Double(y.count)))
    }
    return largest
  }

  /// P(D ≥ d) over all orders of n₁ + n₂ distinct values.
  ///
  /// An order is a lattice path from (0, 0) to (n₁, n₂). u(i, j), the share of the paths to (i, j) that have touched |i/n₁ − j/n₂| ≥ d, is 1 outside and
  /// (i · u(i−1, j) + j · u(i, j−1)) / (i + j) inside: the complement is never formed, so a tiny p keeps its digits.
  /// Source: J. L. Hodges (1958); T. Viehmann, "Numerically more stable computation of the p-values for the two-sample Kolmogorov-Smirnov test" (2021).
  private static func exactTail(_ n1: Int, _ n2: Int, _ d: Double) -> Double {
    let divisor = greatestCommonDivisor(n1, n2)
    // d in whole steps of 1 / lcm(n1, n2).
    let steps = Int((d * Double(n1 / divisor) * Double(n2)).rounded())
    if steps == 0 { return 1 }
    if n1 == n2 { return equalSizesTail(n1, steps) }
    let m = max(n1, n2)
    let n = min(n1, n2)
    let a = n / divisor
    let b = m / divisor
    // A point is inside where |a·i − b·j| < steps.
    var u = [Double](repeating: 1, count: n + 1)
    var low = 0
    for i in 0...m {
      // Inside are the j with b·j > a·i − steps and b·j < a·i + steps.
      let first = a * i < steps ? 0 : (a * i - steps) / b + 1
      let last = min(n, (a * i + steps - 1) / b)
      if first > last { return 1 }
      while low < first {
        u[low] = 1
        low += 1
      }
      for j in first...last {
        if i == 0 {
          u[j] = 0
        } else {
          let left = j == 0 ? 0 : u[j - 1] * Double(j)
          u[j] = (u[j] * Double(i) + left) / Double(i + j)
        }
      }
    }
    return u[n]
  }

  /// The reflection principle's closed form for n₁ = n₂ = n, h = d·n: 2 Σ (−1)^(k+1) C(2n, n − kh) / C(2n, n), nested so that nothing cancels.
  private static func equalSizesTail(_ n: Int, _ h: Int) -> Double {
    var nested = 0.0
    for k in stride(from: n / h, through: 0, by: -1) {
      var ratio = 1.0
      for j in 0..<h { ratio *= Double(n - k * h - j) / Double(n + k * h + j + 1) }
      nested = ratio * (1 - nested)
    }
    return 2 * nested
  }

  private static func asymptoticTail(_ n1: Int, _ n2: Int, _ d: Double) -> Double {
    let effective = Double(n1) * Double(n2) / Double(n1 + n2)
    return KolmogorovDistribution.survival(d, n: max(1, Int(effective.rounded(.toNearestOrEven))))
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
