package import Records
import Statistics

/// F1 averaged over labels, every label alike: a rare queue that is lost shows here before it shows in the accuracy.
///
/// F1 of a label = 2 TP / (2 TP + FP + FN); the average is over the labels found among truths or answers (scikit-learn's `f1_score(average="macro",
/// zero_division=0)`). Interval: percentile bootstrap over rows, 400 resamples.
enum MacroF1 {
  static let name = "performance.f1_macro"
  static let replicates = 400

  static func value(_ rows: Labelled) -> Double? { value(rows, Array(0..<rows.count)) }

  private static func value(_ rows: Labelled, _ indices: [Int]) -> Double? {
    var right = [Int](repeating: 0, count: rows.names.count)
    var seen = right
    for i in indices {
      // TP + FN and TP + FP together: 2 TP + FP + FN.
      seen[rows.labels[i]] += 1
      seen[rows.answers[i]] += 1
      if rows.isRight(i) { right[rows.labels[i]] += 1 }
    }
    var sum = 0.0
    var labels = 0
    for k in seen.indices where seen[k] > 0 {
      sum += 2 * Double(right[k]) / Double(seen[k])
      labels += 1
    }
    return labels > 0 ? sum / Double(labels) : nil
  }

  static func estimate(_ rows: Labelled, seed: UInt64) -> Estimate? {
    guard let value = value(rows) else { return nil }
    let interval = Bootstrap.percentile(count: rows.count, replicates: replicates, seed: Seed.derive(seed, name)) { self.value(rows, $0) }
    return Estimate(measure: name, value: value, lower: interval?.lower, upper: interval?.upper, n: rows.count)
  }

  /// Standard error from a 95% interval, at least that of half a row: resamples that all agree do not make an estimate exact.
  static func error(lower: Double?, upper: Double?, n: Int) -> Double {
    let least = 0.5 / Double(max(1, n))
    guard let lower, let upper else { return max(least, 0.5 / Double(max(1, n)).squareRoot()) }
    return max(least, (upper - lower) / (2 * 1.959963984540054))
  }
}

/// `performance.f1_macro`: compared with the value at the model's gate, or else on the reference, by z = drop / √(se² + se₀²) with bootstrap errors.
///
/// Limits: with few rows a label macro F1 is biased downwards, in window and baseline alike if they are of similar size; a baseline on ten
/// times the rows makes the drop look larger than it is, by about a point or two at five rows a label.
package struct MacroF1Detector: Detector {
  package let measures = [MacroF1.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let rows = Labelled.of(input.currentOfModel)
    let now = MacroF1.estimate(rows, seed: settings.seed)
    let before =
      input.baselines.value(MacroF1.name, model: input.model)
      ?? MacroF1.estimate(Labelled.of(input.referenceOfModel), seed: settings.seed)?.baseline(input.model)
    var evidence: Evidence?
    var detectable: Double?
    if let now, let before {
      let a = MacroF1.error(lower: now.lower, upper: now.upper, n: now.n)
      let b = MacroF1.error(lower: before.lower, upper: before.upper, n: before.n)
      let error = (a * a + b * b).squareRoot()
      let z = (before.value - now.value) / error
      evidence = Evidence(test: "bootstrap_z", statistic: z, pValue: Normal.twoSided(z))
      detectable = Normal.inverseSurvival(settings.alpha / 2).map { ($0 + 0.8416212335729143) * error }
    }
    return [
      Measurement(
        measure: MacroF1.name, window: input.window, value: now?.value, lower: now?.lower, upper: now?.upper, n: rows.count,
        reference: before?.value, referenceN: before?.n, effect: difference(before?.value, now?.value),
        tolerance: settings.tolerance(MacroF1.name), evidence: evidence, verdict: .unchanged, detectableEffect: detectable,
        signature: signature(MacroF1.name, "macro:present|bootstrap:400|z", settings), model: input.model
      ).judged(settings)
    ]
  }
}
