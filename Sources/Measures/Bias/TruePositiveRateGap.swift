package import Records
import Statistics

enum TruePositiveRateGap {
  static let name = "bias.true_positive_rate_gap"
  static let replicates = 400

  /// True cases and hits of one label on one side.
  struct Cell {
    var positives = 0
    var hits = 0

    var rate: Double { Double(hits) / Double(positives) }
  }

  static func cells(_ rows: Labelled) -> [Cell] {
    var cells = [Cell](repeating: Cell(), count: rows.names.count)
    for i in 0..<rows.count {
      cells[rows.labels[i]].positives += 1
      if rows.isRight(i) { cells[rows.labels[i]].hits += 1 }
    }
    return cells
  }

  /// The cells of one resample. `codes` holds 2 · label + (1 if right) for every row: all that the rate depends on.
  private static func resample(_ codes: [Int], labels: Int, _ generator: inout Xoshiro256) -> [Cell] {
    var counts = [Int](repeating: 0, count: 2 * labels)
    for _ in 0..<codes.count { counts[codes[generator.index(below: codes.count)]] += 1 }
    return (0..<labels).map { Cell(positives: counts[2 * $0] + counts[2 * $0 + 1], hits: counts[2 * $0 + 1]) }
  }

  /// Labels with enough true cases on both sides.
  static func eligible(_ inside: [Cell], _ outside: [Cell], _ minimum: Int) -> [Int] {
    inside.indices.filter { min(inside[$0].positives, outside[$0].positives) >= max(1, minimum) }
  }

  /// Mean over the labels of rate(rest) − rate(group); nil without a label that has true cases on both sides.
  private static func gap(_ inside: [Cell], _ outside: [Cell], _ labels: [Int]) -> Double? {
    let usable = labels.filter { inside[$0].positives > 0 && outside[$0].positives > 0 }
    guard !usable.isEmpty else { return nil }
    return usable.reduce(0) { $0 + outside[$1].rate - inside[$1].rate } / Double(usable.count)
  }

  /// The gap with its percentile bootstrap interval, rows resampled within the group and within the rest; n is the group's rows.
  static func estimate(_ inside: Labelled, _ outside: Labelled, _ slice: Slice, _ settings: MeasureSettings) -> Estimate? {
    let a = cells(inside)
    let b = cells(outside)
    let labels = eligible(a, b, settings.minimumPositives)
    guard let value = gap(a, b, labels) else { return nil }
    var generator = Xoshiro256(seed: Seed.derive(settings.seed, name + slice.text))
    let coded = [inside, outside].map { rows in (0..<rows.count).map { 2 * rows.labels[$0] + (rows.isRight($0) ? 1 : 0) } }
    let values = (0..<replicates).compactMap { _ in
      let first = resample(coded[0], labels: a.count, &generator)
      return gap(first, resample(coded[1], labels: a.count, &generator), labels)
    }
    let interval = Bootstrap.interval(values)
    return Estimate(measure: name, slice: slice, value: value, lower: interval?.lower, upper: interval?.upper, n: inside.count)
  }

  /// z of the mean gap under "group and rest have the same rate for every label": the variance of each label's difference over relabellings of its
  /// true cases, N p̄(1−p̄)(1/a + 1/b) / (N − 1), summed over the labels.
  static func test(_ inside: Labelled, _ outside: Labelled, _ settings: MeasureSettings) -> TestResult? {
    let a = cells(inside)
    let b = cells(outside)
    let labels = eligible(a, b, settings.minimumPositives)
    guard let value = gap(a, b, labels) else { return nil }
    var variance = 0.0
    for k in labels {
      let (first, second) = (Double(a[k].positives), Double(b[k].positives))
      let total = first + second
      let pooled = Double(a[k].hits + b[k].hits) / total
      variance += total / (total - 1) * pooled * (1 - pooled) * (1 / first + 1 / second)
    }
    guard variance > 0 else { return TestResult(statistic: 0, pValue: 1) }
    let z = value * Double(labels.count) / variance.squareRoot()
    return TestResult(statistic: z, pValue: Normal.twoSided(z))
  }
}

/// `bias.true_positive_rate_gap{speech="regional"}`: how much less often a group's true cases are recognised, label by label and then averaged.
///
/// Unlike the accuracy gap it does not move when a group merely asks about harder things more often. Labels need `minimumPositives` true cases in the
/// group and in the rest; without any such label the verdict is `insufficient`, never a silent 0.
/// `changed` when the stratified z-test (or the growth over what the model was proven to do, see `GapGrowth`) is significant at alpha, Bonferroni over the
/// groups, and reaches the tolerance, 8 points.
package struct TruePositiveRateGapDetector: Detector {
  package let measures = [TruePositiveRateGap.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let name = TruePositiveRateGap.name
    let rows = Labelled.of(input.currentOfModel)
    let referenceRows = Labelled.of(input.referenceOfModel)
    return settings.protectedColumns.flatMap { column in
      let groups = Groups(rows, column: column)
      let before = Groups(referenceRows, column: column)
      let all = Groups.all(input, column: column)
      let comparisons = Groups.comparisons(all.count { groups.split($0).inside.count >= settings.minimumGroupRows })
      return all.map { group in
        let slice = groups.slice(group)
        let (inside, outside) = groups.split(group)
        let now = TruePositiveRateGap.estimate(inside, outside, slice, settings)
        let baseline = input.baselineGap(name, slice) {
          let (a, b) = before.split(group)
          return min(a.count, b.count) >= settings.minimumGroupRows ? TruePositiveRateGap.estimate(a, b, slice, settings) : nil
        }
        let test = TruePositiveRateGap.test(inside, outside, settings)
        let growth = GapGrowth(
          now: now, baseline: baseline,
          alone: test.map { Evidence(test: "stratified_two_proportion_z", statistic: $0.statistic, pValue: $0.pValue) }, comparisons: comparisons)
        var measurement = Measurement(
          measure: name, slice: slice, window: input.window, value: now?.value, lower: now?.lower, upper: now?.upper, n: inside.count,
          reference: baseline?.value, referenceN: baseline?.n, effect: growth.effect, tolerance: settings.tolerance(name),
          evidence: growth.evidence, verdict: .unchanged,
          signature: signature(
            name, "rest-group,macro,positives>=\(settings.minimumPositives)|bootstrap:400|stratified_z,growth over baseline,bonferroni:groups",
            settings),
          model: input.model, detail: .groups(recalls(groups))
        ).judgedByGroup(settings, rest: outside.count)
        if now == nil, measurement.verdict != .insufficient {
          measurement.verdict = .insufficient
          measurement.rowsNeeded = settings.minimumPositives
        }
        return measurement
      }
    }
  }

  /// True-positive rate by group, averaged over the labels the group has.
  private func recalls(_ groups: Groups) -> [GroupValue] {
    groups.names.map { name in
      let inside = groups.split(name).inside
      let present = TruePositiveRateGap.cells(inside).filter { $0.positives > 0 }
      let value = present.isEmpty ? nil : present.reduce(0) { $0 + $1.rate } / Double(present.count)
      return GroupValue(slice: groups.slice(name), value: value, lower: nil, upper: nil, n: inside.count)
    }
  }
}
