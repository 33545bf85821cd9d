package import Evaluation
import Records

/// What a predictor cannot tell, as the measures that cannot be had of it.
package struct ModelLimits: Sendable, Hashable {
  /// Why, by measure.
  package let reasons: [String: String]

  package init(_ limits: [CannotMeasure]) {
    let pairs = limits.flatMap { limit in (Self.measures[limit.ability] ?? []).map { ($0, limit.description) } }
    reasons = Dictionary(pairs) { first, _ in first }
  }

  /// The measures that need an ability. Labels need none: without them there is nothing to watch, and the predictor throws.
  private static let measures: [PredictorAbility: [String]] = [
    .embeddings: ["drift.input.embedding"],
    .inputSurprisal: ["drift.input.surprisal"],
    .labelProbabilities: ["drift.output.confidence"],
  ]

  /// The measurements with the reason in those that cannot be had: no value and nothing to wait for, where a detector can only see that rows are missing.
  func applied(to measurements: [Measurement]) -> [Measurement] {
    measurements.map { found in
      guard let why = reasons[found.measure] else { return found }
      return Measurement(
        measure: found.measure, slice: found.slice, window: found.window, value: nil, n: 0, verdict: .insufficient, cannotMeasure: why,
        signature: found.signature, model: found.model)
    }
  }
}
