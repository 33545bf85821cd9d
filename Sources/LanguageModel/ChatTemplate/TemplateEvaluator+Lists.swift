// Filters that go through their value, and what `map` and `select` do with each element.
extension TemplateEvaluator {
  mutating func listFilter(
    _ value: TemplateValue, _ name: String, _ given: [TemplateValue?], _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    switch name {
    case "items", "batch", "slice", "unique": return .iterator(TemplateIterator(value, .whole(filter: name, arguments)))
    case "list": return .list(TemplateList(try iterate(value, line)))
    case "first": return try next(try iterator(over: value, line), line) ?? .undefined("there is no first element")
    case "last":
      guard let elements = value.elements else { throw problem(line, "\(described(value)) has no last element") }
      return elements.last ?? .undefined("there is no last element")
    case "reverse":
      if case .string(let text) = value { return .string(.fromScalars(text.unicodeScalars.reversed())) }
      // What has places is gone through backwards when it is used; an iterator becomes a list.
      if let elements = value.elements { return .iterator(TemplateIterator(values: elements.reversed(), depth: value.depth)) }
      return .list(TemplateList(try iterate(value, line).reversed()))
    case "join":
      var text = ""
      let separator = try printed(given[0] ?? .string(""), line)
      let path = given[1].flatMap { $0.isNone ? nil : $0 }
      for (place, item) in try iterate(value, line).enumerated() {
        let part = try printed(try path.map { (path) throws(TemplateProblem) in try self.attribute(of: item, path, nil, line) } ?? item, line)
        try spend(part.utf8.count + separator.utf8.count, line)
        if place > 0 { text += separator }
        text += part
      }
      return .string(text)
    case "sum":
      var sum = given[1] ?? .int(0)
      guard !sum.isString else { throw problem(line, "sum does not put texts together; join does") }
      let path = given[0].flatMap { $0.isNone ? nil : $0 }
      for item in try iterate(value, line) {
        let item = try path.map { (path) throws(TemplateProblem) in try self.attribute(of: item, path, nil, line) } ?? item
        sum = try arithmetic(.add, sum, item, line)
      }
      return sum
    case "dictsort": return try dictionarySort(value, given, line)
    case "sort":
      let keepsCase = given[1]?.isTrue ?? false
      var paths: [TemplateValue?] = [given[2]]
      if case .string(let text)? = given[2] { paths = TemplateText.split(text, ",", limit: -1).map(TemplateValue.string) }
      return try sorted(try iterate(value, line), reverses: given[0]?.isTrue ?? false, line) { (evaluator, item) throws(TemplateProblem) in
        var keys: [TemplateValue] = []
        for path in paths { keys.append(try evaluator.sortKey(item, path, nil, keepsCase: keepsCase, line)) }
        return .list(TemplateList(keys))
      }
    case "min", "max": return try extreme(value, name, given, line)
    case "groupby": return try grouped(value, given, line)
    default: throw problem(line, "the filter \(name) is not understood")
    }
  }

