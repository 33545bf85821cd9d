/// The Wasserstein-1 (earth mover's) distance of two samples on a line: the mean distance that mass must move, in the values' own unit.
///
/// W₁ = ∫ |F₁ − F₂|. 0 for equal samples, |shift| for a pure shift. Matches `scipy.stats.wasserstein_distance`.
/// Limits: of two finite samples of one distribution it is about 1.1 σ √(1/n₁ + 1/n₂), not 0: an effect size, never a test.
public enum Wasserstein {
  /// nil if a sample is empty or holds a value that is not finite. Time O(n log n).
  public static func distance(_ a: [Double], _ b: [Double]) -> Double? {
    guard !a.isEmpty, !b.isEmpty, a.allSatisfy(\.isFinite), b.allSatisfy(\.isFinite) else { return nil }
    let x = a.sorted()
    let y = b.sorted()
    var i = 0
    var j = 0
    var previous = min(x[0], y[0])
    var sum = 0.0
    while i < x.count || j < y.count {
      let value = j >= y.count || (i < x.count && x[i] <= y[j]) ? x[i] : y[j]
      sum += abs(Double(i) / Double(x.count) - Double(j) / Double(y.count)) * (value - previous)
      while i < x.count, x[i] == value { i += 1 }
      while j < y.count, y[j] == value { j += 1 }
      previous = value
    }
    return sum
  }
}
