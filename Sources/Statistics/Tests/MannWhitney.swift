/// The Mann-Whitney U test, two-sided: whether values of one sample tend to exceed those of the other.
///
/// U counts the pairs with x > y, ties as half; the p-value is the normal one with tie correction and continuity correction, as scipy's
/// `mannwhitneyu(method="asymptotic")`. Good from about 8 rows a sample. U / (n₁ n₂) is the area under the ROC curve: ½ means no tendency.
public enum MannWhitney {
  /// `statistic` is U of the first sample. nil if a sample is empty or holds a value that is not finite; p = 1 when all values are tied.
  public static func test(_ x: [Double], _ y: [Double]) -> TestResult? {
    guard !x.isEmpty, !y.isEmpty, x.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else { return nil }
    let values = (x.map { ($0, true) } + y.map { ($0, false) }).sorted { $0.0 < $1.0 }
    let n1 = Double(x.count)
    let n2 = Double(y.count)
    let n = n1 + n2
    var rankSum = 0.0
    var ties = 0.0
    var start = 0
    while start < values.count {
      var end = start
      var fromFirst = 0
      while end < values.count, values[end].0 == values[start].0 {
        if values[end].1 { fromFirst += 1 }
        end += 1
      }
      let tied = Double(end - start)
      rankSum += Double(fromFirst) * (Double(start + end + 1) / 2)
      ties += tied * tied * tied - tied
      start = end
    }
    let u = rankSum - n1 * (n1 + 1) / 2
    let variance = n1 * n2 / 12 * ((n + 1) - (n > 1 ? ties / (n * (n - 1)) : 0))
    guard variance > 0 else { return TestResult(statistic: u, pValue: 1) }
    let z = (max(u, n1 * n2 - u) - n1 * n2 / 2 - 0.5) / variance.squareRoot()
    return TestResult(statistic: u, pValue: min(1, 2 * Normal.survival(z)))
  }
}
