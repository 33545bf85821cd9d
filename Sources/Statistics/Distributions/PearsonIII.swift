import Foundation

/// The Pearson type III distribution: a gamma distribution moved and scaled to a given mean, deviation and skewness (0 or above).
///
/// It stands in for a weighted sum of chi-squares Σ λᵢ χ²₁, the null of every statistic that is a squared distance between means: with the first three
/// cumulants right it follows such a sum far into the upper tail (at 1e-4 within a factor of 2 even if one weight is half of the total).
/// Source: A. Winkler et al., "Faster permutation inference in brain imaging" (NeuroImage 2016), "gamma approximation"; J. P. Imhof (1961), section 4.
public struct PearsonIII: Sendable, Hashable {
  public let mean: Double
  /// Standard deviation, at least 0.
  public let deviation: Double
  /// 0 is the normal distribution.
  public let skewness: Double

  /// nil for moments that are not finite, or a negative deviation or skewness.
  public init?(mean: Double, deviation: Double, skewness: Double) {
    guard mean.isFinite, deviation.isFinite, skewness.isFinite, deviation >= 0, skewness >= 0 else { return nil }
    self.mean = mean
    self.deviation = deviation
    self.skewness = skewness
  }

  /// The distribution of f · xᵀx − shift for x ~ N(0, S): cumulants f tr S, 2 f² tr S², 8 f³ tr S³.
  ///
  /// - covariance: S, symmetric, (size, size) row-major.
  /// - mean: replaces f · tr S, for a statistic that is centred.
  /// Time O(size³).
  public init?(covariance s: [Float], size: Int, factor f: Double, mean: Double? = nil) {
    precondition(s.count == size * size, "a covariance is square")
    var trace1 = 0.0
    var trace2 = 0.0
    var trace3 = 0.0
    var row = [Float](repeating: 0, count: size)
    for i in 0..<size {
      // Row i of S², by sums of rows, so that the inner loop runs along memory.
      for j in 0..<size { row[j] = 0 }
      for k in 0..<size {
        let value = s[i * size + k]
        if value == 0 { continue }
        let start = k * size
        for j in 0..<size { row[j] += value * s[start + j] }
      }
      var cubed = 0.0
      for j in 0..<size { cubed += Double(row[j]) * Double(s[i * size + j]) }
      trace1 += Double(s[i * size + i])
      trace2 += Double(row[i])
      trace3 += cubed
    }
    let variance = max(0, 2 * trace2)
    let skewness = variance > 0 ? max(0, 8 * trace3) / (variance * variance.squareRoot()) : 0
    self.init(mean: mean ?? f * trace1, deviation: f * variance.squareRoot(), skewness: skewness)
  }

  /// P(X ≥ x); of a constant, 1 up to it and 0 above.
  public func survival(_ x: Double) -> Double {
    guard deviation > 0 else { return x > mean ? 0 : 1 }
    guard skewness > 1e-4 else { return Normal.survival((x - mean) / deviation) }
    let shape = 4 / (skewness * skewness)
    // In units of the gamma's scale: (x − start) / scale, with start = mean − shape · scale.
    return IncompleteGamma.upper(shape, max(0, shape + (x - mean) / (deviation * skewness / 2))) ?? 0
  }

  /// The x that is exceeded with probability q in 0 < q < 1: the critical value of a test at level q.
  public func inverseSurvival(_ q: Double) -> Double? {
    guard q > 0, q < 1 else { return nil }
    guard deviation > 0 else { return mean }
    guard skewness > 1e-4 else { return Normal.inverseSurvival(q).map { mean + $0 * deviation } }
    let shape = 4 / (skewness * skewness)
    return IncompleteGamma.inverseUpper(shape, q).map { mean + ($0 - shape) * deviation * skewness / 2 }
  }
}
