import Documents

/// The measures that exist, as far as rules need to know: names, and where their values can lie.
///
/// An input of the checker, so that this target need not know how anything is measured.
package struct MeasureNames: Sendable {
  package struct Entry: Sendable, Hashable {
    package var name: String
    /// Where `value` always lies; nil when it may be any number.
    package var range: ClosedRange<Double>?

    package init(_ name: String, range: ClosedRange<Double>? = nil) {
      self.name = name
      self.range = range
    }
  }

  package var entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// Suites are named by their files, so any `suite.NAME.METRIC` is known.
  static let suitePrefix = "suite."

  /// The entries a pattern names; suites are taken at their word, with values of any size.
  func entries(matching pattern: MeasurePattern) -> [Entry] {
    if pattern.text.hasPrefix(Self.suitePrefix) { return pattern.parts.count >= 3 ? [Entry(pattern.text)] : [] }
    return entries.filter { pattern.matches($0.name) }
  }

  /// The smallest range that holds every value the pattern's measures can have.
  func range(of pattern: MeasurePattern) -> ClosedRange<Double>? {
    let ranges = entries(matching: pattern).map(\.range)
    guard let first = ranges.first, var union = first else { return nil }
    for range in ranges.dropFirst() {
      guard let range else { return nil }
      union = min(union.lowerBound, range.lowerBound)...max(union.upperBound, range.upperBound)
    }
    return union
  }

  /// How to mend a name that is not known.
  func hint(for pattern: MeasurePattern) -> String {
    if pattern.text.hasPrefix(Self.suitePrefix) || pattern.text == "suite" { return "a suite's measure is suite.NAME.METRIC" }
    return Guess.hint(for: pattern.text, among: entries.map(\.name))
  }
}

/// A measure's name in which `*` stands for exactly one part between dots.
package struct MeasurePattern: Sendable, Hashable, CustomStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }

  var parts: [Substring] { text.split(separator: ".", omittingEmptySubsequences: false) }
  package var description: String { text }
  /// Whether it names one measure only.
  var isExact: Bool { !parts.contains("*") }

  package func matches(_ name: String) -> Bool {
    if name == text { return true }
    let mine = parts
    let theirs = name.split(separator: ".", omittingEmptySubsequences: false)
    return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0 == "*" || $0 == $1 }
  }
}
