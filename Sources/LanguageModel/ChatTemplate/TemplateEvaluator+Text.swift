internal import Files
internal import Foundation

// The methods of Python's `str`.
extension TemplateEvaluator {
  static let textMethods: Set<String> = [
    "capitalize", "center", "count", "endswith", "expandtabs", "find", "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal",
    "isdigit", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition",
    "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith",
    "strip", "swapcase", "title", "upper", "zfill",
  ]
  /// Methods of Python that are refused when they are called.
  static let refusedTextMethods: Set<String> = ["casefold", "encode", "isidentifier", "maketrans", "translate"]

  mutating func method(_ text: String, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    try spend(text.utf8.count, line)
    switch name {
    case "format", "format_map": return .string(try braceFormat(text, name, arguments, line))
    case "split", "rsplit": return try split(text, name, arguments, line)
    case "splitlines":
      let given = try Parameters(name: name, names: ["keepends"], required: 0).bind(arguments, line)
      return .list(TemplateList(TemplateText.lines(text, keepsEnds: try whole(given[0], 0, name, line) != 0).map(TemplateValue.string)))
    case "expandtabs":
      let width = try whole(try Parameters(name: name, names: ["tabsize"], required: 0).bind(arguments, line)[0], 8, name, line)
      try spend(text.utf8.count, times: max(width, 1), line)
      return .string(TemplateText.expandTabs(text, width))
    default: break
    }
    guard arguments.named.isEmpty else { throw problem(line, "\(name) of a str takes no named values") }
    let given = arguments.positional
    func take(_ counts: ClosedRange<Int>) throws(TemplateProblem) {
      guard counts.contains(given.count) else {
        throw problem(line, "\(name) of a str takes \(counts.lowerBound) to \(counts.upperBound) values, \(given.count) were given")
      }
    }
    switch name {
    case "strip", "lstrip", "rstrip":
      try take(0...1)
      let characters = try given.first.flatMap { $0.isNone ? nil : $0 }.map { (value) throws(TemplateProblem) in try self.text(value, name, line) }
      return .string(TemplateText.strip(text, characters, left: name != "rstrip", right: name != "lstrip"))
    case "find", "rfind", "index", "rindex", "count", "startswith", "endswith":
      try take(1...3)
      return try search(text, name, given, line)
    case "replace":
      try take(2...3)
      let limit = try whole(given.count > 2 ? given[2] : nil, -1, name, line)
      return try replace(text, try self.text(given[0], name, line), try self.text(given[1], name, line), limit: limit, line)
    case "join":
      try take(1...1)
      var parts: [String] = []
      for value in try iterate(given[0], line) { parts.append(try self.text(value, name, line)) }
      try spend(text.utf8.count, times: parts.count, line)
      try spend(parts.reduce(0) { $0.addingSaturated($1.utf8.count) }, line)
      return .string(parts.joined(separator: text))
    case "partition", "rpartition":
      try take(1...1)
      let separator = try self.text(given[0], name, line)
      guard !separator.isEmpty else { throw problem(line, "\(name) needs a separator that is not empty") }
      return .tuple(TemplateList(TemplateText.partition(text, separator, fromRight: name == "rpartition").map(TemplateValue.string)))
    case "removeprefix":
      try take(1...1)
      let prefix = try self.text(given[0], name, line)
      return .string(TemplateText.starts(text, with: prefix) ? String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : text)
    case "removesuffix":
      try take(1...1)
      let suffix = try self.text(given[0], name, line)
      return .string(TemplateText.ends(text, with: suffix) ? String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self) : text)
    case "center", "ljust", "rjust":
      try take(1...2)
      let fill = given.count > 1 ? Array(try self.text(given[1], name, line).unicodeScalars) : [" "]
      guard fill.count == 1 else { throw problem(line, "\(name) fills with one character") }
      return .string(try pad(text, try whole(given[0], 0, name, line), name == "center" ? .center : name == "ljust" ? .right : .left, fill[0], line))
    case "zfill":
      try take(1...1)
      let sign = text.unicodeScalars.first.map { $0 == "+" || $0 == "-" } ?? false
      let body = sign ? String(Substring(text.unicodeScalars.dropFirst())) : text
      let filled = try pad(body, (try whole(given[0], 0, name, line)).addingSaturated(sign ? -1 : 0), .left, "0", line)
      return .string(sign ? String(text.unicodeScalars.first ?? "-") + filled : filled)
    default:
      try take(0...0)
      guard let value = Self.simple(text, name) else { throw problem(line, "the method \(name) of a str is not understood") }
      return value
    }
  }

  /// Methods without arguments.
  private static func simple(_ text: String, _ name: String) -> TemplateValue? {
    let scalars = text.unicodeScalars
    func all(_ holds: (Unicode.Scalar) -> Bool) -> TemplateValue { .bool(!scalars.isEmpty && scalars.allSatisfy(holds)) }
    switch name {
    case "upper": return .string(TemplateText.upper(text))
    case "lower": return .string(TemplateText.lower(text))
    case "capitalize": return .string(TemplateText.capitalize(text))
    case "title": return .string(TemplateText.title(text))
    case "swapcase": return .string(TemplateText.swapCase(text))
    case "isascii": return .bool(scalars.allSatisfy(\.isASCII))
    case "isprintable": return .bool(scalars.allSatisfy(TemplateText.isPrintable))
    case "isspace": return all(\.isPythonSpace)
    case "isalpha": return all(TemplateText.isLetter)
    case "isdecimal": return all { $0.properties.numericType == .decimal }
    case "isdigit": return all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
    case "isnumeric": return all { $0.properties.numericType != nil }
    case "isalnum": return all { TemplateText.isLetter($0) || $0.properties.numericType != nil }
    case "islower": return .bool(TemplateText.isLower(text))
    case "isupper": return .bool(TemplateText.isUpper(text))
    case "istitle": return .bool(TemplateText.isTitle(text))
    default: return nil
    }
  }

  private mutating func split(_ text: String, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let given = try Parameters(name: name, names: ["sep", "maxsplit"], required: 0).bind(arguments, line)
    let limit = try whole(given[1], -1, name, line)
    try spend(text.utf8.count * 2, line)
    guard let separator = given[0], !separator.isNone else {
      let parts = name == "split" ? TemplateText.splitAtSpaces(text, limit: limit) : TemplateText.splitAtSpacesFromRight(text, limit: limit)
      return .list(TemplateList(parts.map(TemplateValue.string)))
    }
    let wanted = try self.text(separator, name, line)
    guard !wanted.isEmpty else { throw problem(line, "\(name) needs a separator that is not empty") }
    let parts = name == "split" ? TemplateText.split(text, wanted, limit: limit) : TemplateText.splitFromRight(text, wanted, limit: limit)
    return .list(TemplateList(parts.map(TemplateValue.string)))
  }

  /// Methods that look for text between two bounds.
  private mutating func search(_ text: String, _ name: String, _ given: [TemplateValue], _ line: Int) throws(TemplateProblem) -> TemplateValue {
    func bound(_ place: Int) throws(TemplateProblem) -> Int? {
      guard place < given.count, !given[place].isNone else { return nil }
      return try whole(given[place], 0, name, line)
    }
    let (start, end) = (try bound(1), try bound(2))
    let scalars = Array(text.unicodeScalars)
    let isBounded = start != nil || end != nil
    let part = Self.cut(scalars.count, start, end)
    let here = isBounded ? String.fromScalars(scalars[part]) : text
    // A start beyond the end finds nothing, not even the empty text.
    let isBeyond =
      (start ?? 0) > scalars.count
      || isBounded && (end.map { $0 < 0 ? scalars.count + max($0, -scalars.count) : $0 } ?? scalars.count) < part.lowerBound
    if name == "startswith" || name == "endswith" {
      let candidates: [TemplateValue] = if case .tuple(let list) = given[0] { list.values } else { [given[0]] }
      for candidate in candidates {
        let wanted = try self.text(candidate, name, line)
        if !isBeyond, name == "startswith" ? TemplateText.starts(here, with: wanted) : TemplateText.ends(here, with: wanted) { return .bool(true) }
      }
      return .bool(false)
    }
    let wanted = try self.text(given[0], name, line)
    if name == "count" { return .int(isBeyond ? 0 : TemplateText.count(here, wanted)) }
    let found = isBeyond ? -1 : name.hasPrefix("r") ? TemplateText.findLast(here, wanted) : TemplateText.find(here, wanted)
    guard found >= 0 || name.hasSuffix("find") else { throw problem(line, "\(described(given[0])) is not in the str") }
    return .int(found < 0 ? -1 : found + part.lowerBound)
  }

  /// Where padding goes.
  enum Padding { case left, right, center }

  mutating func pad(_ text: String, _ width: Int, _ padding: Padding, _ fill: Unicode.Scalar, _ line: Int) throws(TemplateProblem) -> String {
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    try spend(missing.addingSaturated(missing).addingSaturated(missing).addingSaturated(missing), line)
    // Python's centre leans to the left when both numbers are odd.
    let left =
      switch padding {
      case .left: missing
      case .right: 0
      case .center: missing / 2 + (missing & width & 1)
      }
    func filled(_ count: Int) -> String { String(repeating: String(fill), count: count) }
    return filled(left) + text + filled(missing - left)
  }
}
