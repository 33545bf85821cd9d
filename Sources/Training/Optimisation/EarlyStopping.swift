/// Which validation loss was the best, and whether to go on; after transformers' `EarlyStoppingCallback`.
///
/// The best is the lowest loss seen, by however little; a measurement counts against the patience unless it undercuts the best by more than the threshold.
/// A loss that is not a number is never the best: `observe` must not be given one (the run stops before).
struct EarlyStopping: Sendable, Hashable, Codable {
  enum Verdict: Hashable {
    case improved, notImproved
    /// The patience is at an end.
    case exhausted
  }

  private(set) var bestLoss: Double?
  private(set) var bestStep: Int?
  /// Validations in a row without improvement.
  private(set) var misses = 0
  private(set) var lastLoss: Double?

  /// - patience: 0 never ends the run.
  /// - threshold: nats, at least 0.
  /// - Returns: whether this is the lowest loss so far, and the verdict.
  mutating func observe(_ loss: Double, step: Int, patience: Int, threshold: Double) -> (isBest: Bool, verdict: Verdict) {
    precondition(loss.isFinite, "a validation loss that is not finite ends the run before it is judged")
    lastLoss = loss
    let previous = bestLoss
    let isBest = previous.map { loss < $0 } ?? true
    if isBest {
      bestLoss = loss
      bestStep = step
    }
    if previous.map({ loss < $0 && $0 - loss > threshold }) ?? true {
      misses = 0
      return (isBest, .improved)
    }
    misses += 1
    return (isBest, isExhausted(patience: patience) ? .exhausted : .notImproved)
  }

  func isExhausted(patience: Int) -> Bool { patience > 0 && misses >= patience }
}
