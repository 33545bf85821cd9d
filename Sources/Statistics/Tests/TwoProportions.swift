import Foundation

/// Whether two independent samples have the same proportion.
public enum TwoProportions {
  /// The pooled z-test, two-sided: z = (p₁ − p₂) / √(p̄(1 − p̄)(1/n₁ + 1/n₂)). z² is the 2 × 2 chi-square without correction.
  ///
  /// Limits: wants expected successes and failures of 5 or more in both samples; `test` below falls back on Fisher.
  /// - Returns: nil without trials or with successes outside 0...trials; p = 1 when both samples are all successes or all failures.
  public static func z(successes1 x1: Int, trials1 n1: Int, successes2 x2: Int, trials2 n2: Int) -> TestResult? {
    guard n1 > 0, n2 > 0, (0...n1).contains(x1), (0...n2).contains(x2) else { return nil }
    let pooled = Double(x1 + x2) / Double(n1 + n2)
    let variance = pooled * (1 - pooled) * (1 / Double(n1) + 1 / Double(n2))
    guard variance > 0 else { return TestResult(statistic: 0, pValue: 1) }
    let z = (Double(x1) / Double(n1) - Double(x2) / Double(n2)) / variance.squareRoot()
    return TestResult(statistic: z, pValue: Normal.twoSided(z))
  }

  /// The z-test where every expected count is at least 5, otherwise Fisher's exact test; `test` says which.
  public static func test(successes1 x1: Int, trials1 n1: Int, successes2 x2: Int, trials2 n2: Int) -> (test: String, result: TestResult)? {
    guard let z = z(successes1: x1, trials1: n1, successes2: x2, trials2: n2) else { return nil }
    let rarer = Double(min(x1 + x2, n1 + n2 - x1 - x2))
    if rarer * Double(min(n1, n2)) / Double(n1 + n2) >= 5 { return ("two_proportion_z", z) }
    guard let exact = FisherExact.test(x1, n1 - x1, x2, n2 - x2) else { return nil }
    return ("fisher_exact", TestResult(statistic: z.statistic, pValue: exact.pValue))
  }
}
