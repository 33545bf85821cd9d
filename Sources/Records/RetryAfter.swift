public import Foundation

/// The header `Retry-After` (RFC 9110, 10.2.3): when a server wants to be asked again.
public enum RetryAfter {
  /// Seconds from `now`: a count, or an HTTP date; nil where the text is neither. Never negative.
  public static func seconds(_ text: String, now: Date) -> TimeInterval? {
    let text = text.trimmingCharacters(in: .whitespaces)
    if !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (48...57).contains($0) }) { return TimeInterval(text) }
    let form = Date.VerbatimFormatStyle(
      format:
        "\(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT",
      locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
    return (try? form.parseStrategy.parse(text)).map { max(0, $0.timeIntervalSince(now)) }
  }
}
