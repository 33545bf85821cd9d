import Foundation
import Records

/// Maps a stretch of values onto a stretch of the page.
struct LinearScale {
  var domain: ClosedRange<Double>
  /// Where the ends of the domain stand; `from > to` for a y axis, which grows upwards.
  var from: Double
  var to: Double

  /// Position of `value`; what lies outside the domain stands on its edge.
  func callAsFunction(_ value: Double) -> Double {
    let width = domain.upperBound - domain.lowerBound
    guard width > 0, value.isFinite else { return (from + to) / 2 }
    let share = min(max((value - domain.lowerBound) / width, 0), 1)
    return from + share * (to - from)
  }

  /// About `count` round values inside the domain with their labels: steps of 1, 2, 2.5 or 5 times a power of ten.
  func ticks(_ count: Int) -> [(value: Double, label: String)] {
    let width = domain.upperBound - domain.lowerBound
    guard width > 0, count > 0 else { return [(domain.lowerBound, Figures.number(domain.lowerBound))] }
    let raw = width / Double(count)
    let power = pow(10, floor(log10(raw)))
    let step = power * ([1, 2, 2.5, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10)
    var decimals = max(0, Int(-floor(log10(step))))
    if abs(step / power - 2.5) < 1e-9 { decimals += 1 }
    var tick = (domain.lowerBound / step - 1e-9).rounded(.up) * step
    var result: [(Double, String)] = []
    while tick <= domain.upperBound + step * 1e-6, result.count < 40 {
      result.append((tick, step >= 1000 ? Figures.count(Int(tick.rounded())) : Figures.fixed(tick, min(decimals, 6))))
      tick += step
    }
    return result
  }

  /// The smallest range that holds `values`, with a little air, kept inside `floor` and `ceiling`; never empty.
  static func domain(of values: some Sequence<Double>, floor: Double? = nil, ceiling: Double? = nil) -> ClosedRange<Double> {
    let finite = values.filter(\.isFinite)
    guard var low = finite.min(), var high = finite.max() else { return (floor ?? 0)...max(ceiling ?? 1, (floor ?? 0) + 1) }
    let air = high > low ? (high - low) * 0.08 : max(abs(high) * 0.1, 0.01)
    low -= air
    high += air
    if let floor { low = max(low, min(floor, high - air)) }
    if let ceiling { high = min(high, max(ceiling, low + air)) }
    return low...max(high, low + 1e-9)
  }
}

/// Maps times onto the page, with ticks on whole UTC days or hours.
struct TimeScale {
  var start: Date
  var end: Date
  var from: Double
  var to: Double
  /// Where day 1 begins, when days are counted instead of dated.
  var firstDay: Date?

  func callAsFunction(_ date: Date) -> Double {
    LinearScale(domain: start.timeIntervalSince1970...max(end.timeIntervalSince1970, start.timeIntervalSince1970 + 1), from: from, to: to)(
      date.timeIntervalSince1970)
  }

  /// Ticks at most every `spacing` units of the page.
  func ticks(spacing: Double) -> [(date: Date, label: String)] {
    let span = max(end.timeIntervalSince(start), 1)
    let most = max(2, (to - from) / spacing)
    let hour = 3600.0
    let day = 24 * hour
    let steps = [hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 5 * day, 10 * day, 20 * day, 50 * day, 100 * day, 365 * day]
    guard let step = steps.first(where: { span / $0 <= most && (firstDay == nil || $0 >= day) }) else { return [] }
    // Counted days are marked at 5, 10, …; dates begin where the reader can recognise them, at midnight UTC.
    let origin = firstDay.map { $0.timeIntervalSince1970 - day } ?? 0
    var tick = origin + ((start.timeIntervalSince1970 - origin) / step).rounded(.up) * step
    var result: [(Date, String)] = []
    while tick <= end.timeIntervalSince1970, result.count < 60 {
      let date = Date(timeIntervalSince1970: tick)
      result.append((date, firstDay == nil ? Self.label(date, withTime: step < day) : "day \(Int(((tick - origin) / day).rounded()))"))
      tick += step
    }
    return result
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `22 Jan`, or `06:00` between midnights.
  private static func label(_ date: Date, withTime: Bool) -> String {
    let text = Timestamp.short(date)  // 2026-01-22 06:00
    let clock = String(text.suffix(5))
    if withTime, clock != "00:00" { return clock }
    let parts = text.prefix(10).split(separator: "-")
    guard parts.count == 3, let month = Int(parts[1]), (1...12).contains(month), let day = Int(parts[2]) else { return text }
    return "\(day) \(months[month - 1])"
  }
}

/// How wide a text is, roughly: 0.54 of the size a scalar, which holds for the sans-serif faces of the style sheet.
func textWidth(_ text: String, size: Double = 12) -> Double { Double(text.unicodeScalars.count) * size * 0.54 }

/// `text` cut so that it is at most `width` wide.
func fitted(_ text: String, width: Double, size: Double = 12) -> String {
  let most = Int(width / (size * 0.54))
  let scalars = text.unicodeScalars
  guard scalars.count > most else { return text }
  return String(String.UnicodeScalarView(scalars.prefix(max(1, most - 1)))) + "…"
}
