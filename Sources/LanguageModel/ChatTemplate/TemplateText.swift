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
  /// White space as Python's `str.isspace` has it: Unicode's, and the four information separators.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x80 { return scalar == " " || (0x09...0x0D).contains(scalar.value) || (0x1C...0x1F).contains(scalar.value) }
    return scalar.properties.isWhitespace
  }

  static func strip(_ text: String, _ characters: String?, left: Bool = true, right: Bool = true) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func drops(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? isSpace(scalar) }
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
    var rest = text.unicodeScalars.drop(while: isSpace)
    while !rest.isEmpty {
      if limit >= 0 && parts.count == limit {
        parts.append(String(Substring(rest)))
        break
      }
      let word = rest.prefix { !isSpace($0) }
      parts.append(String(Substring(word)))
      rest = rest[word.endIndex...].drop(while: isSpace)
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

  static func upper(_ text: String) -> String { text.unicodeScalars.reduce(into: "") { $0 += $1.properties.uppercaseMapping } }

  static func lower(_ text: String) -> String { text.unicodeScalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping } }

  /// First letter large, the others small.
  static func capitalize(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping + lower(String(Substring(text.unicodeScalars.dropFirst())))
  }

  /// Every run of letters capitalized, as Python's `str.title`.
  static func title(_ text: String) -> String {
    var out = ""
    var inWord = false
    for scalar in text.unicodeScalars {
      out += inWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      inWord = scalar.properties.isCased
    }
    return out
  }

  /// Place of `wanted` in `bytes`. UTF-8 lets bytes be searched for: no character's bytes begin within another's.
  private static func firstRange(of wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard !wanted.isEmpty, bytes.count >= wanted.count else { return wanted.isEmpty && start <= bytes.count ? start : nil }
    var place = start
    let last = bytes.count - wanted.count
    while place <= last {
      if bytes[place] == wanted[0], bytes[place..<(place + wanted.count)].elementsEqual(wanted) { return place }
      place += 1
    }
    return nil
  }
}
