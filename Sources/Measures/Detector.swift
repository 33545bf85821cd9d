package import Records

/// Measures one thing, or a family of things, in a window against the reference. Values in, values out.
///
/// The contract of every detector:
/// - any input gives measurements: empty windows, one class, missing embeddings, confidences that are not numbers;
/// - the verdict is `insufficient` below the minimum of rows in the window or the reference, `changed` if and only if p ≤ alpha and effect ≥ tolerance;
/// - the result depends on the observations, not on their order, and on nothing else but the settings.
package protocol Detector: Sendable {
  /// The names it gives values for, all of them in `MeasureCatalog`.
  var measures: [String] { get }

  func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement]
}

package enum Detectors {
  /// Every detector, in the order in which reports list them.
  package static let all: [any Detector] = [
    TrafficDetector(), LengthDetector(), TokenDetector(), ColumnDetector(), SurprisalDetector(), EmbeddingDetector(), OutputLabelDetector(),
    ConfidenceDetector(), AccuracyDetector(), MacroF1Detector(), LabelCoverageDetector(), AccuracyGapDetector(), TruePositiveRateGapDetector(),
    AccuracyDifferenceDetector(), FailureDetector(), ProductionAgreementDetector(),
  ]

  /// All measurements of all detectors, in their order.
  package static func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    all.flatMap { $0.measure(input, settings) }
  }
}
