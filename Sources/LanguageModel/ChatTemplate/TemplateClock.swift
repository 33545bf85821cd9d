internal import Foundation

/// The time of `strftime_now`: Python's `datetime.now().strftime`, which is C's `strftime` in the C locale for a time that knows no zone.
struct TemplateClock: Sendable {
  /// Seconds since 1970.
  private let seconds: Double
  /// Seconds that local time is ahead of UTC.
  private let offset: Int

  init(now: Date, offset: Int) {
    // Four-digit years: what Python's datetime can hold.
    let seconds = now.timeIntervalSince1970
    self.seconds = seconds.isFinite ? min(max(seconds, -62_135_510_400), 253_402_214_400) : 0
    self.offset = offset
  }

  /// Nil if the text would have more than `maximumBytes`: a directive can ask for padding.
  func text(_ format: String, maximumBytes: Int) -> String? {
    var time = time_t(seconds.rounded(.down)) + offset
    var parts = tm()
    gmtime_r(&time, &parts)
    // What C would take from the machine's zone, and what only Python knows. The point keeps an empty result apart from a full buffer.
    let micros = Int((seconds - seconds.rounded(.down)) * 1_000_000)
    let digits = String(micros)
    let expanded = "." + Self.expand(format, micros: String(repeating: "0", count: 6 - digits.utf8.count) + digits)
    var size = 256 + expanded.utf8.count * 4
    while size <= maximumBytes + 1024 {
      var buffer = [CChar](repeating: 0, count: size)
      let count = strftime(&buffer, size, expanded, &parts)
      if count > 0 { return String(decoding: buffer[1..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) }
      size *= 4
    }
    return nil
  }

  /// The format with `%f` written out and `%z` and `%Z` gone.
  private static func expand(_ format: String, micros: String) -> String {
    var out: [Unicode.Scalar] = []
    var rest = format.unicodeScalars.prefix { $0 != "\0" }
    while let scalar = rest.popFirst() {
      guard scalar == "%", let directive = rest.popFirst() else {
        out.append(scalar)
        continue
      }
      switch directive {
      case "f": out += micros.unicodeScalars
      case "z", "Z": break
      default: out += [scalar, directive]
      }
    }
    return String.fromScalars(out)
  }
}
