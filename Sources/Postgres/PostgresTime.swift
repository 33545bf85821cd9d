internal import Foundation

/// `timestamptz` in text, to the microsecond, without a formatter: days are counted with the civil calendar algorithm of Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms" (2014), `days_from_civil` and `civil_from_days`.
enum PostgresTime {
  /// From PostgreSQL's and Foundation's shared idea of 1970-01-01 to Foundation's zero, 2001-01-01, in seconds.
  private static let reference = 978_307_200

  /// `2026-01-15 08:00:00.123456+00`; infinite and absurd times become `infinity` and `-infinity`.
  static func text(_ date: Date) -> String {
    let seconds = date.timeIntervalSinceReferenceDate
    guard seconds.magnitude < 9e12 else { return seconds < 0 ? "-infinity" : "infinity" }
    let micros = Int((seconds * 1e6).rounded()) + reference * 1_000_000
    let day = micros.flooring(dividedBy: 86_400_000_000)
    let rest = micros - day * 86_400_000_000
    let (year, month, dayOfMonth) = civil(day)
    let clock = rest / 1_000_000
    let yearText = padded(year > 0 ? year : 1 - year, 4)
    return
      "\(yearText)-\(padded(month, 2))-\(padded(dayOfMonth, 2)) \(padded(clock / 3600, 2)):\(padded(clock / 60 % 60, 2)):\(padded(clock % 60, 2))"
      + ".\(padded(rest % 1_000_000, 6))+00" + (year > 0 ? "" : " BC")
  }

  /// Reads what a session with `DateStyle = ISO` writes for `timestamptz`, `timestamp` (as UTC) and `date`; nil for anything else.
  static func parse(_ text: String) -> Date? {
    if text == "infinity" { return .distantFuture }
    if text == "-infinity" { return .distantPast }
    var scanner = Scanner(bytes: Array(text.utf8))
    guard var year = scanner.number(digits: 4...6), scanner.skip("-"), let month = scanner.number(digits: 2...2), scanner.skip("-"),
      let day = scanner.number(digits: 2...2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var micros = 0
    if scanner.skip(" ") || scanner.skip("T") {
      guard let hours = scanner.number(digits: 2...2), scanner.skip(":"), let minutes = scanner.number(digits: 2...2), scanner.skip(":"),
        let seconds = scanner.number(digits: 2...2)
      else { return nil }
      micros = (hours * 3600 + minutes * 60 + seconds) * 1_000_000
      if scanner.skip(".") {
        guard let fraction = scanner.fraction() else { return nil }
        micros += fraction
      }
      guard let offset = scanner.offset() else { return nil }
      micros -= offset * 1_000_000
    }
    if scanner.skip(" BC") { year = 1 - year }
    guard scanner.atEnd else { return nil }
    let total = days(year, month, day) * 86_400_000_000 + micros - reference * 1_000_000
    return Date(timeIntervalSinceReferenceDate: Double(total) / 1e6)
  }

  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted.flooring(dividedBy: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
  }

  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.flooring(dividedBy: 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private struct Scanner {
    let bytes: [UInt8]
    var at = 0

    var atEnd: Bool { at == bytes.count }

    mutating func skip(_ text: StaticString) -> Bool {
      let wanted = Array("\(text)".utf8)
      guard bytes[at...].starts(with: wanted) else { return false }
      at += wanted.count
      return true
    }

    mutating func number(digits: ClosedRange<Int>) -> Int? {
      var value = 0
      var count = 0
      while at < bytes.count, count < digits.upperBound, (48...57).contains(bytes[at]) {
        value = value * 10 + Int(bytes[at] - 48)
        at += 1
        count += 1
      }
      return digits.contains(count) ? value : nil
    }

    /// Up to six digits after the point, in microseconds.
    mutating func fraction() -> Int? {
      let start = at
      guard var value = number(digits: 1...6) else { return nil }
      for _ in (at - start)..<6 { value *= 10 }
      return value
    }

    /// `+05:30` in seconds; none at all is UTC.
    mutating func offset() -> Int? {
      let sign: Int
      if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else if skip("Z") { return 0 } else { return 0 }
      guard let hours = number(digits: 2...2) else { return nil }
      let minutes = skip(":") ? number(digits: 2...2) : 0
      let seconds = skip(":") ? number(digits: 2...2) : 0
      guard let minutes, let seconds else { return nil }
      return sign * (hours * 3600 + minutes * 60 + seconds)
    }
  }
}

extension Int {
  fileprivate func flooring(dividedBy divisor: Int) -> Int {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}