  /// The values of a filter that needs all before it gives the first.
  mutating func wholeFilter(
    _ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> [TemplateValue] {
    func given(_ place: Int, _ name: String) -> TemplateValue? { arguments[place, name].flatMap { $0.isNone ? nil : $0 } }
    switch name {
    case "items":
      if value.isUndefined { return [] }
      guard case .dictionary(let dictionary) = value else { throw problem(line, "items needs a dictionary, found \(described(value))") }
      return dictionary.pairs
    case "batch":
      let size = try whole(given(0, "linecount"), 0, name, line)
      var rows: [[TemplateValue]] = []
      for item in try iterate(value, line) {
        // A size that no row can have gives one row, as in Jinja; of 0, an empty row comes first.
        if rows.isEmpty || rows[rows.count - 1].count == size { rows.append([]) }
        if size == 0 && rows.count == 1 { rows.append([]) }
        rows[rows.count - 1].append(item)
      }
      if let fill = given(1, "fill_with"), let last = rows.last, last.count < size {
        try spend(16, times: size - last.count, line)
        rows[rows.count - 1] += repeatElement(fill, count: size - last.count)
      }
      return rows.map { .list(TemplateList($0)) }
    case "slice":
      let items = try iterate(value, line)
      let slices = try whole(given(0, "slices"), 0, name, line)
      guard slices != 0 else { throw problem(line, "slice needs a number of slices that is not 0") }
      try spend(16, times: slices, line)
      var (place, rows): (Int, [TemplateValue]) = (0, [])
      for number in 0..<max(slices, 0) {
        let isLonger = number < items.count % slices
        let end = place + items.count / slices + (isLonger ? 1 : 0)
        var row = Array(items[place..<end])
        if let fill = given(1, "fill_with"), !isLonger { row.append(fill) }
        rows.append(.list(TemplateList(row)))
        place = end
      }
      return rows
    default:
      let keepsCase = arguments[0, "case_sensitive"]?.isTrue ?? false
      var seen: Set<TemplateKey> = []
      var kept: [TemplateValue] = []
      for item in try iterate(value, line) {
        try step(line)
        let value = try sortKey(item, given(1, "attribute"), nil, keepsCase: keepsCase, line)
        guard let key = value.key else { throw problem(line, "unique cannot compare \(described(value))") }
        if seen.insert(key).inserted { kept.append(item) }
      }
      return kept
    }
  }

  // MARK: - map and select

  mutating func mapped(_ value: TemplateValue, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if arguments.positional.isEmpty, let path = arguments["attribute"] {
      if let other = arguments.named.first(where: { $0.name != "attribute" && $0.name != "default" }) {
        throw problem(line, "map has no parameter \(other.name)")
      }
      return try attribute(of: value, path, arguments["default"].flatMap { $0.isNone ? nil : $0 }, line)
    }
    let name = try text(arguments.positional.first, "map", line)
    return try filter(value, name, TemplateCallValues(positional: Array(arguments.positional.dropFirst()), named: arguments.named), line)
  }

  /// Whether `select`, `reject`, `selectattr` or `rejectattr` lets a value through.
  mutating func isSelected(_ value: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> Bool {
    var rest = arguments
    var looked = value
    if name.hasSuffix("attr") {
      guard !rest.positional.isEmpty else { throw problem(line, "\(name) needs the name of an attribute") }
      looked = try attribute(of: value, rest.positional.removeFirst(), nil, line)
    }
    let wants = name.hasPrefix("select")
    guard !rest.positional.isEmpty else { return looked.isTrue == wants }
    return try test(looked, try text(rest.positional.removeFirst(), name, line), rest, line) == wants
  }

  /// The attribute of a value; a path like `function.name` goes deeper. What is missing on the way is undefined, or `fallback`.
  mutating func attribute(
    of value: TemplateValue, _ path: TemplateValue, _ fallback: TemplateValue?, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    guard case .string(let text) = path else { return try look(value, path, fallback, line) }
    var found = value
    for part in TemplateText.split(text, ".", limit: -1) {
      let isNumber = !part.isEmpty && part.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
      found = try look(found, (isNumber ? Int(part) : nil).map(TemplateValue.int) ?? .string(part), fallback, line)
    }
    return found
  }

  private mutating func look(
    _ value: TemplateValue, _ part: TemplateValue, _ fallback: TemplateValue?, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    let found = try item(value, part, line)
    return found.isUndefined ? fallback ?? found : found
  }

  // MARK: - Order

  /// What a value is ordered by.
  private mutating func sortKey(
    _ item: TemplateValue, _ path: TemplateValue?, _ fallback: TemplateValue?, keepsCase: Bool, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    var key = item
    if let path, !path.isNone { key = try attribute(of: item, path, fallback, line) }
    if case .string(let text) = key, !keepsCase { return .string(TemplateText.lower(text)) }
    return key
  }

  private mutating func dictionarySort(_ value: TemplateValue, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let by = given[1] ?? .string("key")
    guard by == .string("key") || by == .string("value") else { throw problem(line, "dictsort goes by key or value, not \(described(by))") }
    guard case .dictionary(let dictionary) = value else { throw problem(line, "dictsort needs a dictionary, found \(described(value))") }
    let keepsCase = given[0]?.isTrue ?? false
    let place = TemplateValue.int(by == .string("key") ? 0 : 1)
    return try sorted(dictionary.pairs, reverses: given[2]?.isTrue ?? false, line) { (evaluator, item) throws(TemplateProblem) in
      try evaluator.sortKey(item, place, nil, keepsCase: keepsCase, line)
    }
  }

  /// The smallest or largest; the first of those that are equal.
  private mutating func extreme(_ value: TemplateValue, _ name: String, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    var best: (key: TemplateValue, item: TemplateValue)?
    for item in try iterate(value, line) {
      let key = try sortKey(item, given[1], nil, keepsCase: given[0]?.isTrue ?? false, line)
      guard let old = best else {
        best = (key, item)
        continue
      }
      try step(line)
      if try name == "min" ? isLess(key, old.key, line) : isLess(old.key, key, line) { best = (key, item) }
    }
    return best?.item ?? .undefined("there is nothing to take the \(name) of")
  }

  private mutating func grouped(_ value: TemplateValue, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let (path, keepsCase) = (given[0] ?? .none, given[2]?.isTrue ?? false)
    let fallback = given[1].flatMap { $0.isNone ? nil : $0 }
    let ordered = try sorted(try iterate(value, line), reverses: false, line) { (evaluator, item) throws(TemplateProblem) in
      try evaluator.sortKey(item, path, fallback, keepsCase: keepsCase, line)
    }
    var groups: [(key: TemplateValue, items: [TemplateValue])] = []
    for item in try iterate(ordered, line) {
      let key = try sortKey(item, path, fallback, keepsCase: keepsCase, line)
      if let last = groups.last, last.key == key { groups[groups.count - 1].items.append(item) } else { groups.append((key, [item])) }
    }
    var tuples: [TemplateValue] = []
    for group in groups {
      // The key as the first of the group has it, with its case.
      var pair = TemplateList([try sortKey(group.items[0], path, fallback, keepsCase: true, line), .list(TemplateList(group.items))])
      pair.fields = ["grouper", "list"]
      tuples.append(.tuple(pair))
    }
    return .list(TemplateList(tuples))
  }

  private mutating func sorted(
    _ items: [TemplateValue], reverses: Bool, _ line: Int,
    by key: (inout TemplateEvaluator, TemplateValue) throws(TemplateProblem) -> TemplateValue
  ) throws(TemplateProblem) -> TemplateValue {
    var keyed: [(key: TemplateValue, item: TemplateValue)] = []
    for item in items { keyed.append((try key(&self, item), item)) }
    return .list(TemplateList(try mergeSorted(keyed, isDescending: reverses, line).map(\.item)))
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
      try spend(min(left[i].key.weight, right[j].key.weight), line)
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
}
