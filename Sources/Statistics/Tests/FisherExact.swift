import Foundation

/// Fisher's exact test of a 2 × 2 table, two-sided: the probability, given the margins, of all tables that are no more likely than the one seen.
///
/// Tables within 1e-7 in relative terms of the observed probability count as equally likely (R's rule), so rounding decides nothing.
/// Example: 8, 2, 1, 5 → odds ratio 20, p = 0.0350. Oracle: `scipy.stats.fisher_exact`.
public enum FisherExact {
  public struct Result: Sendable, Hashable {
    /// a d / (b c); nil where that is 0/0, infinite where only b c is 0.
    public var oddsRatio: Double?
    public var pValue: Double
  }

  /// Rows (a, b) and (c, d). nil for negative counts; p = 1 when a margin is zero. Time O(smallest margin).
  public static func test(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Result? {
    guard min(a, b, c, d) >= 0 else { return nil }
    let numerator = Double(a) * Double(d)
    let denominator = Double(b) * Double(c)
    let odds: Double? = denominator == 0 ? (numerator == 0 ? nil : .infinity) : numerator / denominator
    let row1 = a + b
    let row2 = c + d
    let column = a + c
    let total = row1 + row2
    if row1 == 0 || row2 == 0 || column == 0 || column == total { return Result(oddsRatio: odds, pValue: 1) }
    let observed = probability(a, row1, row2, column)
    var sum = 0.0
    for x in max(0, column - row2)...min(row1, column) {
      let p = probability(x, row1, row2, column)
      if p <= observed * (1 + 1e-7) { sum += p }
    }
    return Result(oddsRatio: odds, pValue: min(1, sum))
  }

  /// The hypergeometric probability as a ratio of three binomial ones at p = column / total, where each is near its mode.
  private static func probability(_ x: Int, _ row1: Int, _ row2: Int, _ column: Int) -> Double {
    let total = Double(row1 + row2)
    let p = Double(column) / total
    let q = (total - Double(column)) / total
    return SaddlePoint.binomial(Double(x), Double(row1), p, q) * SaddlePoint.binomial(Double(column - x), Double(row2), p, q)
      / SaddlePoint.binomial(Double(column), total, p, q)
  }
}
