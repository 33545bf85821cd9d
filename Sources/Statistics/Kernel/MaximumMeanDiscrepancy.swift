import Foundation

/// The maximum mean discrepancy of two samples of vectors: the distance of their means in the feature space of a Gaussian kernel.
///
/// MMD² = ‖E φ(X) − E φ(Y)‖², 0 exactly when the distributions are equal (for the true kernel). With random Fourier features the unbiased estimate
///
///     (‖Σφ(x)‖² − n) / (n(n−1)) + (‖Σφ(y)‖² − m) / (m(m−1)) − 2 ⟨mean φ(x), mean φ(y)⟩
///
/// takes time linear in the rows (‖φ‖ = 1, so the diagonal is n and m). Its null has mean 0 exactly, and for more than a few dozen rows the shape of
/// (1/n + 1/m)(Σ λᵢ χ²₁ − Σ λᵢ), λ the eigenvalues of the pooled features' covariance: see `PermutationNull` for the p-value.
///
/// Parameters: 64 frequencies are enough to see a shift of the mean, since every frequency sees it; more help against fine-grained changes of
/// shape. The bandwidth is the median rule over the pooled rows, which does not know the labels.
/// Source: A. Gretton et al., "A kernel two-sample test" (JMLR 2012), lemma 6 and theorem 12; J. Zhao, D. Meng, "FastMMD" (2015) for the features.
public struct MaximumMeanDiscrepancy: Sendable {
  /// The unbiased estimate of MMD²; about 0 (and often below) without a change.
  public let squared: Double
  /// √max(0, MMD²) over the reference's own spread √(1 − E k(y, y′)) in feature space: a standardised distance of means. 0 none, 0.1 small.
  public let effect: Double
  /// 95% interval of `effect`: normal, from the variance of each row's share in the estimate and of the null.
  public let effectInterval: Interval
  public let pValue: Double
  /// (1 + #) / (1 + B) alone.
  public let permutationP: Double
  /// The smallest effect that a test at `alpha` would have seen with 80% power.
  public let detectableEffect: Double?

  /// - reference, current: (rows, dimension), row-major.
  /// - Returns: nil below two rows on a side, for sizes that do not fit, for values that are not finite, or when all rows are equal.
  ///
  /// Time O((n + m) · frequencies · (dimension + frequencies) + permutations · min(n, m) · frequencies).
  public init?(
    reference: [Float], current: [Float], dimension: Int, frequencies: Int = 64, permutations: Int = 200, alpha: Double = 0.05, seed: UInt64
  ) {
    guard dimension > 0, reference.count % dimension == 0, current.count % dimension == 0 else { return nil }
    let m = reference.count / dimension
    let n = current.count / dimension
    guard n > 1, m > 1, permutations > 0, reference.allSatisfy(\.isFinite), current.allSatisfy(\.isFinite) else { return nil }
    let rows = reference + current
    let pairsSeed = Seed.derive(seed, "pairs")
    guard let bandwidth = RandomFourierFeatures.medianBandwidth(rows, dimension: dimension, seed: pairsSeed), bandwidth.isFinite else { return nil }
    let map = RandomFourierFeatures(
      inputDimension: dimension, frequencies: frequencies, bandwidth: bandwidth, seed: Seed.derive(seed, "frequencies"))
    let features = FeatureRows(values: map.map(rows), width: map.outputDimension)

    let total = features.sum(0..<(n + m))
    let currentSum = features.sum(m..<(n + m))
    squared = MaximumMeanDiscrepancy.unbiased(currentSum: currentSum, total: total, n: Double(n), m: Double(m))

    var generator = Xoshiro256(seed: Seed.derive(seed, "permutations"))
    var order = Array(0..<(n + m))
    // The sum over the smaller side is enough: the other one is what is left of the total.
    let small = min(n, m)
    let permuted = (0..<permutations).map { _ in
      generator.drawToFront(&order, count: small)
      return MaximumMeanDiscrepancy.unbiased(
        currentSum: features.sum(order.prefix(small)), total: total, n: Double(small), m: Double(n + m - small))
    }
    let factor = 1 / Double(n) + 1 / Double(m)
    let covariance = features.covariance(total: total)
    guard let tail = PearsonIII(covariance: covariance, size: features.width, factor: factor, mean: 0),
      let null = PermutationNull(permuted, tail: tail)
    else { return nil }
    pValue = null.pValue(squared)
    permutationP = null.permutationP(squared)

    let referenceSum = zip(total, currentSum).map { $0 - $1 }
    let within = (referenceSum.reduce(0) { $0 + $1 * $1 } - Double(m)) / (Double(m) * Double(m - 1))
    let pooledSpread = (0..<features.width).reduce(0) { $0 + Double(covariance[$1 * features.width + $1]) }
    // A reference of equal rows has no spread; the pooled one then stands in, so that the effect stays finite.
    let spread = 1 - within > 1e-6 ? 1 - within : max(pooledSpread, 1e-6)
    func standardised(_ value: Double) -> Double { (max(0, value) / spread).squareRoot() }
    effect = standardised(squared)

    // Delta method: each row moves MMD² by 2⟨φ(row) − mean, mean difference⟩.
    let direction = (0..<features.width).map { currentSum[$0] / Double(n) - referenceSum[$0] / Double(m) }
    let ofReference = Moments((0..<m).lazy.map { features.projection($0, direction) })
    let ofCurrent = Moments((m..<(n + m)).lazy.map { features.projection($0, direction) })
    let variance = 4 * ((ofReference.sampleVariance ?? 0) / Double(m) + (ofCurrent.sampleVariance ?? 0) / Double(n)) + tail.deviation * tail.deviation
    let half = 1.959963984540054 * variance.squareRoot()
    effectInterval = Interval(lower: standardised(squared - half), upper: standardised(squared + half))
    detectableEffect = tail.inverseSurvival(alpha).map { standardised($0 + 0.8416212335729143 * tail.deviation) }
  }

