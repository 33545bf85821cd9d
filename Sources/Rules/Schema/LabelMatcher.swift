package import Records

/// A demand on one label of a slice, with Prometheus' four comparisons; an absent label counts as empty text.
///
/// In YAML the comparison is a prefix of the value: `region: north`, `region: "!=north"`, `region: "=~no.*|so.*"` (or `"~…"`), `region: "!~no.*"`.
/// Patterns match the whole value.
package struct LabelMatcher: Sendable, Hashable {
  package enum Comparison: String, Sendable, Hashable {
    case equal = "="
    case notEqual = "!="
    case matches = "=~"
    case matchesNot = "!~"
  }

  package var label: String
  package var comparison: Comparison
  package var value: String

  package init(label: String, comparison: Comparison = .equal, value: String) {
    self.label = label
    self.comparison = comparison
    self.value = value
  }

  /// Longer patterns are a mistake, and would be slow.
  static let patternLengthMax = 500

  /// Reads the value as written in a file. Throws a sentence when it is a pattern that cannot be compiled.
  init(label: String, written: String) throws(MalformedPattern) {
    let forms: [(prefix: String, comparison: Comparison)] = [
      ("=~", .matches), ("!~", .matchesNot), ("!=", .notEqual), ("~", .matches),
    ]
    guard let form = forms.first(where: { written.hasPrefix($0.prefix) }) else {
      self.init(label: label, value: written)
      return
    }
    let value = String(written.dropFirst(form.prefix.count))
    if form.comparison == .matches || form.comparison == .matchesNot {
      guard value.utf8.count <= Self.patternLengthMax else {
        throw MalformedPattern(message: "pattern for label \"\(label)\" is longer than \(Self.patternLengthMax) bytes")
      }
      do {
        _ = try Regex(value)
      } catch {
        throw MalformedPattern(message: "pattern \"\(value)\" for label \"\(label)\" cannot be read: \(error)")
      }
    }
    self.init(label: label, comparison: form.comparison, value: value)
  }

  package func matches(_ slice: Slice) -> Bool {
    let actual = slice.labels[label] ?? ""
    return switch comparison {
    case .equal: actual == value
    case .notEqual: actual != value
    case .matches: matchesPattern(actual)
    case .matchesNot: !matchesPattern(actual)
    }
  }

  // Regex is not Sendable, so a rule keeps the text and compiles on use: a handful of times an evaluation.
  private func matchesPattern(_ text: String) -> Bool {
    guard let pattern = try? Regex(value) else {
      preconditionFailure("a label matcher's pattern is compiled once when its file is checked, so it compiles: \(value)")
    }
    return text.wholeMatch(of: pattern.matchingSemantics(.unicodeScalar)) != nil
  }
}

extension LabelMatcher: CustomStringConvertible {
  package var description: String { "\(label)\(comparison.rawValue)\"\(value)\"" }
}

struct MalformedPattern: Error {
  var message: String
}
