import struct Foundation.Date
package import Records
import Statistics

/// `traffic.rows`: rows of the source a day, estimated from the sample.
///
/// Each sampled row stands for 1 / (its inclusion probability) rows of the source (Horvitz and Thompson). The interval is Garwood's exact Poisson one on
/// the sampled count, scaled likewise. It only informs: twice the volume is no change of quality, so the verdict is never `changed`.
package struct TrafficDetector: Detector {
  package let measures = ["traffic.rows"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    guard let rate = TrafficDetector.rate(input.current, input.window) else { return [] }
    let before = input.referenceWindow.flatMap { TrafficDetector.rate(input.reference, $0) }
    return [
      Measurement(
        measure: "traffic.rows", window: input.window, value: rate.value, lower: rate.interval?.lower, upper: rate.interval?.upper,
        n: input.current.count, reference: before?.value, referenceN: before == nil ? nil : input.reference.count, verdict: .unchanged,
        signature: signature("traffic.rows", "horvitz_thompson/day", settings))
    ]
  }

  /// nil for a window without length.
  static func rate(_ observations: [Observation], _ window: Window) -> (value: Double, interval: Interval?)? {
    let days = window.end.timeIntervalSince(window.start) / 86_400
    guard days > 0 else { return nil }
    let weights = observations.map { $0.sample.inclusionProbability }.filter { $0 > 0 && $0 <= 1 }.map { 1 / $0 }
    let n = Double(weights.count)
    let total = weights.reduce(0, +)
    let scale = n > 0 ? total / n : 1
    let lower = n > 0 ? ChiSquared.quantile(0.025, df: 2 * n) : 0
    let upper = ChiSquared.quantile(0.975, df: 2 * n + 2)
    guard let lower, let upper else { return (total / days, nil) }
    return (total / days, Interval(lower: lower / 2 * scale / days, upper: upper / 2 * scale / days))
  }
}
