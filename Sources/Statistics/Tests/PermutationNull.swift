import Foundation

/// What a statistic looks like when the labels mean nothing: its values over random relabellings, and a smooth tail beyond them.
///
/// B relabellings alone cannot give a p below 1 / (B + 1), and an alarm level of 1e-4 would ask for tens of thousands of them. Statistics that are sums of
/// squares (distances between means, divergences near zero) have a null close to a weighted sum of chi-squares, which a gamma distribution shifted to
/// match mean, variance and skewness (Pearson type III) follows far into the tail.
///
/// - p = (1 + #{permuted ≥ observed}) / (1 + B) while at least ten relabellings reach the observed value (its error is then below a third);
/// - beyond that the smaller of it and the Pearson III tail.
///
/// The skewness of B values is noisy, and too small a skewness makes too small a p. For a non-negative quadratic form skewness is at least
/// 2 · deviation / mean (Cauchy-Schwarz on its weights), so the larger of that and the sampled one is used.
///
/// Source: A. Winkler et al., "Faster permutation inference in brain imaging" (NeuroImage 2016), section "gamma approximation"; 200 to 500 relabellings are
/// their recommendation. Limits: the moments' own error makes a tail p of 1e-4 uncertain by a factor of about 3 at B = 200.
public struct PermutationNull: Sendable {
  public let count: Int
  public let mean: Double
  public let deviation: Double
  public let skewness: Double
  private let sorted: [Double]

  /// - values: the statistic over random relabellings, at least two, all finite; otherwise nil.
  /// - scale: the mean of the statistic as a non-negative quadratic form, where `values` themselves are centred; defaults to their mean.
  public init?(_ values: [Double], scale: Double? = nil) {
    let moments = Moments(values)
    guard values.allSatisfy(\.isFinite), let mean = moments.mean, let deviation = moments.sampleDeviation else { return nil }
    count = values.count
    self.mean = mean
    self.deviation = deviation
    let form = scale ?? mean
    let least = form > 0 ? 2 * deviation / form : 0
    // Fisher's g1, with the small-sample factor that removes its bias towards zero.
    let n = Double(values.count)
    let sampled = n > 2 ? (moments.skewness ?? 0) * (n * (n - 1)).squareRoot() / (n - 2) : 0
    skewness = max(least, sampled, 0)
    sorted = values.sorted()
  }

  /// (1 + #{permuted ≥ observed}) / (1 + B): never 0, valid whatever the distribution.
  public func permutationP(_ observed: Double) -> Double { Double(1 + reached(observed)) / Double(1 + count) }

  /// P(statistic ≥ observed) as described above; in 0 < p ≤ 1 until it underflows.
  public func pValue(_ observed: Double) -> Double {
    let counted = permutationP(observed)
    return reached(observed) >= 10 ? counted : min(counted, tail(observed))
  }

  /// The Pearson III tail alone; 1 where the statistic never varied and is not above its constant.
  public func tail(_ observed: Double) -> Double {
    guard deviation > 0 else { return observed > mean ? 1 / Double(1 + count) : 1 }
    guard skewness > 1e-6 else { return Normal.survival((observed - mean) / deviation) }
    let shape = 4 / (skewness * skewness)
    let scale = deviation * skewness / 2
    let start = mean - shape * scale
    return IncompleteGamma.upper(shape, max(0, (observed - start) / scale)) ?? 1
  }

  /// The value that the tail exceeds with probability q: the critical value of a test at level q.
  public func inverseTail(_ q: Double) -> Double? {
    guard q > 0, q < 1 else { return nil }
    guard deviation > 0 else { return mean }
    guard skewness > 1e-6 else { return Normal.inverseSurvival(q).map { mean + $0 * deviation } }
    let shape = 4 / (skewness * skewness)
    let scale = deviation * skewness / 2
    return IncompleteGamma.inverseUpper(shape, q).map { mean - shape * scale + $0 * scale }
  }

  private func reached(_ observed: Double) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < observed { low = middle + 1 } else { high = middle }
    }
    return sorted.count - low
  }
}
