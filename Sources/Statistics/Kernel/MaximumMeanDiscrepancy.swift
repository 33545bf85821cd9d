import Foundation

/// The maximum mean discrepancy of two samples of vectors: the distance of their means in the feature space of a Gaussian kernel.
///
/// MMD² = ‖E φ(X) − E φ(Y)‖², 0 exactly when the distributions are equal (for the true kernel). With random Fourier features the unbiased estimate
///
///     (‖Σφ(x)‖² − n) / (n(n−1)) + (‖Σφ(y)‖² − m) / (m(m−1)) − 2 ⟨mean φ(x), mean φ(y)⟩
///
/// takes time linear in the rows (‖φ‖ = 1, so the diagonal is n and m). The null is found by relabelling the pooled rows: see `PermutationNull`.
///
/// Parameters: 64 frequencies are enough to see a shift of the mean, since every frequency sees it; more help against fine-grained changes of
/// shape. The bandwidth is the median rule over the pooled rows, which does not know the labels.
/// Source: A. Gretton et al., "A kernel two-sample test" (JMLR 2012), lemma 6; J. Zhao, D. Meng, "FastMMD" (2015) for the features.
public struct MaximumMeanDiscrepancy: Sendable {
  /// The unbiased estimate of MMD²; about 0 (and often below) without a change.
  public let squared: Double
  /// √max(0, MMD²) over the reference's own spread √(1 − E k(y, y′)) in feature space: a standardised distance of means. 0 none, 0.1 small.
  public let effect: Double
  /// 95% interval of `effect`: normal, from the variance of each row's share in the estimate and of the null.
  public let effectInterval: Interval
  /// The tail p of `PermutationNull`.
  public let pValue: Double
  /// (1 + #) / (1 + B).
  public let permutationP: Double
  /// The smallest effect that a test at `alpha` would have seen with 80% power.
  public let detectableEffect: Double?

  /// - reference, current: (rows, dimension), row-major, finite.
  /// - Returns: nil below two rows on a side, for sizes that do not fit, for values that are not finite, or when at least half of the pairs of rows are equal.
  ///
  /// Time O((n + m) · dimension · frequencies + permutations · min(n, m) · frequencies).
  public init?(
    reference: [Float], current: [Float], dimension: Int, frequencies: Int = 64, permutations: Int = 200, alpha: Double = 0.05, seed: UInt64
  ) {
    guard dimension > 0, reference.count % dimension == 0, current.count % dimension == 0 else { return nil }
    let m = reference.count / dimension
    let n = current.count / dimension
    guard n > 1, m > 1, permutations > 1, reference.allSatisfy(\.isFinite), current.allSatisfy(\.isFinite) else { return nil }
    let rows = reference + current
    let pairsSeed = Seed.derive(seed, "pairs")
    guard let bandwidth = RandomFourierFeatures.medianBandwidth(rows, dimension: dimension, seed: pairsSeed) else { return nil }
    let map = RandomFourierFeatures(
      inputDimension: dimension, frequencies: frequencies, bandwidth: bandwidth, seed: Seed.derive(seed, "frequencies"))
    let features = map.map(rows)
    let width = map.outputDimension

    let total = MaximumMeanDiscrepancy.sum(features, Array(0..<(n + m)), width)
    func unbiased(currentSum: [Double]) -> Double {
      MaximumMeanDiscrepancy.unbiased(currentSum: currentSum, total: total, n: Double(n), m: Double(m))
    }
    let currentSum = MaximumMeanDiscrepancy.sum(features, Array(m..<(n + m)), width)
    squared = unbiased(currentSum: currentSum)

    var generator = Xoshiro256(seed: Seed.derive(seed, "permutations"))
    var order = Array(0..<(n + m))
    // The sum over the smaller side is enough: the other one is what is left of the total.
    let small = min(n, m)
    let permuted = (0..<permutations).map { _ in
      generator.drawToFront(&order, count: small)
      var sum = MaximumMeanDiscrepancy.sum(features, order.prefix(small), width)
      if small != n { for k in 0..<width { sum[k] = total[k] - sum[k] } }
      return unbiased(currentSum: sum)
    }
    // E ‖mean difference‖² under the null, from the pooled rows' spread.
    let rowsTotal = Double(n + m)
    let pooledSpread = max(0, (rowsTotal - total.reduce(0) { $0 + $1 * $1 } / rowsTotal) / (rowsTotal - 1))
    let form = pooledSpread * (1 / Double(n) + 1 / Double(m))
    guard let null = PermutationNull(permuted, scale: form) else { return nil }
    pValue = null.pValue(squared)
    permutationP = null.permutationP(squared)

    let referenceSum = zip(total, currentSum).map { $0 - $1 }
    let within = (referenceSum.reduce(0) { $0 + $1 * $1 } - Double(m)) / (Double(m) * Double(m - 1))
    // A reference of equal rows has no spread; the pooled one then stands in, so that the effect stays finite.
    let spread = 1 - within > 1e-6 ? 1 - within : max(pooledSpread, 1e-6)
    func standardised(_ value: Double) -> Double { (max(0, value) / spread).squareRoot() }
    effect = standardised(squared)

    // Delta method: each row moves MMD² by 2⟨φ(row) − mean, mean difference⟩.
    let direction = (0..<width).map { Float(currentSum[$0] / Double(n) - referenceSum[$0] / Double(m)) }
    var ofReference = Moments()
    var ofCurrent = Moments()
    for i in 0..<m { ofReference.add(Double(dot(features, i * width, direction, 0, width))) }
    for i in m..<(n + m) { ofCurrent.add(Double(dot(features, i * width, direction, 0, width))) }
    let variance = 4 * ((ofReference.sampleVariance ?? 0) / Double(m) + (ofCurrent.sampleVariance ?? 0) / Double(n)) + null.deviation * null.deviation
    let half = 1.959963984540054 * variance.squareRoot()
    effectInterval = Interval(lower: standardised(squared - half), upper: standardised(squared + half))
    detectableEffect = null.inverseTail(alpha).map { standardised($0 + 0.8416212335729143 * null.deviation) }
  }

  static func unbiased(currentSum: [Double], total: [Double], n: Double, m: Double) -> Double {
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

  /// Σ over the chosen rows; in blocks of 64 rows in Float, blocks in Double, so that long sums keep their digits.
  private static func sum(_ features: [Float], _ rows: some Collection<Int>, _ width: Int) -> [Double] {
    var total = [Double](repeating: 0, count: width)
    var block = [Float](repeating: 0, count: width)
    var filled = 0
    func flush() {
      for k in 0..<width {
        total[k] += Double(block[k])
        block[k] = 0
      }
      filled = 0
    }
    for row in rows {
      let start = row * width
      for k in 0..<width { block[k] += features[start + k] }
      filled += 1
      if filled == 64 { flush() }
    }
    flush()
    return total
  }
}
