public import Foundation

/// ISO 8601 in UTC, the one spelling of time in Vigil's files, tables and API: `2026-01-15T08:00:00.000Z`.
public enum Timestamp {
  /// Text with milliseconds and a `Z`.
  public static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Text without fractions, for people: `2026-01-15 08:00`.
  public static func short(_ date: Date) -> String {
    let full = date.formatted(Date.ISO8601FormatStyle())
    return String(full.prefix(16)).replacing("T", with: " ")
  }

  /// The day alone: `2026-01-15`.
  public static func day(_ date: Date) -> String { String(date.formatted(Date.ISO8601FormatStyle()).prefix(10)) }

  /// Reads `2026-01-15T08:00:00Z`, with or without fractions and with any offset; `2026-01-15` is midnight UTC.
  public static func parse(_ text: String) -> Date? {
    if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) { return date }
    if let date = try? Date(text, strategy: Date.ISO8601FormatStyle()) { return date }
    if text.utf8.count == 10, let date = try? Date(text + "T00:00:00Z", strategy: Date.ISO8601FormatStyle()) { return date }
    return nil
  }
}