  /// The estimate from Σφ over one side and over all; the sides are interchangeable.
  private static func unbiased(currentSum: [Double], total: [Double], n: Double, m: Double) -> Double {
    var currentNorm = 0.0
    var referenceNorm = 0.0
    var product = 0.0
    for k in currentSum.indices {
      let c = currentSum[k]
      let r = total[k] - c
      currentNorm += c * c
      referenceNorm += r * r
      product += c * r
    }
    return (currentNorm - n) / (n * (n - 1)) + (referenceNorm - m) / (m * (m - 1)) - 2 * product / (n * m)
  }
}

/// Rows of features, (count, width) row-major, with the sums that the test needs.
struct FeatureRows {
  let values: [Float]
  let width: Int

  /// Σ over the chosen rows: blocks of 64 rows in Float, blocks in Double, so that long sums keep their digits.
  func sum(_ rows: some Collection<Int>) -> [Double] {
    var total = [Double](repeating: 0, count: width)
    var block = [Float](repeating: 0, count: width)
    var filled = 0
    for row in rows {
      let start = row * width
      for k in 0..<width { block[k] += values[start + k] }
      filled += 1
      if filled == 64 {
        for k in 0..<width {
          total[k] += Double(block[k])
          block[k] = 0
        }
        filled = 0
      }
    }
    for k in 0..<width { total[k] += Double(block[k]) }
    return total
  }

  /// The covariance of all rows (divisor count − 1), (width, width); rows are centred first, so Float is enough.
  func covariance(total: [Double]) -> [Float] {
    let count = values.count / width
    let mean = total.map { Float($0 / Double(count)) }
    var covariance = [Float](repeating: 0, count: width * width)
    var centred = [Float](repeating: 0, count: width)
    for row in 0..<count {
      for k in 0..<width { centred[k] = values[row * width + k] - mean[k] }
      for a in 0..<width {
        let value = centred[a]
        let start = a * width
        for b in 0...a { covariance[start + b] += value * centred[b] }
      }
    }
    let scale = 1 / Float(max(1, count - 1))
    for a in 0..<width {
      for b in 0...a {
        covariance[a * width + b] *= scale
        covariance[b * width + a] = covariance[a * width + b]
      }
    }
    return covariance
  }

  func projection(_ row: Int, _ direction: [Double]) -> Double {
    var sum = 0.0
    for k in 0..<width { sum += Double(values[row * width + k]) * direction[k] }
    return sum
  }
}
