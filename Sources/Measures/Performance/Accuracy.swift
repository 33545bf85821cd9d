package import Records
import Statistics

enum Accuracy {
  static let name = "performance.accuracy"

  /// The share answered rightly, with Wilson's interval; nil of nothing.
  static func estimate(_ rows: Labelled) -> Estimate? {
    guard let interval = ProportionInterval.wilson(successes: rows.right, trials: rows.count) else { return nil }
    return Estimate(
      measure: name, value: Double(rows.right) / Double(rows.count), lower: interval.lower, upper: interval.upper, n: rows.count)
  }
}

/// `performance.accuracy`: the share of labelled rows that the model answered rightly.
///
/// Compared with the value measured at the model's gate, or else on the reference, by the two-proportion test (Fisher's where counts are small): the
/// baseline is an estimate with an n of its own, not a constant. Effect: the drop, baseline − value, so a rise never alarms.
///
/// Limits: the rows whose labels have arrived may differ from those whose have not.
package struct AccuracyDetector: Detector {
  package let measures = [Accuracy.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let rows = Labelled.of(input.currentOfModel)
    let now = Accuracy.estimate(rows)
    let before =
      input.baselines.value(Accuracy.name, model: input.model) ?? Accuracy.estimate(Labelled.of(input.referenceOfModel))?.baseline(input.model)
    let test = before.flatMap { before in
      TwoProportions.test(
        successes1: Int((before.value * Double(before.n)).rounded()), trials1: before.n, successes2: rows.right, trials2: rows.count)
    }
    let detectable = before.flatMap {
      DetectableEffect.proportions(baseline: $0.value, rows: Double(rows.count), referenceRows: Double($0.n), alpha: settings.alpha)
    }
    return [
      Measurement(
        measure: Accuracy.name, window: input.window, value: now?.value, lower: now?.lower, upper: now?.upper, n: rows.count,
        reference: before?.value, referenceN: before?.n, effect: difference(before?.value, now?.value),
        tolerance: settings.tolerance(Accuracy.name),
        evidence: test.map { Evidence(test: $0.test, statistic: $0.result.statistic, pValue: $0.result.pValue) }, verdict: .unchanged,
        detectableEffect: detectable, signature: signature(Accuracy.name, "wilson|two_proportion", settings), model: input.model
      ).judged(settings)
    ]
  }
}

/// a − b where both are there.
func difference(_ a: Double?, _ b: Double?) -> Double? {
  guard let a, let b else { return nil }
  return a - b
}

/// `performance.label_coverage`: the share of the window's rows whose label has arrived. It only informs: labels come late, and the number says how
/// much the others rest on.
package struct LabelCoverageDetector: Detector {
  package let measures = ["performance.label_coverage"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let labelled = input.current.count { $0.sample.label != nil }
    let before = input.reference.count { $0.sample.label != nil }
    let n = input.current.count
    let m = input.reference.count
    let interval = ProportionInterval.wilson(successes: labelled, trials: n)
    return [
      Measurement(
        measure: "performance.label_coverage", window: input.window, value: n > 0 ? Double(labelled) / Double(n) : nil, lower: interval?.lower,
        upper: interval?.upper, n: n, reference: m > 0 ? Double(before) / Double(m) : nil, referenceN: m, verdict: .unchanged,
        signature: signature("performance.label_coverage", "wilson", settings)
      ).judged(settings, comparesWithReference: false)
    ]
  }
}
