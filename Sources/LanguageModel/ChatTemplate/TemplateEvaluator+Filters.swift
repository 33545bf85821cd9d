// The filters that chat templates use; Jinja's other filters are refused by name when one is reached.
extension TemplateEvaluator {
  mutating func filter(_ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue
  {
    try spend(value.weight, line)
    switch name {
    case "default", "d":
      let takesFalse = arguments[1, "boolean"]?.isTrue ?? false
      return value.isUndefined || (takesFalse && !value.isTrue) ? arguments[0, "default_value"] ?? .string("") : value
    case "tojson": return try json(value, arguments, line)
    case "string", "safe": return .string(value.text)
    case "trim":
      return .string(TemplateText.strip(value.text, try arguments[0, "chars"].map { (given) throws(TemplateProblem) in try text(given, name, line) }))
    case "upper": return .string(TemplateText.upper(value.text))
    case "lower": return .string(TemplateText.lower(value.text))
    case "capitalize": return .string(TemplateText.capitalize(value.text))
    case "title": return .string(Self.title(value.text))
    case "replace":
      return try replace(value.text, (arguments[0, "old"] ?? .none).text, (arguments[1, "new"] ?? .none).text, arguments[2, "count"], line)
    case "indent": return .string(Self.indent(value.text, arguments))
    case "length", "count": return .int(try length(value, line))
    case "int", "float": return Self.toNumber(value, isWhole: name == "int", fallback: arguments[0, "default"])
    case "abs":
      if let number = value.wholeNumber, number != .min { return .int(abs(number)) }
      guard let number = value.number else { throw problem(line, "abs needs a number, found \(described(value))") }
      return .double(abs(number))
    default: return try listFilter(value, name, arguments, line)
    }
  }

  private mutating func listFilter(
    _ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    switch name {
    case "items":
      if value.isUndefined { return .list([]) }
      guard case .dictionary(let dictionary) = value else { throw problem(line, "items needs a dictionary, found \(described(value))") }
      return .list(TemplateList(dictionary.pairs))
    case "list": return .list(TemplateList(try iterate(value, line)))
    case "first": return try iterate(value, line).first ?? .undefined("there is no first element")
    case "last": return try iterate(value, line).last ?? .undefined("there is no last element")
    case "reverse":
      if case .string(let text) = value { return .string(.fromScalars(text.unicodeScalars.reversed())) }
      return .list(TemplateList(try iterate(value, line).reversed()))
    case "join":
      var values = try iterate(value, line)
      if let attribute = arguments[1, "attribute"] { values = try self.attribute(of: values, attribute, nil, line) }
      return try join(values, with: (arguments[0, "d"] ?? .string("")).text, line)
    case "map": return try map(try iterate(value, line), arguments, line)
    case "select", "reject", "selectattr", "rejectattr": return try select(try iterate(value, line), name, arguments, line)
    case "sort", "unique", "dictsort", "min", "max": return try ordered(value, name, arguments, line)
    case "sum":
      var sum = arguments[1, "start"]?.wholeNumber ?? 0
      for item in try iterate(value, line) {
        guard let number = item.wholeNumber, !sum.addingReportingOverflow(number).overflow else { throw problem(line, "sum needs whole numbers") }
        sum += number
      }
      return .int(sum)
    default: throw problem(line, "the filter \(name) is not understood")
    }
  }

  private mutating func map(_ values: [TemplateValue], _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if arguments.positional.isEmpty, let attribute = arguments["attribute"] {
      return .list(TemplateList(try self.attribute(of: values, attribute, arguments["default"], line)))
    }
    let name = try text(arguments.positional.first, "map", line)
    let rest = TemplateCallValues(positional: Array(arguments.positional.dropFirst()), named: arguments.named)
    var result: [TemplateValue] = []
    for value in values {
      try step(line)
      result.append(try filter(value, name, rest, line))
    }
    return .list(TemplateList(result))
  }

  private mutating func select(
    _ values: [TemplateValue], _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    var positional = arguments.positional
    let attribute = name.hasSuffix("attr") && !positional.isEmpty ? positional.removeFirst() : nil
    let test = positional.isEmpty ? nil : try text(positional.removeFirst(), name, line)
    let rest = TemplateCallValues(positional: positional, named: arguments.named)
    var result: [TemplateValue] = []
    for value in values {
      try step(line)
      let looked = try attribute.map { (path) throws(TemplateProblem) in try self.attribute(of: [value], path, nil, line)[0] } ?? value
      let holds = try test.map { (test) throws(TemplateProblem) in try self.test(looked, test, rest, line) } ?? looked.isTrue
      if holds == name.hasPrefix("select") { result.append(value) }
    }
    return .list(TemplateList(result))
  }

  /// The attribute of every value; a path like `function.name` goes deeper. What is missing is undefined, or `fallback`.
  private func attribute(
    of values: [TemplateValue], _ path: TemplateValue, _ fallback: TemplateValue?, _ line: Int
  ) throws(TemplateProblem) -> [TemplateValue] {
    let parts: [TemplateValue] =
      if case .string(let text) = path { TemplateText.split(text, ".", limit: -1).map { Int($0).map(TemplateValue.int) ?? .string($0) } } else {
        [path]
      }
    var result: [TemplateValue] = []
    for value in values {
      var found = value
      for part in parts { found = try item(found, part, line) }
      result.append(found.isUndefined ? fallback ?? found : found)
    }
    return result
  }

  private mutating func ordered(
    _ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    let isDictionary = name == "dictsort"
    guard isDictionary == { if case .dictionary = value { isDictionary } else { false } }() else {
      throw problem(line, "dictsort needs a dictionary, found \(described(value))")
    }
    let keepsCase = arguments[isDictionary ? 0 : name == "sort" ? 1 : 0, "case_sensitive"]?.isTrue ?? false
    let reverses = arguments[isDictionary ? 2 : 0, "reverse"]?.isTrue ?? false
    var items: [TemplateValue]
    if isDictionary, case .dictionary(let dictionary) = value { items = dictionary.pairs } else { items = try iterate(value, line) }
    func key(_ item: TemplateValue) throws(TemplateProblem) -> TemplateValue {
      var key = item
      if isDictionary, case .tuple(let pair) = item {
        key = (arguments[1, "by"] ?? .string("key")) == .string("value") ? pair[1] : pair[0]
      } else if let path = arguments["attribute"] {
        key = try attribute(of: [item], path, nil, line)[0]
      }
      if case .string(let text) = key, !keepsCase { return .string(TemplateText.lower(text)) }
      return key
    }
    var keyed: [(key: TemplateValue, item: TemplateValue)] = []
    for item in items { keyed.append((try key(item), item)) }
    if name == "unique" {
      var seen: [TemplateValue] = []
      items = []
      for (key, item) in keyed {
        try step(line)
        if !seen.contains(key) {
          seen.append(key)
          items.append(item)
        }
      }
      return .list(TemplateList(items))
    }
    let sorted = try mergeSorted(keyed, isDescending: reverses && name != "min" && name != "max", line)
    switch name {
    case "min": return sorted.first?.item ?? .undefined("there is no smallest element")
    case "max": return sorted.last?.item ?? .undefined("there is no largest element")
    default: return .list(TemplateList(sorted.map(\.item)))
    }
  }

  /// A stable merge sort that can throw: values without an order are the template's fault, not ours.
  private mutating func mergeSorted(
    _ values: [(key: TemplateValue, item: TemplateValue)], isDescending: Bool, _ line: Int
  ) throws(TemplateProblem) -> [(key: TemplateValue, item: TemplateValue)] {
    guard values.count > 1 else { return values }
    let middle = values.count / 2
    let left = try mergeSorted(Array(values[..<middle]), isDescending: isDescending, line)
    let right = try mergeSorted(Array(values[middle...]), isDescending: isDescending, line)
    var result: [(key: TemplateValue, item: TemplateValue)] = []
    var (i, j) = (0, 0)
    while i < left.count && j < right.count {
      try step(line)
      let takesRight = isDescending ? try isLess(left[i].key, right[j].key, line) : try isLess(right[j].key, left[i].key, line)
      if takesRight {
        result.append(right[j])
        j += 1
      } else {
        result.append(left[i])
        i += 1
      }
    }
    return result + left[i...] + right[j...]
  }

  // MARK: - Small ones

  private mutating func json(_ value: TemplateValue, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    var indent: String?
    switch arguments[1, "indent"] {
    case .int(let width)?: indent = String(repeating: " ", count: min(max(width, 0), 64))
    case .string(let text)?: indent = text
    default: break
    }
    var writer = TemplateJSON(indent: indent)
    writer.escapesNonASCII = arguments[0, "ensure_ascii"]?.isTrue ?? false
    writer.sortsKeys = arguments[3, "sort_keys"]?.isTrue ?? false
    switch arguments[2, "separators"] {
    case .list(let pair)?, .tuple(let pair)?:
      guard pair.count == 2 else { throw problem(line, "tojson needs two separators") }
      writer.itemSeparator = pair[0].text
      writer.keySeparator = pair[1].text
    default: break
    }
    var unwritable: String?
    let text = writer.text(value, &unwritable)
    if let unwritable { throw problem(line, "tojson cannot write \(unwritable)") }
    try spend(text.utf8.count, line)
    return .string(text)
  }

  func length(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text): return text.unicodeScalars.count
    case .list(let values), .tuple(let values): return values.count
    case .dictionary(let dictionary): return dictionary.count
    default: throw problem(line, "\(described(value)) has no length")
    }
  }

  /// Python's `int()` and `float()` of a number or text; `fallback` (0) for what is neither.
  private static func toNumber(_ value: TemplateValue, isWhole: Bool, fallback: TemplateValue?) -> TemplateValue {
    let other = fallback ?? (isWhole ? .int(0) : .double(0))
    if let number = value.wholeNumber { return isWhole ? .int(number) : .double(Double(number)) }
    let trimmed = TemplateText.strip(value.text, nil)
    if isWhole, let number = Int(trimmed) { return .int(number) }
    guard let number = value.number ?? Double(trimmed) else { return other }
    if !isWhole { return .double(number) }
    return Int(exactly: number.rounded(.towardZero)).map(TemplateValue.int) ?? other
  }

  /// Jinja's `title`: what follows white space, a hyphen or an opening bracket is large.
  private static func title(_ text: String) -> String {
    var out = ""
    var begins = true
    for scalar in text.unicodeScalars {
      let separates = TemplateText.isSpace(scalar) || "-({[<".unicodeScalars.contains(scalar)
      out += separates ? String(scalar) : begins ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      begins = separates
    }
    return out
  }

  /// Jinja's `indent(width=4, first=false, blank=false)`.
  private static func indent(_ text: String, _ arguments: TemplateCallValues) -> String {
    let margin: String
    switch arguments[0, "width"] {
    case .string(let given)?: margin = given
    case let given: margin = String(repeating: " ", count: min(max(given?.wholeNumber ?? 4, 0), 1000))
    }
    let indentsBlank = arguments[2, "blank"]?.isTrue ?? false
    var lines = TemplateText.lines(text + "\n", keepsEnds: false)
    for place in lines.indices.dropFirst() where indentsBlank || !lines[place].isEmpty { lines[place] = margin + lines[place] }
    return (arguments[1, "first"]?.isTrue ?? false ? margin : "") + lines.joined(separator: "\n")
  }
}
