internal import Files

internal import Foundation

// Filters that make one value of one value. Those that go through lists are in `TemplateEvaluator+Lists.swift`.
extension TemplateEvaluator {
  /// Every filter, its parameters after the value, and how many of them it needs; nil for those that take anything.
  static let filters: [String: Parameters?] = {
    func takes(_ names: String..., required: Int = 0) -> Parameters? { Parameters(name: "", names: names, required: required) }
    let table: [(String, Parameters?)] = [
      ("abs", takes()), ("attr", takes("name", required: 1)), ("batch", takes("linecount", "fill_with", required: 1)), ("capitalize", takes()),
      ("center", takes("width")), ("count", takes()), ("d", takes("default_value", "boolean")), ("default", takes("default_value", "boolean")),
      ("dictsort", takes("case_sensitive", "by", "reverse")), ("filesizeformat", takes("binary")), ("first", takes()), ("float", takes("default")),
      ("format", nil), ("groupby", takes("attribute", "default", "case_sensitive", required: 1)), ("indent", takes("width", "first", "blank")),
      ("int", takes("default", "base")), ("items", takes()), ("join", takes("d", "attribute")), ("last", takes()), ("length", takes()),
      ("list", takes()), ("lower", takes()), ("map", nil), ("max", takes("case_sensitive", "attribute")),
      ("min", takes("case_sensitive", "attribute")),
      ("reject", nil), ("rejectattr", nil), ("replace", takes("old", "new", "count", required: 2)), ("reverse", takes()),
      ("round", takes("precision", "method")), ("safe", takes()), ("select", nil), ("selectattr", nil),
      ("slice", takes("slices", "fill_with", required: 1)), ("sort", takes("reverse", "case_sensitive", "attribute")), ("string", takes()),
      ("sum", takes("attribute", "start")), ("title", takes()), ("tojson", takes("ensure_ascii", "indent", "separators", "sort_keys")),
      ("trim", takes("chars")), ("truncate", takes("length", "killwords", "end", "leeway")), ("unique", takes("case_sensitive", "attribute")),
      ("upper", takes()), ("urlencode", takes()), ("wordcount", takes()),
    ]
    return Dictionary(uniqueKeysWithValues: table)
  }()
  /// Filters of Jinja that are refused when they are reached: HTML, chance, and Python's own line breaking.
  static let refusedFilters: Set<String> = ["e", "escape", "forceescape", "pprint", "random", "striptags", "urlize", "wordwrap", "xmlattr"]

  mutating func filter(_ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue
  {
    guard let parameters = Self.filters[name] else { throw problem(line, "the filter \(name) is not understood") }
    try spend(value.weight, line)
    guard var parameters else { return try openFilter(value, name, arguments, line) }
    parameters = Parameters(name: name, names: parameters.names, required: parameters.required)
    let given = try parameters.bind(arguments, line)
    switch name {
    case "default", "d": return value.isUndefined || (given[1]?.isTrue ?? false) && !value.isTrue ? given[0] ?? .string("") : value
    case "tojson": return .string(try json(value, given, line))
    case "abs": return try absolute(value, line)
    case "attr": return try attr(value, try text(given[0], name, line), line)
    case "int": return try toWhole(value, given, line)
    case "float": return try toDouble(value, given[0] ?? .double(0), line)
    case "round": return try round(value, given, line)
    case "length", "count":
      guard let count = value.count else { throw problem(line, "\(described(value)) has no length") }
      return .int(count)
    case "indent": return .string(try indent(try text(value, name, line), given, line))
    case "truncate": return try truncate(value, given, line)
    case "filesizeformat": return .string(try fileSize(value, isBinary: given[0]?.isTrue ?? false, line))
    case "urlencode": return .string(try urlEncode(value, line))
    case "string", "safe", "trim", "upper", "lower", "capitalize", "title", "center", "replace", "wordcount":
      return try textFilter(try printed(value, line), name, given, line)
    default: return try listFilter(value, name, given, arguments, line)
    }
  }

  /// Filters that take the arguments of something else.
  private mutating func openFilter(
    _ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    guard name == "format" else { return .iterator(TemplateIterator(value, .each(filter: name, arguments))) }
    guard arguments.positional.isEmpty || arguments.named.isEmpty else { throw problem(line, "format takes values by place or by name, not both") }
    var members = TemplateDictionary()
    for (name, value) in arguments.named { members.set(.string(name), value) }
    let values: TemplateValue = arguments.named.isEmpty ? .tuple(TemplateList(arguments.positional)) : .dictionary(members)
    return .string(try percentFormat(try printed(value, line), values, line))
  }

  private mutating func textFilter(
    _ text: String, _ name: String, _ given: [TemplateValue?], _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    switch name {
    case "safe": return .safe(text)
    case "trim":
      let characters = try given[0].flatMap { $0.isNone ? nil : $0 }.map { (value) throws(TemplateProblem) in try self.text(value, name, line) }
      return .string(TemplateText.strip(text, characters))
    case "upper": return .string(TemplateText.upper(text))
    case "lower": return .string(TemplateText.lower(text))
    case "capitalize": return .string(TemplateText.capitalize(text))
    case "title": return .string(Self.title(text))
    case "center": return .string(try pad(text, try whole(given[0], 80, name, line), .center, " ", line))
    case "replace":
      let old = try printed(given[0] ?? .none, line)
      let new = try printed(given[1] ?? .none, line)
      return try replace(text, old, new, limit: try whole(given[2].flatMap { $0.isNone ? nil : $0 }, -1, name, line), line)
    case "wordcount":
      let isWord = { (scalar: Unicode.Scalar) in scalar == "_" || TemplateText.isLetter(scalar) || scalar.properties.numericType != nil }
      return .int(text.unicodeScalars.split(whereSeparator: { !isWord($0) }).count)
    default: return .string(text)
    }
  }

  // MARK: - Text

  /// Jinja's `title`: what follows white space, a hyphen or an opening bracket is large.
  private static func title(_ text: String) -> String {
    var out = ""
    var word: [Unicode.Scalar] = []
    func close() {
      guard let first = word.first else { return }
      out += first.properties.uppercaseMapping + TemplateText.lower(.fromScalars(word.dropFirst()))
      word = []
    }
    for scalar in text.unicodeScalars {
      if scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar) {
        close()
        out.unicodeScalars.append(scalar)
      } else {
        word.append(scalar)
      }
    }
    close()
    return out
  }

