/// Quantiles of a sample by linear interpolation between order statistics (Hyndman and Fan's type 7, the default of numpy and R).
public enum Quantiles {
  /// The p-quantile, p in 0...1; nil of an empty sample, of non-finite values, or outside that range.
  public static func of(_ values: [Double], _ p: Double) -> Double? {
    guard values.allSatisfy(\.isFinite) else { return nil }
    return ofSorted(values.sorted(), p)
  }

  /// The same of values that are already sorted.
  public static func ofSorted(_ sorted: [Double], _ p: Double) -> Double? {
    guard !sorted.isEmpty, p >= 0, p <= 1 else { return nil }
    let position = p * Double(sorted.count - 1)
    let low = Int(position)
    guard low + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[low] + (position - Double(low)) * (sorted[low + 1] - sorted[low])
  }
}
