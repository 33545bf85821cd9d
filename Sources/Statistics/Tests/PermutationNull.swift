/// What a statistic looks like when the labels mean nothing: its values over random relabellings, and a smooth tail beyond them.
///
/// B relabellings alone cannot give a p below 1 / (B + 1), and an alarm level of 1e-4 would ask for tens of thousands of them. So
///
/// - p = (1 + #{permuted ≥ observed}) / (1 + B) if any relabelling reaches the observed value: valid whatever the distribution;
/// - if none does, the tail of the null's limit, and at most 1 / (1 + B).
///
/// The limit comes from the pooled rows' covariance (`PearsonIII.init(covariance:…)`), not from the B values, whose sampled variance and skewness would make
/// a tail p wrong by factors of a hundred. The relabellings guard the limit: were it wrong by much, some of them would reach the observed value.
public struct PermutationNull: Sendable {
  public let tail: PearsonIII
  private let sorted: [Double]

  /// nil without values or with one that is not finite.
  public init?(_ permuted: [Double], tail: PearsonIII) {
    guard !permuted.isEmpty, permuted.allSatisfy(\.isFinite) else { return nil }
    self.tail = tail
    sorted = permuted.sorted()
  }

  /// Mean over the relabellings.
  public var mean: Double { sorted.reduce(0, +) / Double(sorted.count) }

  /// (1 + #{permuted ≥ observed}) / (1 + B): never 0.
  public func permutationP(_ observed: Double) -> Double { Double(1 + reached(observed)) / Double(1 + sorted.count) }

  /// The p-value as described above, in 0...1.
  public func pValue(_ observed: Double) -> Double {
    let counted = permutationP(observed)
    return reached(observed) > 0 ? counted : min(counted, tail.survival(observed))
  }

  private func reached(_ observed: Double) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < observed { low = middle + 1 } else { high = middle }
    }
    return sorted.count - low
  }
}
