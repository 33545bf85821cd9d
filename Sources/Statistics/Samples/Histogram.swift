import Foundation

/// Counts over bins with shared edges. Bins are half-open except the last, which is closed, as numpy's are.
public struct Histogram: Sendable, Hashable {
  /// One more than there are bins, rising.
  public let edges: [Double]

  /// Equal bins from `low` to `high`; of a single point, one bin of width 1 around it. nil for non-finite ends, high < low or no bins.
  public init?(low: Double, high: Double, bins: Int) {
    guard low.isFinite, high.isFinite, high >= low, bins > 0 else { return nil }
    if high == low {
      edges = [low - 0.5, low + 0.5]
    } else {
      edges = (0...bins).map { $0 == bins ? high : low + (high - low) * Double($0) / Double(bins) }
    }
  }

  /// The number of equal bins that Sturges' rule gives n values: ⌈log₂ n + 1⌉ (numpy's `bins="sturges"`).
  public static func sturges(_ n: Int) -> Int { n < 1 ? 1 : Int(ceil(log2(Double(n)) + 1)) }

  /// Counts a bin; what lies outside the edges counts in the end bins, what is not finite counts nowhere.
  public func counts(_ values: [Double]) -> [Double] {
    var counts = [Double](repeating: 0, count: edges.count - 1)
    for value in values where value.isFinite { counts[bin(value)] += 1 }
    return counts
  }

  private func bin(_ value: Double) -> Int {
    // The last edge that is not above the value; binary search agrees with the edges exactly, arithmetic on the width would not.
    var low = 0
    var high = edges.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle } else { high = middle }
    }
    return low
  }
}
