internal import Foundation

// What templates may call: functions, macros, and the methods of lists, dictionaries and loops. Methods of text are in `TemplateEvaluator+Text.swift`.
// Methods that would change a list or a dictionary do not exist, as in transformers' sandbox.
extension TemplateEvaluator {
  private static let functions: Set<String> = ["range", "raise_exception", "namespace", "dict", "strftime_now"]
  private static let refusedFunctions: Set<String> = ["lipsum", "cycler", "joiner", "self"]

  /// A name that is no variable.
  func global(_ name: String, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if Self.functions.contains(name) { return .function(name) }
    guard !Self.refusedFunctions.contains(name) else { throw problem(line, "\"\(name)\" of Jinja is not understood") }
    return .undefined("\"\(name)\" is not defined")
  }

  static func hasMethod(_ object: TemplateValue, _ name: String) -> Bool {
    switch object {
    case .string: textMethods.contains(name) || refusedTextMethods.contains(name)
    case .dictionary: ["get", "items", "keys", "values", "copy", "fromkeys"].contains(name)
    case .list: ["count", "index", "copy"].contains(name)
    case .tuple, .range: ["count", "index"].contains(name)
    case .function("dict"): name == "fromkeys"
    case .int, .bool: ["bit_length", "conjugate", "is_integer"].contains(name)
    case .double: ["is_integer", "conjugate"].contains(name)
    default: false
    }
  }

  /// Whether Python has a method of this name that the sandbox hides.
  static func isForbidden(_ object: TemplateValue, _ name: String) -> Bool {
    switch object {
    case .dictionary: ["clear", "pop", "popitem", "setdefault", "update"].contains(name) || name == "__class__"
    case .list: ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"].contains(name) || name == "__class__"
    default: name == "__class__"
    }
  }

