package import Foundation
package import Records

/// Numbers and times as people read them, the same on every machine: no locale, no time zone but UTC.
package enum Figures {
  /// `12,345`.
  package static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var grouped = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { grouped += "," }
      grouped.append(digit)
    }
    return value < 0 ? "−" + grouped : grouped
  }

  /// `23 rows`, `1 row`.
  package static func count(_ value: Int, _ noun: String) -> String { "\(count(value)) \(noun)\(value == 1 ? "" : "s")" }

  /// Three significant digits for small numbers, no false precision for large ones; `n/a` for nil and what is not finite.
  package static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "n/a" }
    let size = abs(value)
    if size != 0, size < 0.0005 { return fixed(value, scientific: true) }
    if size < 10 { return fixed(value, 3) }
    if size < 100 { return fixed(value, 2) }
    if size < 1000 { return fixed(value, 1) }
    return size < 1e15 ? count(Int(value.rounded())) : fixed(value, scientific: true)
  }

  /// `number` with its sign, `+0.031`.
  package static func signed(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "n/a" }
    return value > 0 ? "+" + number(value) : number(value)
  }

  /// `0.78 to 0.84`, or nil when either end is missing.
  package static func interval(_ lower: Double?, _ upper: Double?) -> String? {
    guard let lower, let upper else { return nil }
    return "\(number(lower)) to \(number(upper))"
  }

  /// A probability of evidence: `0.012`, `< 0.0001`.
  package static func pValue(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "n/a" }
    return value < 0.0001 ? "< 0.0001" : fixed(value, 4)
  }

  /// `14.2 %`.
  package static func percent(_ share: Double) -> String { share.isFinite ? "\(fixed(share * 100, 1)) %" : "n/a" }

  /// `3d 4h`, `25m`, `12s`: the two largest units.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return "n/a" }
    if seconds < 60 { return seconds < 10 && seconds != seconds.rounded() ? "\(fixed(seconds, 1))s" : "\(Int(seconds.rounded()))s" }
    let minutes = Int((seconds / 60).rounded())
    let (days, hours, rest) = (minutes / 1440, minutes % 1440 / 60, minutes % 60)
    let parts = days > 0 ? [(days, "d"), (hours, "h")] : [(hours, "h"), (rest, "m")]
    return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }

  /// `2026-01-22 14:00 UTC`.
  package static func time(_ date: Date) -> String { Timestamp.short(date) + " UTC" }

  /// `2026-01-22 00:00 to 2026-01-23 00:00 UTC`.
  package static func window(_ window: Window) -> String { "\(Timestamp.short(window.start)) to \(Timestamp.short(window.end)) UTC" }

  /// The first 12 characters of an identity: enough to tell models apart on a page.
  package static func identity(_ id: String) -> String { VisibleText.line(String(id.prefix(12)), limit: 12) }

  /// `value` with a given number of decimals, a real minus sign and never `-0.000`.
  package static func fixed(_ value: Double, _ decimals: Int = 3, scientific: Bool = false) -> String {
    let text = scientific ? String(format: "%.2e", value) : String(format: "%.\(decimals)f", value)
    guard text.hasPrefix("-") else { return text }
    let digits = text.dropFirst()
    return digits.allSatisfy { $0 == "0" || $0 == "." } ? String(digits) : "−" + digits
  }
}
