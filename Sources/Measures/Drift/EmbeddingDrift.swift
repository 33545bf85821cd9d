package import Records
import Statistics

/// `drift.input.embedding`: whether the model's own hidden states lie elsewhere than they did.
///
/// The mean-pooled last hidden states of window and reference are compared by the maximum mean discrepancy with random Fourier features, in time linear in the
/// rows. Value and effect: √MMD² over the reference's spread, a standardised distance of means in kernel space. A share π of rows that moved by about one
/// spread gives about π. Evidence and null: `MaximumMeanDiscrepancy`.
///
/// Embeddings that are missing, not finite, or of another size than most of the reference's are left out and do not count as rows.
package struct EmbeddingDetector: Detector {
  static let name = "drift.input.embedding"
  static let frequencies = 64
  static let permutations = 200

  package let measures = [EmbeddingDetector.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let allReference = input.referenceOfModel.map(\.prediction.embedding)
    let dimension = EmbeddingDetector.usualSize(allReference)
    func usable(_ embeddings: [[Float]]) -> [[Float]] { embeddings.filter { $0.count == dimension && dimension > 0 && $0.allSatisfy(\.isFinite) } }
    let reference = usable(allReference)
    let current = usable(input.currentOfModel.map(\.prediction.embedding))
    let test = MaximumMeanDiscrepancy(
      reference: Array(reference.joined()), current: Array(current.joined()), dimension: dimension, frequencies: EmbeddingDetector.frequencies,
      permutations: EmbeddingDetector.permutations, alpha: settings.alpha, seed: Seed.derive(settings.seed, EmbeddingDetector.name))
    return [
      Measurement(
        measure: EmbeddingDetector.name, window: input.window, value: test?.effect, lower: test?.effectInterval.lower,
        upper: test?.effectInterval.upper, n: current.count, referenceN: reference.count, effect: test?.effect,
        tolerance: settings.tolerance(EmbeddingDetector.name),
        evidence: test.map { Evidence(test: "rff_mmd_permutation", statistic: $0.squared, pValue: $0.pValue) }, verdict: .unchanged,
        detectableEffect: test?.detectableEffect,
        signature: signature(EmbeddingDetector.name, "mmd2u:rff64,median|permutation:200+pearson3|mmd/spread", settings), model: input.model
      ).judged(settings)
    ]
  }

  /// The commonest size, the larger of two equally common; 0 if there is none.
  private static func usualSize(_ embeddings: [[Float]]) -> Int {
    var counts: [Int: Int] = [:]
    for embedding in embeddings where !embedding.isEmpty { counts[embedding.count, default: 0] += 1 }
    return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? 0
  }
}
