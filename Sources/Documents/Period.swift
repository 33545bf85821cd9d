package import Foundation

/// A length of time as files write it: whole numbers with units, largest first: `30m`, `12h`, `1d12h`, `2w`.
///
/// A day is 24 hours and a week 7 days; months and years have no fixed length and are not units.
package struct Period: Sendable, Hashable, Comparable {
  /// At least 0.
  package var seconds: Int

  package init(seconds: Int) { self.seconds = seconds }

  package static let zero = Period(seconds: 0)
  package var timeInterval: TimeInterval { TimeInterval(seconds) }

  package static func < (a: Period, b: Period) -> Bool { a.seconds < b.seconds }

  private static let units: [(letter: Unicode.Scalar, seconds: Int)] = [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
  /// Ten years: longer is a slip of the pen, and sums stay far from overflow.
  package static let limit = Period(seconds: 3_650 * 86_400)

  /// Reads `text`, or says what is wrong with it.
  package init(parsing text: String) throws(MalformedDuration) {
    if text == "0" {
      self.init(seconds: 0)
      return
    }
    guard !text.isEmpty else { throw MalformedDuration("a duration is empty", hint: "write for example 30m, 12h or 2d") }
    var total = 0
    var digits = ""
    var smallest = Int.max
    for scalar in text.unicodeScalars {
      if ("0"..."9").contains(scalar) {
        digits.unicodeScalars.append(scalar)
        continue
      }
      guard let unit = Self.units.first(where: { $0.letter == scalar }) else {
        throw MalformedDuration(
          "duration \"\(text)\" has \"\(scalar)\" where a unit is expected", hint: "units are s, m, h, d and w: 30m, 12h, 1d12h")
      }
      guard let number = Int(digits) else {
        throw MalformedDuration("duration \"\(text)\" has no number before \"\(scalar)\"", hint: "write for example 30m, 12h or 2d")
      }
      guard unit.seconds < smallest else {
        throw MalformedDuration("duration \"\(text)\" does not go from large to small units", hint: "write each unit once, largest first: 1d12h")
      }
      let (product, overflowed) = number.multipliedReportingOverflow(by: unit.seconds)
      guard !overflowed, product <= Self.limit.seconds, total + product <= Self.limit.seconds else {
        throw MalformedDuration("duration \"\(text)\" is longer than ten years", hint: nil)
      }
      (total, smallest, digits) = (total + product, unit.seconds, "")
    }
    guard digits.isEmpty else {
      throw MalformedDuration("duration \"\(text)\" has no unit after \(digits)", hint: "write \(text)s, \(text)m, \(text)h or \(text)d")
    }
    self.init(seconds: total)
  }
}

extension Period: CustomStringConvertible {
  package var description: String {
    guard seconds > 0 else { return "0s" }
    var rest = seconds
    var text = ""
    for unit in Self.units where rest >= unit.seconds {
      // Weeks are read but not written: people count incidents in days.
      if unit.letter == "w" { continue }
      text += "\(rest / unit.seconds)\(unit.letter)"
      rest %= unit.seconds
    }
    return text
  }
}

/// Text that is no duration; the words of the fault, without its place.
package struct MalformedDuration: Error, Hashable {
  package var message: String
  package var hint: String?

  init(_ message: String, hint: String?) {
    self.message = message
    self.hint = hint
  }
}