  /// Jinja's `indent(width=4, first=false, blank=false)`.
  private mutating func indent(_ text: String, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> String {
    let margin: String
    if case .string(let text)? = given[0] {
      margin = text
    } else {
      let width = try whole(given[0], 4, "indent", line)
      try spend(width, line)
      margin = String(repeating: " ", count: max(width, 0))
    }
    let indentsBlank = given[2]?.isTrue ?? false
    var lines = TemplateText.lines(text + "\n", keepsEnds: false)
    try spend(margin.utf8.count, times: lines.count + 1, line)
    for place in lines.indices.dropFirst() where indentsBlank || !lines[place].isEmpty { lines[place] = margin + lines[place] }
    return (given[1]?.isTrue ?? false ? margin : "") + lines.joined(separator: "\n")
  }

  /// Jinja's `truncate(length=255, killwords=false, end="...", leeway=5)`.
  private func truncate(_ value: TemplateValue, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> TemplateValue {
    // Numbers are only compared with until something is cut off.
    let length = given[0] ?? .int(255)
    let leeway = given[3].flatMap { $0.isNone ? nil : $0 } ?? .int(5)
    let end = try given[2].map { (value) throws(TemplateProblem) in try text(value, "truncate", line) } ?? "..."
    guard let most = length.number, let spare = leeway.number, most >= Double(end.unicodeScalars.count), spare >= 0 else {
      throw problem(line, "truncate needs room for \"\(end)\" and a leeway that is not negative")
    }
    // What is short enough stays as it is, text or not.
    if let count = value.count, Double(count) <= most + spare { return value }
    let whole = try whole(length, 0, "truncate", line)
    let kept = String.fromScalars(try text(value, "truncate", line).unicodeScalars.prefix(whole - end.unicodeScalars.count))
    return .string((given[1]?.isTrue ?? false ? kept : TemplateText.splitFromRight(kept, " ", limit: 1)[0]) + end)
  }

  /// Text for a URL's path; pairs for its query.
  private mutating func urlEncode(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> String {
    func quoted(_ text: String, isQuery: Bool) -> String {
      let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~".utf8)
      return text.utf8.reduce(into: "") { out, byte in
        if plain.contains(byte) || byte == UInt8(ascii: "/") && !isQuery {
          out.unicodeScalars.append(Unicode.Scalar(byte))
        } else if byte == UInt8(ascii: " ") && isQuery {
          out += "+"
        } else {
          out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      }
    }
    if value.isString || value.elements == nil { return quoted(try printed(value, line), isQuery: false) }
    var pairs: [TemplateValue]
    if case .dictionary(let dictionary) = value { pairs = dictionary.pairs } else { pairs = try iterate(value, line) }
    var parts: [String] = []
    for pair in pairs {
      let both = try iterate(pair, line)
      guard both.count == 2 else { throw problem(line, "urlencode needs pairs, found \(described(pair))") }
      parts.append(quoted(try printed(both[0], line), isQuery: true) + "=" + quoted(try printed(both[1], line), isQuery: true))
    }
    return parts.joined(separator: "&")
  }

  /// The `attr` filter: an attribute, never a member.
  private mutating func attr(_ value: TemplateValue, _ name: String, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if case .dictionary = value, !Self.hasMethod(value, name) { return .undefined("a dict has no attribute \"\(name)\"") }
    return try attribute(value, name, line)
  }

  // MARK: - JSON

  private mutating func json(_ value: TemplateValue, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> String {
    var indent: String?
    switch given[1] {
    case nil, TemplateValue.none?: break
    case .string(let text)?: indent = text
    case let width?:
      let width = try whole(width, 0, "tojson", line)
      try spend(width, times: value.weight, line)
      indent = String(repeating: " ", count: max(width, 0))
    }
    if let indent { try spend(indent.utf8.count, times: value.weight, line) }
    var writer = TemplateJSON(indent: indent)
    writer.escapesNonASCII = given[0]?.isTrue ?? false
    writer.sortsKeys = given[3]?.isTrue ?? false
    if let separators = given[2], !separators.isNone {
      let pair = try iterate(separators, line)
      guard pair.count == 2 else { throw problem(line, "tojson needs two separators") }
      writer.itemSeparator = try text(pair[0], "tojson", line)
      writer.keySeparator = try text(pair[1], "tojson", line)
    }
    var unwritable: String?
    let text = writer.text(value, &unwritable)
    if let unwritable { throw problem(line, "tojson cannot write \(unwritable)") }
    try spend(text.utf8.count, line)
    return text
  }
}
