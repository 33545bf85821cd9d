import Foundation

/// Pearson's test of a k × 2 table of counts: whether a category's share depends on the column.
///
/// X² = Σ (O − E)² / E with E from the table's own margins, k − 1 degrees of freedom. **Both** columns are samples: treating the reference's shares as exact, as
/// a one-sample chi-square does, doubles the variance at equal sizes and alarms on nothing.
/// Rows of zeros in both columns are left out. Matches scipy's `chi2_contingency`.
///
/// Limits: the chi-squared tail needs expected counts of about 5; `pooled` merges the rare categories first.
public enum ChiSquareContingency {
  public struct Result: Sendable, Hashable {
    public var statistic: Double
    public var pValue: Double
    public var degreesOfFreedom: Int
    /// The smallest expected count of the table: below 5, the p-value is a rough one.
    public var smallestExpected: Double
  }

  /// - Parameters:
  ///   - correction: Yates' for a 2 × 2 table, as scipy's default.
  /// - Returns: nil for unequal lengths, negative or non-finite counts, an empty column, or fewer than two categories seen.
  public static func test(_ first: [Double], _ second: [Double], correction: Bool = true) -> Result? {
    guard first.count == second.count, (first + second).allSatisfy({ $0 >= 0 && $0.isFinite }) else { return nil }
    let rows = zip(first, second).filter { $0 + $1 > 0 }
    let n1 = rows.reduce(0) { $0 + $1.0 }
    let n2 = rows.reduce(0) { $0 + $1.1 }
    guard rows.count > 1, n1 > 0, n2 > 0 else { return nil }
    let total = n1 + n2
    var statistic = 0.0
    var smallest = Double.infinity
    for (a, b) in rows {
      for (observed, column) in [(a, n1), (b, n2)] {
        let expected = (a + b) * column / total
        var distance = abs(observed - expected)
        if correction, rows.count == 2 { distance -= min(0.5, distance) }
        statistic += distance * distance / expected
        smallest = min(smallest, expected)
      }
    }
    let df = rows.count - 1
    guard let p = ChiSquared.survival(statistic, df: Double(df)) else { return nil }
    return Result(statistic: statistic, pValue: p, degreesOfFreedom: df, smallestExpected: smallest)
  }

  /// The table with every category whose expected count in the smaller column is below `minimumExpected` merged into one last row.
  ///
  /// Which rows merge depends on the sums over both columns only, so the test stays valid. If the merged row is itself too rare, the rarest of the others
  /// joins it. The order of the rest is kept.
  public static func pooled(_ first: [Double], _ second: [Double], minimumExpected: Double = 5) -> (first: [Double], second: [Double]) {
    let n1 = first.reduce(0, +)
    let n2 = second.reduce(0, +)
    guard first.count == second.count, n1 > 0, n2 > 0 else { return (first, second) }
    let share = min(n1, n2) / (n1 + n2)
    let sums = zip(first, second).map { $0 + $1 }
    var kept = sums.indices.filter { sums[$0] * share >= minimumExpected }
    var merged = sums.indices.filter { sums[$0] * share < minimumExpected && sums[$0] > 0 }
    while !merged.isEmpty, merged.reduce(0, { $0 + sums[$1] }) * share < minimumExpected, kept.count > 1,
      let rarest = kept.min(by: { (sums[$0], $0) < (sums[$1], $1) })
    {
      kept.removeAll { $0 == rarest }
      merged.append(rarest)
    }
    var a = kept.map { first[$0] }
    var b = kept.map { second[$0] }
    if !merged.isEmpty {
      a.append(merged.reduce(0) { $0 + first[$1] })
      b.append(merged.reduce(0) { $0 + second[$1] })
    }
    return (a, b)
  }
}
