import Records
import Statistics

/// What speaks for "this group has become worse off": against what the model was proven to do when it was new, or, where nothing was proven, against no gap.
///
/// A gap that the gate has seen and accepted is not alarmed about anew in every window; it stands beside the value as `reference`. That it *grows* is news:
/// z = (gap − max(reference, 0)) / √(se² + se_ref²), the standard errors from the 95% intervals, both gaps being estimates.
struct GapGrowth {
  /// Points by which the group is worse off than it was.
  var effect: Double?
  var evidence: Evidence?

  /// - alone: the test of the gap against none, uncorrected
  /// - comparisons: groups of the column that are tested together (Bonferroni)
  init(now: Estimate?, baseline: BaselineValue?, alone: Evidence?, comparisons: Int) {
    guard let now, let baseline, let error = Self.standardError(now.lower, now.upper), error > 0 else {
      effect = now?.value
      evidence = alone.map { Self.corrected($0, comparisons) }
      return
    }
    // A baseline that was stored without its interval has about the same spread a row as the window.
    let before = Self.standardError(baseline.lower, baseline.upper) ?? error * (Double(max(now.n, 1)) / Double(max(baseline.n, 1))).squareRoot()
    let growth = now.value - max(baseline.value, 0)
    let z = growth / (error * error + before * before).squareRoot()
    effect = growth
    evidence = Self.corrected(Evidence(test: "gap_growth_z", statistic: z, pValue: Normal.twoSided(z)), comparisons)
  }

  private static func standardError(_ lower: Double?, _ upper: Double?) -> Double? {
    guard let lower, let upper else { return nil }
    return (upper - lower) / 2 / 1.959963984540054
  }

  private static func corrected(_ evidence: Evidence, _ comparisons: Int) -> Evidence {
    var evidence = evidence
    evidence.pValue = evidence.pValue.map { min(1, $0 * Double(comparisons)) }
    return evidence
  }
}
