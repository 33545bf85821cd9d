import Foundation

/// What several repetitions measured.
struct Spread: Codable, Sendable {
  var median: Double
  var min: Double
  var max: Double

  /// nil without values.
  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    (min, max) = (first, last)
  }

  init(exactly value: Double) { (median, min, max) = (value, value, value) }

  /// "812 (790-820)", with three digits.
  var text: String { min == max ? Self.number(median) : "\(Self.number(median)) (\(Self.number(min))-\(Self.number(max)))" }

  static func number(_ value: Double) -> String {
    let digits = value == 0 ? 0 : Swift.max(0, 2 - Int(log10(abs(value)).rounded(.down)))
    return String(format: "%.\(Swift.min(digits, 4))f", value)
  }
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let elapsed = try ContinuousClock().measure(body)
  return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
}
