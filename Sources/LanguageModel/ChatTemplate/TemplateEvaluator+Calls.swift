internal import Foundation

// Functions that templates may call, and the methods of their values. Methods that would change a list or a dictionary do not exist, as in transformers' sandbox.
extension TemplateEvaluator {
  static let functions: Set<String> = ["range", "raise_exception", "namespace", "dict", "strftime_now"]

  private static let textMethods: Set<String> = [
    "split", "rsplit", "splitlines", "startswith", "endswith", "strip", "lstrip", "rstrip", "upper", "lower", "capitalize", "title", "replace",
    "find",
    "count", "join", "isdigit", "removeprefix", "removesuffix",
  ]

  static func hasMethod(_ object: TemplateValue, _ name: String) -> Bool {
    switch object {
    case .string: textMethods.contains(name)
    case .dictionary: ["get", "items", "keys", "values"].contains(name)
    case .list, .tuple: ["count", "index"].contains(name)
    default: false
    }
  }

  mutating func call(_ callee: TemplateValue, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    switch callee {
    case .macro(let macro, let home):
      return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.call(macro, home, arguments, line) }
    case .function(let name): return try function(name, arguments, line)
    case .method(.string(let text), let name): return try method(text, name, arguments, line)
    case .method(.dictionary(let dictionary), let name): return try method(dictionary, name, arguments, line)
    case .method(.list(let list), let name), .method(.tuple(let list), let name):
      try spend(list.weight, line)
      return try method(list.values, name, arguments, line)
    case .method(.loop(let loop), let name): return try method(loop, name, arguments, line)
    case .undefined(let what): throw problem(line, "\(what), so it cannot be called")
    default: throw problem(line, "\(described(callee)) cannot be called")
    }
  }

  // MARK: - Functions

  private mutating func function(_ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    switch name {
    case "raise_exception":
      throw TemplateProblem(line: line, reason: .raised, text: arguments[0, "message"]?.text ?? "the template refuses this conversation")
    case "range": return try range(arguments, line)
    case "namespace", "dict":
      var members = TemplateDictionary()
      for value in arguments.positional {
        guard case .dictionary(let given) = value else { throw problem(line, "\(name) takes a dictionary, found \(described(value))") }
        for (key, value) in zip(given.keys, given.values) { members.set(key, value) }
      }
      for (key, value) in arguments.named { members.set(.string(key), value) }
      if name == "dict" { return .dictionary(members) }
      return .namespace(newNamespace(members))
    case "strftime_now": return .string(strftime(try text(arguments[0, "format"], "strftime_now", line)))
    default: throw problem(line, "the function \(name) is not understood")
    }
  }

  private mutating func range(_ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let numbers = arguments.positional.compactMap(\.wholeNumber)
    guard numbers.count == arguments.positional.count, (1...3).contains(numbers.count), numbers.count < 3 || numbers[2] != 0 else {
      throw problem(line, "range takes one to three whole numbers, the step not 0")
    }
    let (start, stop, step) = (numbers.count == 1 ? 0 : numbers[0], numbers.count == 1 ? numbers[0] : numbers[1], numbers.count == 3 ? numbers[2] : 1)
    let length = (Double(stop) - Double(start)) / Double(step)
    // Jinja's sandbox has the same bound (MAX_RANGE).
    guard length <= 100_000 else { throw TemplateProblem(line: line, reason: .limit, text: "range of more than 100000 numbers") }
    try spend(max(Int(length), 0) * 16, line)
    return .list(TemplateList(stride(from: start, to: stop, by: step).map(TemplateValue.int)))
  }

  /// The commoner directives of C's `strftime`, in UTC and English.
  private func strftime(_ format: String) -> String {
    var seconds = time_t(now.isFinite ? now : 0)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    func padded(_ number: Int32, _ width: Int = 2) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    func part(_ letter: Character) -> String? {
      switch letter {
      case "Y": padded(parts.tm_year + 1900, 4)
      case "y": padded((parts.tm_year + 1900) % 100)
      case "m": padded(parts.tm_mon + 1)
      case "d": padded(parts.tm_mday)
      case "H": padded(parts.tm_hour)
      case "I": padded((parts.tm_hour + 11) % 12 + 1)
      case "M": padded(parts.tm_min)
      case "S": padded(parts.tm_sec)
      case "j": padded(parts.tm_yday + 1, 3)
      case "p": parts.tm_hour < 12 ? "AM" : "PM"
      case "A": days[Int(parts.tm_wday)]
      case "a": String(days[Int(parts.tm_wday)].prefix(3))
      case "B": months[Int(parts.tm_mon)]
      case "b", "h": String(months[Int(parts.tm_mon)].prefix(3))
      case "%": "%"
      default: nil
      }
    }
    var out = ""
    var rest = format[...]
    while let first = rest.popFirst() {
      guard first == "%", let letter = rest.first else {
        out.append(first)
        continue
      }
      rest.removeFirst()
      // %-d and the like: without the zero in front.
      if letter == "-", let next = rest.popFirst() {
        let text = part(next) ?? "%-\(next)"
        out += text.hasPrefix("0") && text.count > 1 ? String(text.drop { $0 == "0" }.isEmpty ? "0" : text.drop { $0 == "0" }) : text
      } else {
        out += part(letter) ?? "%\(letter)"
      }
    }
    return out
  }

  // MARK: - Methods

  private mutating func method(_ text: String, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue
  {
    func optionalText(_ place: Int) throws(TemplateProblem) -> String? {
      guard place < arguments.positional.count else { return nil }
      if case .none = arguments.positional[place] { return nil }
      return try self.text(arguments.positional[place], name, line)
    }
    let first = arguments.positional.first
    switch name {
    case "split", "rsplit":
      try spend(text.utf8.count * 2, line)
      let limit = arguments[1, "maxsplit"]?.wholeNumber ?? -1
      let given = try optionalText(0)
      guard let separator = try arguments["sep"].map({ (value) throws(TemplateProblem) in try self.text(value, name, line) }) ?? given else {
        return .list(TemplateList(TemplateText.splitAtSpaces(text, limit: limit).map(TemplateValue.string)))
      }
      guard !separator.isEmpty else { throw problem(line, "\(name) needs a separator that is not empty") }
      let parts = name == "split" ? TemplateText.split(text, separator, limit: limit) : TemplateText.splitFromRight(text, separator, limit: limit)
      return .list(TemplateList(parts.map(TemplateValue.string)))
    case "splitlines":
      return .list(TemplateList(TemplateText.lines(text, keepsEnds: arguments[0, "keepends"]?.isTrue ?? false).map(TemplateValue.string)))
    case "startswith", "endswith":
      let candidates: [TemplateValue] = if case .tuple(let list)? = first { list.values } else { [first ?? .none] }
      for candidate in candidates {
        let wanted = try self.text(candidate, name, line)
        if name == "startswith" ? TemplateText.starts(text, with: wanted) : TemplateText.ends(text, with: wanted) { return .bool(true) }
      }
      return .bool(false)
    case "strip": return .string(TemplateText.strip(text, try optionalText(0)))
    case "lstrip": return .string(TemplateText.strip(text, try optionalText(0), right: false))
    case "rstrip": return .string(TemplateText.strip(text, try optionalText(0), left: false))
    case "upper": return .string(TemplateText.upper(text))
    case "lower": return .string(TemplateText.lower(text))
    case "capitalize": return .string(TemplateText.capitalize(text))
    case "title": return .string(TemplateText.title(text))
    case "replace":
      return try replace(text, try self.text(first, name, line), try self.text(arguments[1, "new"], name, line), arguments[2, "count"], line)
    case "find": return .int(TemplateText.find(text, try self.text(first, name, line)))
    case "count": return .int(TemplateText.count(text, try self.text(first, name, line)))
    case "join": return try join(try iterate(first ?? .none, line), with: text, line)
    case "isdigit":
      return .bool(!text.isEmpty && text.unicodeScalars.allSatisfy { $0.properties.numericType == .decimal || $0.properties.numericType == .digit })
    case "removeprefix":
      let prefix = try self.text(first, name, line)
      return .string(TemplateText.starts(text, with: prefix) ? String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : text)
    case "removesuffix":
      let suffix = try self.text(first, name, line)
      return .string(TemplateText.ends(text, with: suffix) ? String(decoding: text.utf8.dropLast(suffix.utf8.count), as: UTF8.self) : text)
    default: throw problem(line, "a str has no method \(name)")
    }
  }

  private func method(_ dictionary: TemplateDictionary, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    switch name {
    case "items": return .list(TemplateList(dictionary.pairs))
    case "keys": return .list(TemplateList(dictionary.keys))
    case "values": return .list(TemplateList(dictionary.values))
    default:
      guard let key = arguments.positional.first else { throw problem(line, "get needs a key") }
      return dictionary[key] ?? arguments[1, "default"] ?? .none
    }
  }

  private func method(_ values: [TemplateValue], _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    guard let wanted = arguments.positional.first else { throw problem(line, "\(name) needs a value") }
    if name == "count" { return .int(values.count { $0 == wanted }) }
    guard let place = values.firstIndex(of: wanted) else { throw problem(line, "\(described(wanted)) is not in the list") }
    return .int(place)
  }

  private func method(_ loop: TemplateLoop, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if name == "cycle" {
      guard !arguments.positional.isEmpty else { throw problem(line, "loop.cycle needs something to go through") }
      return arguments.positional[loop.index % arguments.positional.count]
    }
    defer { loop.lastChecked = arguments.positional }
    return .bool(loop.lastChecked != arguments.positional)
  }

  // MARK: - Shared with filters

  /// An argument that must be text.
  func text(_ value: TemplateValue?, _ name: String, _ line: Int) throws(TemplateProblem) -> String {
    guard case .string(let text)? = value else {
      throw problem(line, "\(name) needs text, found \(value.map(described) ?? "nothing")")
    }
    return text
  }

  mutating func replace(_ text: String, _ old: String, _ new: String, _ count: TemplateValue?, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    // Bounded before it is made: every occurrence may grow.
    let times = old.isEmpty ? text.utf8.count + 1 : text.utf8.count / old.utf8.count + 1
    let (grown, overflow) = times.multipliedReportingOverflow(by: new.utf8.count)
    if overflow || grown > limits.workBytes / 4 { try spend(new.utf8.count, times: TemplateText.count(text, old), line) }
    let result = TemplateText.replace(text, old, new, limit: count?.wholeNumber ?? -1)
    try spend(result.utf8.count, line)
    return .string(result)
  }

  mutating func join(_ values: [TemplateValue], with separator: String, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    var text = ""
    for (place, value) in values.enumerated() {
      try spend(value.weight, line)
      let part = value.text
      try spend(part.utf8.count + separator.utf8.count, line)
      if place > 0 { text += separator }
      text += part
    }
    return .string(text)
  }
}
