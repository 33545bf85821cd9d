package import Foundation
package import Records
import Statistics

/// One item that both models answered.
package struct PairedAnswer: Sendable, Hashable {
  package var key: String
  package var label: String
  package var champion: String?
  package var challenger: String?
  package var columns: [String: String]

  package init(key: String, label: String, champion: String?, challenger: String?, columns: [String: String] = [:]) {
    self.key = key
    self.label = label
    self.champion = champion
    self.challenger = challenger
    self.columns = columns
  }

  var championRight: Bool { champion == label }
  var challengerRight: Bool { challenger == label }
}

/// A named set of items, and how much accuracy may be lost on it.
package struct GateSet: Sendable {
  /// `suite.core`, `recent`, `forgetting`.
  package var name: String
  package var answers: [PairedAnswer]
  /// At least 0: 0.05 accepts a loss of five points when it cannot be excluded, no more.
  package var margin: Double

  package init(name: String, answers: [PairedAnswer], margin: Double) {
    self.name = name
    self.answers = answers
    self.margin = margin
  }
}

/// What the retraining was for.
package enum GateTarget: Sendable, Hashable {
  /// Accuracy on recent labelled traffic must rise.
  case recentAccuracy
  /// A slice must be served better, and the gap between it and the rest of its column must not be narrower only because the rest lost: the slice's own
  /// accuracy rises, and its gap shrinks. "Levelling down" (Mittelstadt, Wachter and Russell 2023) narrows a gap too, and mends nothing.
  case gap(Slice)
}

