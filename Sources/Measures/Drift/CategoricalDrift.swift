package import Records
import Statistics

/// One category a row, window against reference: what metadata columns and the model's answers share.
///
/// Evidence is Pearson's chi-square of the two-column table with both sides counted as samples, categories with an expected count below 5 merged. The effect
/// and the value are the total variation distance, ½ Σ |p − q|: the share of rows that would have to change category.
///
/// Limits: total variation of two clean samples is not 0 but about ½ Σ √(2/π · p(1−p)(1/n + 1/m)), 0.1 for twelve categories at n = 200; the test, not the
/// distance, tells such noise from change.
struct CategoricalDrift {
  /// Categories named in the detail; the rest is "(other)".
  static let shown = 20

  var measure: String
  var slice: Slice

  func compare(reference: [Text], current: [Text], window: Window, model: String, _ settings: MeasureSettings) -> Measurement {
    let categories = Set(reference).union(current).sorted()
    let before = CategoricalDrift.counts(reference, categories)
    let now = CategoricalDrift.counts(current, categories)
    let distance = CategoricalDistance.totalVariation(before, now)
    let table = ChiSquareContingency.pooled(before, now)
    let test = CategoricalDrift.test(table.first, table.second)
    let interval = distance.map { CategoricalDrift.interval(around: $0, before, now) }
    let categoriesTested = Double(max(1, table.first.count - 1))
    let lambda = ChiSquared.noncentrality(df: categoriesTested, alpha: settings.alpha, power: 0.8)
    // χ² is nm/(n+m) Σ d²/p̄, and (Σ|d|)² ≤ Σ d²/p̄: a total variation above this is seen whatever categories it is spread over.
    let rows = 1 / Double(max(1, current.count)) + 1 / Double(max(1, reference.count))
    return Measurement(
      measure: measure, slice: slice, window: window, value: distance, lower: interval?.lower, upper: interval?.upper, n: current.count,
      referenceN: reference.count, effect: distance, tolerance: settings.tolerance(measure), evidence: test, verdict: .unchanged,
      detectableEffect: distance == nil ? nil : lambda.map { min(1, 0.5 * ($0 * rows).squareRoot()) },
      signature: signature(measure, "chi2_contingency(expected>=5)+tv", settings), model: model,
      detail: categories.isEmpty ? nil : .categories(CategoricalDrift.shares(categories, before, now))
    ).judged(settings)
  }

  /// One category on both sides is evidence of nothing: p = 1. Two rare ones are left to Fisher.
  private static func test(_ before: [Double], _ now: [Double]) -> Evidence? {
    guard before.reduce(0, +) > 0, now.reduce(0, +) > 0 else { return nil }
    guard let result = ChiSquareContingency.test(before, now, correction: false) else {
      return Evidence(test: "chi2_contingency", statistic: 0, pValue: 1)
    }
    if before.count == 2, result.smallestExpected < 5, let exact = FisherExact.test(Int(before[0]), Int(before[1]), Int(now[0]), Int(now[1])) {
      return Evidence(test: "fisher_exact", statistic: result.statistic, pValue: exact.pValue)
    }
    return Evidence(test: "chi2_contingency", statistic: result.statistic, pValue: result.pValue)
  }

  /// Normal, by the delta method: each row moves the distance by half the sign of its category's change.
  private static func interval(around distance: Double, _ before: [Double], _ now: [Double]) -> Interval {
    let m = before.reduce(0, +)
    let n = now.reduce(0, +)
    func variance(_ counts: [Double], _ total: Double) -> Double {
      var mean = 0.0
      var square = 0.0
      for k in counts.indices {
        let sign = now[k] / n > before[k] / m ? 0.5 : -0.5
        mean += counts[k] / total * sign
        square += counts[k] / total * sign * sign
      }
      return (square - mean * mean) / total
    }
    let half = 1.959963984540054 * (variance(before, m) + variance(now, n)).squareRoot()
    return Interval(lower: max(0, distance - half), upper: min(1, distance + half))
  }

  static func counts(_ values: [Text], _ categories: [Text]) -> [Double] {
    let places = Dictionary(uniqueKeysWithValues: categories.enumerated().map { ($1, $0) })
    var counts = [Double](repeating: 0, count: categories.count)
    for value in values { if let place = places[value] { counts[place] += 1 } }
    return counts
  }

  /// The largest changes first, ties by name; beyond `shown`, all in "(other)".
  static func shares(_ categories: [Text], _ before: [Double], _ now: [Double]) -> [CategoryShare] {
    let m = max(1, before.reduce(0, +))
    let n = max(1, now.reduce(0, +))
    let order = categories.indices.sorted { a, b in
      let (x, y) = (abs(now[a] / n - before[a] / m), abs(now[b] / n - before[b] / m))
      return x == y ? categories[a] < categories[b] : x > y
    }
    func share(_ name: String, _ indices: some Sequence<Int>) -> CategoryShare {
      var share = CategoryShare(name: name, reference: 0, current: 0)
      for k in indices {
        share.reference += before[k] / m
        share.current += now[k] / n
      }
      return share
    }
    let named = order.prefix(shown).map { share(categories[$0].string, [$0]) }
    return order.count > shown ? named + [share(Text.other.string, order.dropFirst(shown))] : named
  }
}

/// `drift.input.column{column="…"}`: each metadata column. NULL is a category of its own, "(missing)": a column that empties itself is found, not skipped.
package struct ColumnDetector: Detector {
  package let measures = ["drift.input.column"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let seen = (input.reference + input.current).reduce(into: Set<String>()) { $0.formUnion($1.sample.columns.keys) }
    return (settings.columns ?? seen.sorted()).map { column in
      func values(_ observations: [Observation]) -> [Text] { observations.map { $0.sample.columns[column].map(Text.init) ?? .missing } }
      return CategoricalDrift(measure: "drift.input.column", slice: Slice(["column": column]))
        .compare(reference: values(input.reference), current: values(input.current), window: input.window, model: "", settings)
    }
  }
}

/// `drift.output.labels`: what the model answers. Inputs that could not be run are left to `health.failures`.
package struct OutputLabelDetector: Detector {
  package let measures = ["drift.output.labels"]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    func answers(_ observations: [Observation]) -> [Text] { observations.compactMap { $0.prediction.answer.map(Text.init) } }
    return [
      CategoricalDrift(measure: "drift.output.labels", slice: .all).compare(
        reference: answers(input.referenceOfModel), current: answers(input.currentOfModel), window: input.window, model: input.model, settings)
    ]
  }
}
