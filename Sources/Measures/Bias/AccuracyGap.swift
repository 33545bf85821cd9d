package import Records
import Statistics

enum AccuracyGap {
  static let name = "bias.accuracy_gap"

  /// Accuracy of the rest less accuracy of the group, in −1...1: above 0 the group is served worse. Newcombe's interval; n is the group's rows. nil if
  /// either side is empty.
  static func estimate(_ inside: Labelled, _ outside: Labelled, _ slice: Slice) -> Estimate? {
    guard
      let interval = ProportionInterval.newcombe(
        successes1: outside.right, trials1: outside.count, successes2: inside.right, trials2: inside.count)
    else { return nil }
    let value = Double(outside.right) / Double(outside.count) - Double(inside.right) / Double(inside.count)
    return Estimate(measure: name, slice: slice, value: value, lower: interval.lower, upper: interval.upper, n: inside.count)
  }
}

/// `bias.accuracy_gap{speech="regional"}`: how much worse a group is served than everybody else.
///
/// For each group of each protected column: value = accuracy(rest) − accuracy(group). `changed` when the gap, or its growth over what this model was proven to
/// do (`GapGrowth`), is significant at alpha, Bonferroni over the column's groups, *and* reaches the tolerance, 8 points.
///
/// How we differ from Fairlearn: it reports the largest difference between any two groups, which is about 0.13 for six groups of 100 rows *without any
/// bias*, and 0.75 with a group of two rows. Here small groups are `insufficient`, by name, with the rows they lack.
///
/// Example: 80 regional rows at 65%, 300 others at 85%: gap 0.20, p about 5e-5: changed.
package struct AccuracyGapDetector: Detector {
  package let measures = [AccuracyGap.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let rows = Labelled.of(input.currentOfModel)
    let referenceRows = Labelled.of(input.referenceOfModel)
    return settings.protectedColumns.flatMap { column in
      let groups = Groups(rows, column: column)
      let before = Groups(referenceRows, column: column)
      let all = Groups.all(input, column: column)
      let comparisons = Groups.comparisons(all.count { groups.split($0).inside.count >= settings.minimumGroupRows })
      let detail = groups.accuracies
      return all.map { name in
        let slice = groups.slice(name)
        let (inside, outside) = groups.split(name)
        let now = AccuracyGap.estimate(inside, outside, slice)
        let baseline = input.baselineGap(AccuracyGap.name, slice) {
          let (a, b) = before.split(name)
          return min(a.count, b.count) >= settings.minimumGroupRows ? AccuracyGap.estimate(a, b, slice) : nil
        }
        let test = TwoProportions.test(
          successes1: outside.right, trials1: outside.count, successes2: inside.right, trials2: inside.count)
        let detectable =
          outside.count == 0
          ? nil
          : DetectableEffect.proportions(
            baseline: Double(outside.right) / Double(outside.count), rows: Double(inside.count), referenceRows: Double(outside.count),
            alpha: settings.alpha / Double(comparisons))
        let growth = GapGrowth(
          now: now, baseline: baseline,
          alone: test.map { Evidence(test: $0.test, statistic: $0.result.statistic, pValue: $0.result.pValue) }, comparisons: comparisons)
        return Measurement(
          measure: AccuracyGap.name, slice: slice, window: input.window, value: now?.value, lower: now?.lower, upper: now?.upper, n: inside.count,
          reference: baseline?.value, referenceN: baseline?.n, effect: growth.effect, tolerance: settings.tolerance(AccuracyGap.name),
          evidence: growth.evidence, verdict: .unchanged, detectableEffect: detectable,
          signature: signature(AccuracyGap.name, "rest-group|newcombe|growth over baseline,bonferroni:groups", settings), model: input.model,
          detail: .groups(detail)
        ).judgedByGroup(settings, rest: outside.count)
      }
    }
  }
}

extension Measurement {
  /// The verdict of a gap: it needs the minimum of rows in the group and in the rest, and no reference.
  func judgedByGroup(_ settings: MeasureSettings, rest: Int) -> Measurement {
    var judged = self
    let judgement = Judgement.of(
      n: min(n, rest), minimum: settings.minimumGroupRows, referenceN: nil, referenceMinimum: 0, p: evidence?.pValue, effect: effect,
      tolerance: tolerance, alpha: settings.alpha)
    judged.verdict = judgement.verdict
    judged.rowsNeeded = judgement.rowsNeeded
    return judged
  }
}

/// `bias.accuracy_difference{attribute="speech"}`: the largest less the smallest accuracy over the groups, as Fairlearn's
/// `MetricFrame(...).difference(method="between_groups")`, over the groups with enough rows.
///
/// It only informs (a maximum of noisy numbers is biased upwards); the gaps judge. The interval is Newcombe's for the two extreme groups, and too narrow for
/// having picked them.
package struct AccuracyDifferenceDetector: Detector {
  static let name = "bias.accuracy_difference"

  package let measures = [AccuracyDifferenceDetector.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let rows = Labelled.of(input.currentOfModel)
    return settings.protectedColumns.map { column in
      let groups = Groups(rows, column: column)
      let slice = Slice(["attribute": column])
      let sides = groups.names.map { groups.split($0).inside }.sorted { $0.count > $1.count }
      let ranked = sides.filter { $0.count >= settings.minimumGroupRows }.sorted { $0.right * $1.count < $1.right * $0.count }
      var measurement = Measurement(
        measure: AccuracyDifferenceDetector.name, slice: slice, window: input.window, value: nil, n: rows.count, verdict: .unchanged,
        signature: signature(AccuracyDifferenceDetector.name, "max-min|groups>=\(settings.minimumGroupRows)", settings), model: input.model,
        detail: .groups(groups.accuracies))
      if let worst = ranked.first, let best = ranked.last, ranked.count > 1, let gap = AccuracyGap.estimate(worst, best, slice) {
        measurement.value = gap.value
        measurement.lower = gap.lower
        measurement.upper = gap.upper
      } else {
        measurement.verdict = .insufficient
        // Two groups must reach the minimum; the second largest is the one that lacks most of the two.
        measurement.rowsNeeded = settings.minimumGroupRows - (sides.count > 1 ? sides[1].count : 0)
      }
      if let before = input.baselines.value(AccuracyDifferenceDetector.name, slice, model: input.model) {
        measurement.reference = before.value
        measurement.referenceN = before.n
      }
      return measurement
    }
  }
}
