/// A regular expression over module paths, as Python's `re` reads it: what `target_modules`, `rank_pattern` and their kin are written in.
///
/// Read are literals, `.`, classes, groups (named too), `|`, greedy and lazy quantifiers, `^ $ \A \Z \b \B`, the classes `\d \w \s` and lookaheads. What depends on text
/// matched before (back-references), looks behind or changes how the rest is read (flags) is refused by name.
public struct PathPattern: Sendable, Hashable {
  private let regex: Regex

  /// - Throws: `RegexFault`
  public init(_ text: String) throws(RegexFault) {
    regex = try Regex(text, .python)
  }

  /// The text it was made from.
  public var text: String { regex.pattern }

  /// `re.fullmatch`
  public func matchesWhole(_ path: String) -> Bool { regex.end(in: Array(path.unicodeScalars), wholly: true) != nil }

  /// `re.match`: the path begins with it.
  public func matchesStart(_ path: String) -> Bool { regex.end(in: Array(path.unicodeScalars), wholly: false) != nil }

  /// The number that stands behind what `re.match` finds.
  func number(after path: String) -> Int? {
    let scalars = Array(path.unicodeScalars)
    return regex.end(in: scalars, wholly: false).flatMap { end in
      Int(String(String.UnicodeScalarView(scalars[end...].prefix { ScalarSet.digit.contains($0) })))
    }
  }

  public static func == (a: PathPattern, b: PathPattern) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
  public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
