package import Records
import Statistics

/// A share of the window's rows against the same share of the reference: Wilson's interval, two-proportion test, effect in the direction that is bad.
struct ShareComparison {
  var measure: String
  /// Whether a larger share is the bad news.
  var upIsBad: Bool

  func compare(reference: [Bool], current: [Bool], window: Window, model: String, _ settings: MeasureSettings) -> Measurement {
    let x = current.count { $0 }
    let y = reference.count { $0 }
    let (n, m) = (current.count, reference.count)
    let now = n > 0 ? Double(x) / Double(n) : nil
    let before = m > 0 ? Double(y) / Double(m) : nil
    let interval = ProportionInterval.wilson(successes: x, trials: n)
    let test = TwoProportions.test(successes1: y, trials1: m, successes2: x, trials2: n)
    let detectable = before.flatMap {
      DetectableEffect.proportions(baseline: $0, rows: Double(n), referenceRows: Double(m), alpha: settings.alpha, rise: upIsBad)
    }
    return Measurement(
      measure: measure, window: window, value: now, lower: interval?.lower, upper: interval?.upper, n: n, reference: before, referenceN: m,
      effect: upIsBad ? difference(now, before) : difference(before, now), tolerance: settings.tolerance(measure),
      evidence: test.map { Evidence(test: $0.test, statistic: $0.result.statistic, pValue: $0.result.pValue) }, verdict: .unchanged,
      detectableEffect: detectable, signature: signature(measure, "wilson|two_proportion", settings), model: model
    ).judged(settings)
  }
}

/// `health.failures`: the share of rows that the model could not be run on. Every other measure about the model leaves these rows out; here they are.
package struct FailureDetector: Detector {
  package let measures = ["health.failures"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    func failed(_ observations: [Observation]) -> [Bool] { observations.map { $0.prediction.failure != nil } }
    return [
      ShareComparison(measure: "health.failures", upIsBad: true).compare(
        reference: failed(input.referenceOfModel), current: failed(input.currentOfModel), window: input.window, model: input.model, settings)
    ]
  }
}

/// `health.production_agreement`: how often production answered what the watched model answers. A drop says that production runs something else, or
/// prepares its inputs differently. Without any production answers in window and reference there is nothing to measure, and no measurement.
package struct ProductionAgreementDetector: Detector {
  package let measures = ["health.production_agreement"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    func agreed(_ observations: [Observation]) -> [Bool] {
      observations.compactMap { observation in
        guard let production = observation.sample.productionAnswer, let answer = observation.prediction.answer else { return nil }
        return Text(production) == Text(answer)
      }
    }
    let reference = agreed(input.referenceOfModel)
    let current = agreed(input.currentOfModel)
    guard !reference.isEmpty || !current.isEmpty else { return [] }
    return [
      ShareComparison(measure: "health.production_agreement", upIsBad: false).compare(
        reference: reference, current: current, window: input.window, model: input.model, settings)
    ]
  }
}
