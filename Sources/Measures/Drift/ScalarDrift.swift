package import Records
import Statistics

/// One number a row, window against reference: what length, surprisal and confidence share.
///
/// Evidence is the two-sample Kolmogorov-Smirnov test, which sees any change of the distribution; the effect is the Wasserstein-1 distance, which says
/// how large it is, in reference standard deviations or in the number's own unit. Deciding on the distance alone, as the field's defaults do, alarms on
/// nothing at windows of 100 (W₁/σ is then 0.1 by chance); deciding on p alone alarms on trifles at 100,000.
struct ScalarDrift {
  enum Unit {
    /// W₁ / max(σ of the reference with divisor n, 0.001), as Evidently's `wasserstein`.
    case referenceDeviations
    case own
  }

  var measure: String
  var unit: Unit

  /// Values that are not finite are left out and do not count as rows.
  func compare(
    reference allReference: [Double], current allCurrent: [Double], window: Window, model: String, _ settings: MeasureSettings
  ) -> Measurement {
    let reference = allReference.filter(\.isFinite)
    let current = allCurrent.filter(\.isFinite)
    let before = Moments(reference)
    let now = Moments(current)
    let interval = now.meanInterval()
    let deviation = max(before.populationDeviation ?? 0, 0.001)
    let scale = unit == .referenceDeviations ? deviation : 1
    let test = KolmogorovSmirnov.test(reference, current)
    let detectable = DetectableEffect.means(rows: Double(current.count), referenceRows: Double(reference.count), alpha: settings.alpha)
    return Measurement(
      measure: measure, window: window, value: now.mean, lower: interval?.lower, upper: interval?.upper, n: current.count, reference: before.mean,
      referenceN: reference.count, effect: Wasserstein.distance(reference, current).map { $0 / scale }, tolerance: settings.tolerance(measure),
      evidence: test.map { Evidence(test: "ks_2samp", statistic: $0.statistic, pValue: $0.pValue) }, verdict: .unchanged,
      detectableEffect: detectable.map { unit == .referenceDeviations ? $0 : $0 * deviation },
      signature: signature(measure, unit == .referenceDeviations ? "ks_2samp+w1/std" : "ks_2samp+w1", settings), model: model,
      detail: ScalarDrift.histogram(reference, current)
    ).judged(settings)
  }

  /// Twenty bins from the smallest value to the 99th percentile of both together; what lies beyond counts in the last one.
  static func histogram(_ reference: [Double], _ current: [Double]) -> MeasurementDetail? {
    let all = (reference + current).sorted()
    guard let low = all.first, let high = Quantiles.ofSorted(all, 0.99), let bins = Histogram(low: low, high: high, bins: 20) else { return nil }
    return .histogram(edges: bins.edges, reference: bins.counts(reference), current: bins.counts(current))
  }
}

/// `drift.input.length`: the input's length in Unicode scalars. Sees truncation, pasted logs, a changed form. Value: the mean.
package struct LengthDetector: Detector {
  package let measures = ["drift.input.length"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    func lengths(_ observations: [Observation]) -> [Double] { observations.map { Double($0.sample.input.unicodeScalars.count) } }
    let drift = ScalarDrift(measure: "drift.input.length", unit: .referenceDeviations)
    return [drift.compare(reference: lengths(input.reference), current: lengths(input.current), window: input.window, model: "", settings)]
  }
}

/// `drift.input.surprisal`: how surprising the model finds its inputs, nats a token. Sees new words and new ways of writing before labels arrive.
package struct SurprisalDetector: Detector {
  package let measures = ["drift.input.surprisal"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let drift = ScalarDrift(measure: "drift.input.surprisal", unit: .referenceDeviations)
    return [
      drift.compare(
        reference: input.referenceOfModel.compactMap(\.prediction.inputSurprisal),
        current: input.currentOfModel.compactMap(\.prediction.inputSurprisal),
        window: input.window, model: input.model, settings)
    ]
  }
}

/// `drift.output.confidence`: the probability of the chosen answer. A drop without labels is the earliest sign that accuracy falls. The effect is in units
/// of probability, since confidences crowd at 1 and their standard deviation says little.
package struct ConfidenceDetector: Detector {
  package let measures = ["drift.output.confidence"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let drift = ScalarDrift(measure: "drift.output.confidence", unit: .own)
    return [
      drift.compare(
        reference: input.referenceOfModel.compactMap(\.prediction.confidence), current: input.currentOfModel.compactMap(\.prediction.confidence),
        window: input.window, model: input.model, settings)
    ]
  }
}