  mutating func call(_ callee: TemplateValue, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    switch callee {
    case .macro(let macro, let home):
      return try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.call(macro, home, arguments, line) }
    case .function(let name): return try function(name, arguments, line)
    case .method(.string(let text), let name): return try method(text, name, arguments, line)
    case .method(.dictionary(let dictionary), let name): return try method(dictionary, name, arguments, line)
    case .method(.function, let name): return try method(TemplateDictionary(), name, arguments, line)
    case .method(.loop(let loop), let name): return try method(loop, name, arguments, line)
    case .method(let object, let name): return try method(object, name, arguments, line)
    case .loop(let loop):
      guard let recursion = loop.recursion else { throw problem(line, "the loop must be marked recursive to be called") }
      let given = try Parameters(name: "loop", names: ["iterable"], required: 1).bind(arguments, line)
      return .string(
        try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.recurse(recursion, given[0] ?? .none, level: loop.level + 1, line) })
    case .undefined(let what): throw problem(line, "\(what), so it cannot be called")
    default: throw problem(line, "\(described(callee)) cannot be called")
    }
  }

  /// What a function, filter, test or method takes.
  struct Parameters {
    let name: String
    let names: [String]
    let required: Int

    /// The arguments in the order of their names; nil where none was given.
    func bind(_ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> [TemplateValue?] {
      func problem(_ text: String) -> TemplateProblem { TemplateProblem(line: line, reason: .evaluation, text: "\(name) \(text)") }
      guard arguments.positional.count <= names.count else {
        throw problem("takes at most \(names.count) arguments, \(arguments.positional.count) were given")
      }
      var values: [TemplateValue?] = arguments.positional + Array(repeating: nil, count: names.count - arguments.positional.count)
      for (name, value) in arguments.named {
        guard let place = names.firstIndex(of: name), values[place] == nil else { throw problem("has no parameter \(name), or has it already") }
        values[place] = value
      }
      guard values.prefix(required).allSatisfy({ $0 != nil }) else { throw problem("needs \(names.prefix(required).joined(separator: ", "))") }
      return values
    }
  }

  // MARK: - Functions

  private mutating func function(_ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    switch name {
    case "raise_exception":
      let message = try Parameters(name: name, names: ["message"], required: 1).bind(arguments, line)[0] ?? .none
      throw TemplateProblem(line: line, reason: .raised, text: try printed(message, line))
    case "range": return try range(arguments, line)
    case "namespace", "dict":
      guard arguments.positional.count <= 1 else { throw problem(line, "\(name) takes one dictionary and named values") }
      var members =
        try arguments.positional.first.map { (value) throws(TemplateProblem) in try dictionary(value, name, line) } ?? TemplateDictionary()
      for (key, value) in arguments.named { members.set(.string(key), value) }
      if name == "dict" { return .dictionary(members) }
      for case .string(let key) in members.keys where key.hasPrefix("_") {
        throw problem(line, "a namespace cannot have a member that begins with _: \(key)")
      }
      return .namespace(newNamespace(members))
    case "strftime_now":
      let format = try Parameters(name: name, names: ["format"], required: 1).bind(arguments, line)[0]
      guard let text = clock.text(try text(format, name, line), maximumBytes: 1 << 16) else {
        throw problem(line, "strftime_now makes too much text")
      }
      try spend(text.utf8.count, line)
      return .string(text)
    default: throw problem(line, "the function \(name) is not understood")
    }
  }

  /// A dictionary of a dictionary's members, or of pairs.
  private mutating func dictionary(_ value: TemplateValue, _ name: String, _ line: Int) throws(TemplateProblem) -> TemplateDictionary {
    if case .dictionary(let given) = value { return given }
    var members = TemplateDictionary()
    for pair in try iterate(value, line) {
      let parts = try iterate(pair, line)
      guard parts.count == 2, members.set(parts[0], parts[1]) else {
        throw problem(line, "\(name) takes pairs of key and value, found \(described(pair))")
      }
    }
    return members
  }

  private mutating func range(_ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let numbers = arguments.positional.compactMap(\.wholeNumber)
    guard numbers.count == arguments.positional.count, arguments.named.isEmpty, (1...3).contains(numbers.count),
      let range = numbers.count == 1
        ? TemplateRange(start: 0, stop: numbers[0], step: 1)
        : TemplateRange(start: numbers[0], stop: numbers[1], step: numbers.count == 3 ? numbers[2] : 1)
    else { throw problem(line, "range takes one to three whole numbers, the step not 0") }
    // Jinja's sandbox has the same bound (MAX_RANGE).
    guard range.count <= 100_000 else { throw TemplateProblem(line: line, reason: .limit, text: "range of more than 100000 numbers") }
    try spend(range.count * 16, line)
    return .range(range)
  }

  // MARK: - Methods

  private mutating func method(
    _ dictionary: TemplateDictionary, _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    switch name {
    case "items", "keys", "values", "copy":
      guard arguments.isEmpty else { throw problem(line, "\(name) of a dict takes no arguments") }
      return TemplateView.Side(rawValue: name).map { .view(TemplateView(side: $0, dictionary: dictionary)) } ?? .dictionary(dictionary)
    default:
      guard arguments.named.isEmpty, (1...2).contains(arguments.positional.count) else {
        throw problem(line, "\(name) of a dict takes one or two values")
      }
      let fallback = arguments.positional.count > 1 ? arguments.positional[1] : TemplateValue.none
      guard name == "fromkeys" else {
        guard arguments.positional[0].key != nil else { throw problem(line, "\(described(arguments.positional[0])) cannot be a key") }
        return dictionary[arguments.positional[0]] ?? fallback
      }
      var members = TemplateDictionary()
      for key in try iterate(arguments.positional[0], line) {
        guard members.set(key, fallback) else { throw problem(line, "\(described(key)) cannot be a key") }
      }
      return .dictionary(members)
    }
  }

  /// Methods of lists, tuples, ranges and numbers.
  private mutating func method(
    _ object: TemplateValue, _ name: String, _ arguments: TemplateCallValues, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    try spend(object.weight, line)
    let needed = name == "count" || name == "index" ? 1 : 0
    let isList = if case .range = object { false } else { true }
    guard arguments.named.isEmpty, (needed...(name == "index" && isList ? 3 : needed)).contains(arguments.positional.count) else {
      throw problem(line, "\(name) of a \(object.typeName) takes \(needed) values")
    }
    switch (object, name) {
    case (.double(let number), "is_integer"): return .bool(number.isFinite && number == number.rounded())
    case (_, "conjugate"): return object.wholeNumber.map(TemplateValue.int) ?? object
    case (_, "bit_length"): return .int(object.wholeNumber.map { Int.bitWidth - $0.magnitude.leadingZeroBitCount } ?? 0)
    case (_, "copy"): return object
    default: break
    }
    guard let values = object.elements, let wanted = arguments.positional.first else {
      throw problem(line, "\(described(object)) has no method \(name)")
    }
    try spend(wanted.weight, times: values.count, line)
    if name == "count" { return .int(values.count { $0 == wanted }) }
    let bounds = arguments.positional.dropFirst().map(\.wholeNumber)
    guard bounds.allSatisfy({ $0 != nil }) else { throw problem(line, "index needs whole numbers for its bounds") }
    let part = Self.cut(values.count, bounds.first ?? nil, bounds.dropFirst().first ?? nil)
    guard let place = values[part].firstIndex(of: wanted) else { throw problem(line, "\(described(wanted)) is not in the \(object.typeName)") }
    return .int(place)
  }

  /// The places from `start` to `end` of `count` elements; negative bounds count from the end.
  static func cut(_ count: Int, _ start: Int?, _ end: Int?) -> Range<Int> {
    func place(_ bound: Int) -> Int { min(max(bound < 0 ? count.addingSaturated(bound) : bound, 0), count) }
    let first = place(start ?? 0)
    return first..<max(first, place(end ?? count))
  }

  private mutating func method(_ loop: TemplateLoop, _ name: String, _ arguments: TemplateCallValues, _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    guard arguments.named.isEmpty else { throw problem(line, "loop.\(name) takes no named values") }
    if name == "cycle" {
      guard !arguments.positional.isEmpty else { throw problem(line, "loop.cycle needs something to go through") }
      return arguments.positional[loop.index % arguments.positional.count]
    }
    return .bool(hasChanged(loop, arguments.positional))
  }

  // MARK: - Shared with filters

  /// An argument that must be text.
  func text(_ value: TemplateValue?, _ name: String, _ line: Int) throws(TemplateProblem) -> String {
    guard case .string(let text)? = value else {
      throw problem(line, "\(name) needs text, found \(value.map(described) ?? "nothing")")
    }
    return text
  }

  /// An argument that must be a whole number; `fallback` if it was not given.
  func whole(_ value: TemplateValue?, _ fallback: Int, _ name: String, _ line: Int) throws(TemplateProblem) -> Int {
    guard let value else { return fallback }
    guard let number = value.wholeNumber else { throw problem(line, "\(name) needs a whole number, found \(described(value))") }
    return number
  }

  mutating func replace(_ text: String, _ old: String, _ new: String, limit: Int, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    // Bounded before it is made: every occurrence may grow.
    let times = old.isEmpty ? text.utf8.count + 1 : text.utf8.count / old.utf8.count + 1
    let (grown, overflow) = times.multipliedReportingOverflow(by: new.utf8.count)
    if overflow || grown > limits.workBytes / 4 { try spend(new.utf8.count, times: TemplateText.count(text, old), line) }
    let result = TemplateText.replace(text, old, new, limit: limit)
    try spend(result.utf8.count, line)
    return .string(result)
  }
}
