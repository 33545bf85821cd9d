import Records
import Statistics

/// From numbers to a verdict: the one place where "significant and large enough" is decided.
struct Judgement {
  var verdict: Verdict
  var rowsNeeded: Int?

  /// - p: after its correction; nil where no test was possible, which never speaks for a change.
  /// - effect: in the direction that matters; nil likewise.
  /// - referenceN: nil for measures without a reference.
  static func of(
    n: Int, minimum: Int, referenceN: Int?, referenceMinimum: Int, p: Double?, effect: Double?, tolerance: Double?, alpha: Double
  ) -> Judgement {
    let lacking = max(minimum - n, referenceN.map { referenceMinimum - $0 } ?? 0)
    if lacking > 0 { return Judgement(verdict: .insufficient, rowsNeeded: lacking) }
    guard let p, let effect, let tolerance else { return Judgement(verdict: .unchanged) }
    return Judgement(verdict: p <= alpha && effect >= tolerance ? .changed : .unchanged)
  }
}

extension Measurement {
  /// With the verdict that follows from its own numbers; without a tolerance it only informs, and is `unchanged` or `insufficient`.
  func judged(
    _ settings: MeasureSettings, minimum: Int? = nil, referenceMinimum: Int? = nil, comparesWithReference: Bool = true
  ) -> Measurement {
    var judged = self
    let judgement = Judgement.of(
      n: n, minimum: minimum ?? settings.minimumRows, referenceN: comparesWithReference ? referenceN ?? 0 : nil,
      referenceMinimum: referenceMinimum ?? settings.minimumReferenceRows, p: evidence?.pValue, effect: effect, tolerance: tolerance,
      alpha: settings.alpha)
    judged.verdict = judgement.verdict
    judged.rowsNeeded = judgement.rowsNeeded
    return judged
  }
}

/// `drift.input.length|ks_2samp+w1/std|alpha:0.0001|v1`: pins what a number is, so that numbers of different definitions are never compared.
func signature(_ measure: String, _ method: String, _ settings: MeasureSettings, version: Int = 1) -> String {
  "\(measure)|\(method)|alpha:\(settings.alpha)|v\(version)"
}
