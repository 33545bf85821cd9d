internal import Files

extension String {
  /// A string of exactly these scalars.
  static func fromScalars(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
}

/// Python's operations on text, over Unicode scalars: nothing here knows of grapheme clusters or canonical equivalence.
enum TemplateText {
  static func strip(_ text: String, _ characters: String?, left: Bool = true, right: Bool = true) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func drops(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
    var scalars = text.unicodeScalars[...]
    if left { scalars = scalars.drop(while: drops) }
    if right { while let last = scalars.last, drops(last) { scalars.removeLast() } }
    return String(Substring(scalars))
  }

  static func starts(_ text: String, with prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

  static func ends(_ text: String, with suffix: String) -> Bool { text.utf8.reversed().starts(with: suffix.utf8.reversed()) }

  static func contains(_ text: String, _ part: String) -> Bool {
    part.isEmpty || firstRange(of: Array(part.utf8), in: Array(text.utf8), from: 0) != nil
  }

  /// Place of the first occurrence in scalars; -1 if there is none.
  static func find(_ text: String, _ part: String) -> Int {
    let bytes = Array(text.utf8)
    guard let place = firstRange(of: Array(part.utf8), in: bytes, from: 0) else { return -1 }
    return bytes[..<place].count { $0 & 0xC0 != 0x80 }
  }

  /// Place of the last occurrence in scalars; -1 if there is none.
  static func findLast(_ text: String, _ part: String) -> Int {
    let found = find(.fromScalars(text.unicodeScalars.reversed()), .fromScalars(part.unicodeScalars.reversed()))
    return found < 0 ? -1 : text.unicodeScalars.count - found - part.unicodeScalars.count
  }

  /// How often `part` occurs, occurrences not overlapping.
  static func count(_ text: String, _ part: String) -> Int {
    let bytes = Array(text.utf8)
    let wanted = Array(part.utf8)
    if wanted.isEmpty { return text.unicodeScalars.count + 1 }
    var found = 0
    var place = 0
    while let next = firstRange(of: wanted, in: bytes, from: place) {
      found += 1
      place = next + wanted.count
    }
    return found
  }

  /// `text.replace(old, new)`; at most `limit` times if it is not negative. An empty `old` stands before every character and at the end.
  static func replace(_ text: String, _ old: String, _ new: String, limit: Int = -1) -> String {
    if old.isEmpty {
      var out = ""
      var left = limit
      for scalar in text.unicodeScalars {
        if left != 0 { out += new }
        left -= left > 0 ? 1 : 0
        out.unicodeScalars.append(scalar)
      }
      return left != 0 ? out + new : out
    }
    let bytes = Array(text.utf8)
    let wanted = Array(old.utf8)
    var out: [UInt8] = []
    var place = 0
    var left = limit
    while left != 0, let next = firstRange(of: wanted, in: bytes, from: place) {
      out += bytes[place..<next]
      out += new.utf8
      place = next + wanted.count
      left -= left > 0 ? 1 : 0
    }
    out += bytes[place...]
    return String(decoding: out, as: UTF8.self)
  }

  /// `text.split(separator)`, at most `limit` times if it is not negative.
  static func split(_ text: String, _ separator: String, limit: Int) -> [String] {
    let bytes = Array(text.utf8)
    let wanted = Array(separator.utf8)
    var parts: [String] = []
    var place = 0
    while limit < 0 || parts.count < limit, let next = firstRange(of: wanted, in: bytes, from: place) {
      parts.append(String(decoding: bytes[place..<next], as: UTF8.self))
      place = next + wanted.count
    }
    parts.append(String(decoding: bytes[place...], as: UTF8.self))
    return parts
  }

  /// `text.rsplit(separator)`, at most `limit` times, counted from the right.
  static func splitFromRight(_ text: String, _ separator: String, limit: Int) -> [String] {
    let parts = split(text, separator, limit: -1)
    guard limit >= 0, parts.count > limit + 1 else { return parts }
    return [parts[..<(parts.count - limit)].joined(separator: separator)] + parts[(parts.count - limit)...]
  }

  /// `text.split()`: by runs of white space, empty parts left out.
  static func splitAtSpaces(_ text: String, limit: Int) -> [String] {
    var parts: [String] = []
    var rest = text.unicodeScalars.drop { $0.isPythonSpace }
    while !rest.isEmpty {
      if limit >= 0 && parts.count == limit {
        parts.append(String(Substring(rest)))
        break
      }
      let word = rest.prefix { !$0.isPythonSpace }
      parts.append(String(Substring(word)))
      rest = rest[word.endIndex...].drop { $0.isPythonSpace }
    }
    return parts
  }

  /// `text.splitlines()`
  static func lines(_ text: String, keepsEnds: Bool) -> [String] {
    let ends: Set<Unicode.Scalar> = ["\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}"]
    let scalars = Array(text.unicodeScalars)
    var lines: [String] = []
    var start = 0
    while start < scalars.count {
      var end = start
      while end < scalars.count, !ends.contains(scalars[end]) { end += 1 }
      var next = min(end + 1, scalars.count)
      if end + 1 < scalars.count, scalars[end] == "\r", scalars[end + 1] == "\n" { next = end + 2 }
      lines.append(.fromScalars(scalars[start..<(keepsEnds ? next : end)]))
      start = next
    }
    return lines
  }

  /// `text.rsplit()`: by runs of white space, at most `limit` times, counted from the right.
  static func splitAtSpacesFromRight(_ text: String, limit: Int) -> [String] {
    splitAtSpaces(.fromScalars(text.unicodeScalars.reversed()), limit: limit).reversed().map { .fromScalars($0.unicodeScalars.reversed()) }
  }

  /// `text.partition(separator)` and `text.rpartition(separator)`.
  static func partition(_ text: String, _ separator: String, fromRight: Bool) -> [String] {
    let parts = fromRight ? splitFromRight(text, separator, limit: 1) : split(text, separator, limit: 1)
    if parts.count == 2 { return [parts[0], separator, parts[1]] }
    return fromRight ? ["", "", text] : [text, "", ""]
  }

  /// `text.expandtabs(width)`: tabs to spaces up to the next multiple of `width` in the line.
  static func expandTabs(_ text: String, _ width: Int) -> String {
    var out = ""
    var column = 0
    for scalar in text.unicodeScalars {
      if scalar == "\t" {
        let spaces = width > 0 ? width - column % width : 0
        out += String(repeating: " ", count: spaces)
        column += spaces
      } else {
        out.unicodeScalars.append(scalar)
        column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
      }
    }
    return out
  }

  // MARK: - Letters

  static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// What Python's `repr` does not escape.
  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  private static func isTitleLetter(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .titlecaseLetter }

  /// Letters with case are there, and all of them are small.
  static func isLower(_ text: String) -> Bool {
    text.unicodeScalars.contains(where: \.properties.isLowercase) && !text.unicodeScalars.contains { $0.properties.isUppercase || isTitleLetter($0) }
  }

  static func isUpper(_ text: String) -> Bool {
    text.unicodeScalars.contains(where: \.properties.isUppercase) && !text.unicodeScalars.contains { $0.properties.isLowercase || isTitleLetter($0) }
  }

  /// Large letters begin the words, small ones go on, and there is at least one.
  static func isTitle(_ text: String) -> Bool {
    var (inWord, found) = (false, false)
    for scalar in text.unicodeScalars {
      if scalar.properties.isUppercase || isTitleLetter(scalar) {
        if inWord { return false }
        (inWord, found) = (true, true)
      } else if scalar.properties.isLowercase {
        if !inWord { return false }
        found = true
      } else {
        inWord = false
      }
    }
    return found
  }

  static func upper(_ text: String) -> String { text.unicodeScalars.reduce(into: "") { $0 += $1.properties.uppercaseMapping } }

  static func lower(_ text: String) -> String { change(text) { _ in .small } }

  /// First letter large, the others small.
  static func capitalize(_ text: String) -> String {
    var isFirst = true
    return change(text) { _ in
      defer { isFirst = false }
      return isFirst ? .title : .small
    }
  }

  /// Every run of letters capitalized, as Python's `str.title`.
  static func title(_ text: String) -> String {
    var inWord = false
    return change(text) { scalar in
      defer { inWord = scalar.properties.isCased }
      return inWord ? .small : .title
    }
  }

  static func swapCase(_ text: String) -> String {
    change(text) { $0.properties.isUppercase ? .small : $0.properties.isLowercase ? .large : .same }
  }

  /// What becomes of a letter.
  private enum LetterCase { case small, large, title, same }

  /// Every scalar in the case that `wanted` gives it, in turn. A small sigma at the end of a word has its own form, which depends on its neighbours.
  private static func change(_ text: String, _ wanted: (Unicode.Scalar) -> LetterCase) -> String {
    let scalars = Array(text.unicodeScalars)
    var out = ""
    for (place, scalar) in scalars.enumerated() {
      switch wanted(scalar) {
      case .small where scalar == "\u{3A3}": out += isFinal(place, in: scalars) ? "\u{3C2}" : "\u{3C3}"
      case .small: out += scalar.properties.lowercaseMapping
      case .large: out += scalar.properties.uppercaseMapping
      case .title: out += scalar.properties.titlecaseMapping
      case .same: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// Whether a letter with case stands before `place` and none after it (Unicode's Final_Sigma).
  private static func isFinal(_ place: Int, in scalars: [Unicode.Scalar]) -> Bool {
    let before = scalars[..<place].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(place + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased ?? false && !(after?.properties.isCased ?? false)
  }

  // MARK: - Private

  /// Place of `wanted` in `bytes`. UTF-8 lets bytes be searched for: no character's bytes begin within another's.
  ///
  /// Linear for every text (Knuth, Morris and Pratt 1977): a template may look for what almost repeats.
  private static func firstRange(of wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard !wanted.isEmpty, bytes.count - start >= wanted.count else { return wanted.isEmpty && start <= bytes.count ? start : nil }
    guard wanted.count > 1 else { return bytes[start...].firstIndex(of: wanted[0]) }
    // How much of `wanted` still matches when the byte after a match of this length does not.
    var fallback = [Int](repeating: 0, count: wanted.count)
    var matched = 0
    for place in 1..<wanted.count {
      while matched > 0, wanted[place] != wanted[matched] { matched = fallback[matched - 1] }
      matched += wanted[place] == wanted[matched] ? 1 : 0
      fallback[place] = matched
    }
    matched = 0
    for place in start..<bytes.count {
      while matched > 0, bytes[place] != wanted[matched] { matched = fallback[matched - 1] }
      matched += bytes[place] == wanted[matched] ? 1 : 0
      if matched == wanted.count { return place - wanted.count + 1 }
    }
    return nil
  }
}