/// Decides whether a challenger may be promoted: not worse on everything guarded, better on the target.
///
/// Every guard is a non-inferiority test at one-sided 5%: the lower bound of the paired difference must lie above minus the margin. A challenger is
/// promoted only if *all* tests reject, so the probability of promoting one that is worse by the margin anywhere is at most 5% whatever the number of
/// guards (the intersection-union principle, Berger 1982); no further correction is needed, and none would make the promise stronger.
/// Intervals of paired proportions follow Agresti and Min (2005), which hold at few discordant pairs; gaps are bootstrapped over items, paired.
package struct Gate: Sendable {
  /// Fewer rows than this in a slice prove nothing either way: the slice is shown, and does not decide.
  package var minimumSliceRows: Int
  /// Accuracy that a slice may lose.
  package var sliceMargin: Double
  /// Growth of a bias gap that is accepted.
  package var gapMargin: Double
  /// Columns whose values are slices.
  package var columns: [String]
  package var seed: UInt64

  package init(minimumSliceRows: Int = 60, sliceMargin: Double = 0.1, gapMargin: Double = 0.1, columns: [String], seed: UInt64 = 0) {
    self.minimumSliceRows = minimumSliceRows
    self.sliceMargin = sliceMargin
    self.gapMargin = gapMargin
    self.columns = columns
    self.seed = seed
  }

  /// - Parameter recent: recent labelled traffic that training has not seen; the target is measured on it.
  package func decide(
    id: String, deployment: String, champion: String, challenger: String, target: GateTarget, recent: GateSet, guarded: [GateSet], at: Date
  ) -> GateDecision {
    var checks = ([recent] + guarded).map(accuracyCheck)
    checks += sliceChecks(recent.answers + guarded.flatMap(\.answers))
    checks += targetChecks(target, recent)
    let failed = checks.filter { !$0.passed }
    let summary: String
    if failed.isEmpty {
      let targets = checks.filter { $0.role == "target" }
      let guards = checks.count { $0.role == "guard" }
      summary = "promoted: not worse on any of \(guards) guarded measures, and " + targets.map(\.reason).joined(separator: ", ")
    } else {
      summary = "refused: " + failed.map { "\($0.name)\($0.slice == .all ? "" : $0.slice.text): \($0.reason)" }.joined(separator: "; ")
    }
    return GateDecision(
      id: id, deployment: deployment, champion: champion, challenger: challenger, promoted: failed.isEmpty, checks: checks, summary: summary,
      decidedAt: at)
  }

  // MARK: - Guards

  private func accuracyCheck(_ set: GateSet) -> GateCheck {
    let pairs = PairedCounts(set.answers)
    guard pairs.n > 0 else {
      return GateCheck(
        name: set.name + ".accuracy", champion: nil, challenger: nil, difference: nil, lower: nil, upper: nil, n: 0, margin: set.margin,
        role: "guard", passed: false, reason: "there are no items to compare on", signature: Self.pairedSignature)
    }
    let interval = pairs.interval
    let passed = interval.lower > -set.margin
    return GateCheck(
      name: set.name + ".accuracy", champion: pairs.championAccuracy, challenger: pairs.challengerAccuracy, difference: pairs.difference,
      lower: interval.lower, upper: interval.upper, n: pairs.n, margin: set.margin, role: "guard", passed: passed,
      reason: Self.words(pairs, interval, margin: set.margin, passed: passed), signature: Self.pairedSignature)
  }

  private func sliceChecks(_ answers: [PairedAnswer]) -> [GateCheck] {
    columns.flatMap { column -> [GateCheck] in
      let groups = Dictionary(grouping: answers.filter { $0.columns[column] != nil }) { $0.columns[column]! }
      return groups.keys.sorted().flatMap { value -> [GateCheck] in
        let slice = Slice([column: value])
        let pairs = PairedCounts(groups[value]!)
        guard pairs.n >= minimumSliceRows else {
          return [
            GateCheck(
              name: "slice.accuracy", slice: slice, champion: pairs.championAccuracy, challenger: pairs.challengerAccuracy,
              difference: pairs.difference, lower: nil, upper: nil, n: pairs.n, margin: sliceMargin, role: "shown", passed: true,
              reason: "\(pairs.n) rows, fewer than \(minimumSliceRows): shown, does not decide", signature: Self.pairedSignature)
          ]
        }
        let interval = pairs.interval
        let passed = interval.lower > -sliceMargin
        let accuracy = GateCheck(
          name: "slice.accuracy", slice: slice, champion: pairs.championAccuracy, challenger: pairs.challengerAccuracy, difference: pairs.difference,
          lower: interval.lower, upper: interval.upper, n: pairs.n, margin: sliceMargin, role: "guard", passed: passed,
          reason: Self.words(pairs, interval, margin: sliceMargin, passed: passed), signature: Self.pairedSignature)
        return [accuracy] + [gapCheck(answers, slice, role: "guard", margin: gapMargin)].compactMap { $0 }
      }
    }
  }

  // MARK: - Gaps

  /// Shrinkage of the gap between a slice and the rest of its column; nil when either side has too few rows, or nobody in the slice is worse off.
  private func gapCheck(_ answers: [PairedAnswer], _ slice: Slice, role: String, margin: Double) -> GateCheck? {
    guard let (column, value) = slice.labels.first else { return nil }
    let known = answers.filter { $0.columns[column] != nil }.sorted { $0.key < $1.key }
    let inside = known.filter { $0.columns[column] == value }
    let outside = known.filter { $0.columns[column] != value }
    guard inside.count >= minimumSliceRows, outside.count >= minimumSliceRows else { return nil }
    func accuracies(_ rows: [PairedAnswer]) -> (Double, Double) {
      let n = Double(rows.count)
      return (Double(rows.count(where: \.championRight)) / n, Double(rows.count(where: \.challengerRight)) / n)
    }
    let (championIn, challengerIn) = accuracies(inside)
    let (championOut, challengerOut) = accuracies(outside)
    let before = championOut - championIn
    let after = challengerOut - challengerIn
    // A paired difference in each part, the parts independent: the normal interval of a difference of two means of -1, 0, 1.
    let variance = Self.meanVariance(inside) + Self.meanVariance(outside)
    let half = Self.criticalValue * variance.squareRoot()
    let shrinkage = before - after
    let lower = shrinkage - half
    let target = role == "target"
    // A guard is for those who are served worse than the rest; a privilege that shrinks is no harm.
    if !target, after <= 0 { return nil }
    // Whether the slice is served better is a test of its own; of the gap it is asked that it did not stay.
    let passed = target ? shrinkage > 0 : lower > -margin
    let numbers = "gap \(Self.points(before)) before, \(Self.points(after)) after"
    let bound = ", shrinkage at least \(Self.points(lower))"
    return GateCheck(
      name: "bias.accuracy_gap", slice: slice, champion: before, challenger: after, difference: shrinkage, lower: lower, upper: shrinkage + half,
      n: inside.count + outside.count, margin: target ? 0 : margin, role: role, passed: passed,
      reason: passed ? numbers : target ? "\(numbers), which is not narrower" : "\(numbers)\(bound), below -\(Self.points(margin))",
      signature: "gap=accuracy(rest)-accuracy(group)|paired normal one-sided 95%|v1")
  }

  /// Variance of the mean of the paired differences, with one discordant pair of each kind added so that none seen is not none possible.
  private static func meanVariance(_ rows: [PairedAnswer]) -> Double {
    let pairs = PairedCounts(rows)
    let interval = pairs.interval
    let half = (interval.upper - interval.lower) / 2 / criticalValue
    return half * half
  }

  // MARK: - Target

  private func targetChecks(_ target: GateTarget, _ recent: GateSet) -> [GateCheck] {
    switch target {
    case .recentAccuracy: return [improvement("target.recent.accuracy", of: "recent traffic", recent.answers)]
    case .gap(let slice):
      let inside = recent.answers.filter { answer in slice.labels.allSatisfy { answer.columns[$0.key] == $0.value } }
      guard var gap = gapCheck(recent.answers, slice, role: "target", margin: 0) else {
        return [
          GateCheck(
            name: "target.bias.accuracy_gap", slice: slice, champion: nil, challenger: nil, difference: nil, lower: nil, upper: nil,
            n: recent.answers.count, margin: 0, role: "target", passed: false,
            reason: "fewer than \(minimumSliceRows) recent labelled rows in \(Self.words(slice)) or in the rest: cannot be shown", signature: "gap|v1"
          )
        ]
      }
      gap.name = "target.bias.accuracy_gap"
      return [gap, improvement("target.slice.accuracy", of: Self.words(slice), slice: slice, inside)]
    }
  }

  /// The challenger is right more often, beyond chance.
  private func improvement(_ name: String, of what: String, slice: Slice = .all, _ answers: [PairedAnswer]) -> GateCheck {
    let pairs = PairedCounts(answers)
    let interval = pairs.interval
    let passed = pairs.n > 0 && interval.lower > 0
    return GateCheck(
      name: name, slice: slice, champion: pairs.championAccuracy, challenger: pairs.challengerAccuracy, difference: pairs.difference,
      lower: interval.lower, upper: interval.upper, n: pairs.n, margin: 0, role: "target", passed: passed,
      reason: "accuracy on \(what) \(Self.points(pairs.championAccuracy ?? 0)) before, \(Self.points(pairs.challengerAccuracy ?? 0)) after, "
        + "gain at least \(Self.points(interval.lower))\(passed ? "" : ", which does not show an improvement")", signature: Self.pairedSignature)
  }

  // MARK: - Words

  static let pairedSignature = "accuracy challenger-champion|paired|agresti-min one-sided 95%|v1"
  /// The 95% quantile of the normal distribution.
  static let criticalValue = 1.6448536269514722

  static func points(_ value: Double) -> String {
    value.formatted(.number.precision(.fractionLength(1)).scale(100).locale(Locale(identifier: "en_US_POSIX"))) + "%"
  }

  private static func words(_ slice: Slice) -> String {
    slice.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  private static func words(_ pairs: PairedCounts, _ interval: (lower: Double, upper: Double), margin: Double, passed: Bool) -> String {
    let numbers =
      "accuracy \(points(pairs.championAccuracy ?? 0)) before, \(points(pairs.challengerAccuracy ?? 0)) after on \(pairs.n) items, "
      + "difference at least \(points(interval.lower))"
    return passed ? numbers : "\(numbers), below the margin of -\(points(margin))"
  }
}

/// How often each model alone was right.
struct PairedCounts {
  var n: Int
  var championRight: Int
  var challengerRight: Int
  /// Challenger right, champion wrong.
  var gained: Int
  /// Champion right, challenger wrong.
  var lost: Int

  init(_ answers: [PairedAnswer]) {
    n = answers.count
    championRight = answers.count(where: \.championRight)
    challengerRight = answers.count(where: \.challengerRight)
    gained = answers.count { $0.challengerRight && !$0.championRight }
    lost = answers.count { $0.championRight && !$0.challengerRight }
  }

  var championAccuracy: Double? { n == 0 ? nil : Double(championRight) / Double(n) }
  var challengerAccuracy: Double? { n == 0 ? nil : Double(challengerRight) / Double(n) }
  var difference: Double? { n == 0 ? nil : Double(gained - lost) / Double(n) }

  /// Two one-sided 95% bounds around the paired difference (Agresti and Min 2005: half a pair is added to each of the four cells).
  var interval: (lower: Double, upper: Double) {
    let total = Double(n) + 2
    let b = Double(gained) + 0.5
    let c = Double(lost) + 0.5
    let difference = (b - c) / total
    let half = Gate.criticalValue * ((b + c) - (b - c) * (b - c) / total).squareRoot() / total
    return (max(difference - half, -1), min(difference + half, 1))
  }
}
