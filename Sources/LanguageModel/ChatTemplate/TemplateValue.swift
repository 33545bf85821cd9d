internal import Files

/// A value while a template is rendered, with Python's meaning of truth, equality and order.
indirect enum TemplateValue {
  /// A name or member that is not there: prints as nothing, cannot be looked into. The text says what was missing.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list(TemplateList)
  case tuple(TemplateList)
  case dictionary(TemplateDictionary)
  case namespace(TemplateNamespace)
  /// A macro and the scope it was defined in.
  case macro(TemplateMacro, TemplateScope)
  case function(String)
  /// A method that has been looked up and not called yet.
  case method(TemplateValue, String)
  case loop(TemplateLoop)
}

/// Elements in order, with what it takes to go through all that is inside: a template can build a small list that prints as terabytes.
struct TemplateList: RandomAccessCollection, ExpressibleByArrayLiteral {
  let values: [TemplateValue]
  /// Bytes and elements inside, however deep, as far as they can be counted.
  let weight: Int
  /// Lists and dictionaries within one another.
  let depth: Int

  init(_ values: [TemplateValue]) {
    self.values = values
    weight = values.reduce(1) { $0.addingSaturated($1.weight) }
    depth = values.reduce(0) { Swift.max($0, $1.depth) } + 1
  }

  init(arrayLiteral elements: TemplateValue...) { self.init(elements) }

  var startIndex: Int { 0 }
  var endIndex: Int { values.count }
  subscript(place: Int) -> TemplateValue { values[place] }
}

extension Int {
  func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

/// A dictionary that keeps the order of its members.
struct TemplateDictionary {
  private(set) var weight = 1
  private(set) var depth = 1
  private(set) var keys: [TemplateValue] = []
  private(set) var values: [TemplateValue] = []
  private var index: [ExactText: Int] = [:]

  var count: Int { keys.count }

  subscript(text: String) -> TemplateValue? { index[ExactText(text)].map { values[$0] } }

  subscript(key: TemplateValue) -> TemplateValue? {
    if case .string(let text) = key { return self[text] }
    return keys.firstIndex { !$0.isString && $0 == key }.map { values[$0] }
  }

  mutating func set(_ key: TemplateValue, _ value: TemplateValue) {
    weight = weight.addingSaturated(key.weight).addingSaturated(value.weight)
    depth = max(depth, key.depth + 1, value.depth + 1)
    if case .string(let text) = key {
      if let place = index[ExactText(text)] {
        values[place] = value
        return
      }
      index[ExactText(text)] = keys.count
    } else if let place = keys.firstIndex(where: { !$0.isString && $0 == key }) {
      values[place] = value
      return
    }
    keys.append(key)
    values.append(value)
  }

  var pairs: [TemplateValue] { zip(keys, values).map { .tuple([$0, $1]) } }
}

/// Variables that a template may change from within loops: the only thing it can change.
final class TemplateNamespace {
  var members = TemplateDictionary()
}

/// Names and their values; a name that is not here is looked for in the parent.
final class TemplateScope {
  private var names: [String: TemplateValue] = [:]
  private let parent: TemplateScope?

  init(_ parent: TemplateScope? = nil) {
    self.parent = parent
  }

  subscript(name: String) -> TemplateValue? {
    get {
      var scope: TemplateScope? = self
      while let here = scope {
        if let value = here.names[name] { return value }
        scope = here.parent
      }
      return nil
    }
    set { names[name] = newValue }
  }

  func removeAll() { names = [:] }
}

/// The variable `loop` of a for loop.
final class TemplateLoop {
  let items: [TemplateValue]
  var index = 0
  /// What `changed` was asked last.
  var lastChecked: [TemplateValue]?

  init(_ items: [TemplateValue]) {
    self.items = items
  }

  func member(_ name: String) -> TemplateValue? {
    switch name {
    case "index": .int(index + 1)
    case "index0": .int(index)
    case "revindex": .int(items.count - index)
    case "revindex0": .int(items.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == items.count - 1)
    case "length": .int(items.count)
    case "depth": .int(1)
    case "depth0": .int(0)
    case "previtem": index > 0 ? items[index - 1] : .undefined("there is no previous item")
    case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("there is no next item")
    case "cycle", "changed": .method(.loop(self), name)
    default: nil
    }
  }
}

// MARK: - From and to JSON

extension TemplateValue {
  init(_ json: OrderedJSON) {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .number(let number): self = number.int.map(TemplateValue.int) ?? .double(number.double ?? .infinity)
    case .string(let text): self = .string(text)
    case .array(let values): self = .list(TemplateList(values.map(TemplateValue.init)))
    case .object(let object):
      var dictionary = TemplateDictionary()
      for (key, value) in object.members { dictionary.set(.string(key), TemplateValue(value)) }
      self = .dictionary(dictionary)
    }
  }

  init(_ literal: TemplateLiteral) {
    switch literal {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let text): self = .string(text)
    }
  }
}

// MARK: - Python's truth, equality and names

extension TemplateValue: Equatable {
  var isString: Bool { if case .string = self { true } else { false } }
  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// What it takes to print, compare or walk the value.
  var weight: Int {
    switch self {
    case .string(let text): text.utf8.count + 1
    case .list(let list), .tuple(let list): list.weight
    case .dictionary(let dictionary): dictionary.weight
    default: 1
    }
  }

  /// Lists and dictionaries within one another.
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dictionary(let dictionary): dictionary.depth
    default: 0
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let values), .tuple(let values): !values.isEmpty
    case .dictionary(let dictionary): dictionary.count > 0
    case .namespace, .macro, .function, .method, .loop: true
    }
  }

  /// Booleans count as 0 and 1, as in Python.
  var number: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  var wholeNumber: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    default: nil
    }
  }

  static func == (left: TemplateValue, right: TemplateValue) -> Bool {
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)): return a.hasSameBytes(as: b)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): return a.values == b.values
    case (.dictionary(let a), .dictionary(let b)): return a.count == b.count && zip(a.keys, a.values).allSatisfy { b[$0] == $1 }
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.function(let a), .function(let b)): return a == b
    default:
      if let a = left.wholeNumber, let b = right.wholeNumber { return a == b }
      if let a = left.number, let b = right.number { return a == b }
      return false
    }
  }

  /// Python's name of the type, for messages.
  var typeName: String {
    switch self {
    case .undefined: "undefined"
    case .none: "none"
    case .bool: "bool"
    case .int: "int"
    case .double: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .namespace: "namespace"
    case .macro: "macro"
    case .function, .method: "function"
    case .loop: "loop"
    }
  }
}

// MARK: - As text

extension TemplateValue {
  /// What `{{ value }}` prints: Python's `str`.
  var text: String {
    switch self {
    case .undefined: ""
    case .string(let text): text
    default: representation
    }
  }

  /// Python's `repr`.
  var representation: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .double(let value): Self.pythonText(value)
    case .string(let text): Self.quoted(text)
    case .list(let values): "[\(values.map(\.representation).joined(separator: ", "))]"
    case .tuple(let values): values.count == 1 ? "(\(values[0].representation),)" : "(\(values.map(\.representation).joined(separator: ", ")))"
    case .dictionary(let dictionary):
      "{\(zip(dictionary.keys, dictionary.values).map { "\($0.representation): \($1.representation)" }.joined(separator: ", "))}"
    // Without its members: a namespace may hold itself.
    case .namespace: "<Namespace>"
    case .macro(let macro, _): "<Macro '\(macro.name)'>"
    case .function(let name), .method(_, let name): "<function \(name)>"
    case .loop(let loop): "<LoopContext \(loop.index + 1)/\(loop.items.count)>"
    }
  }

  /// A float as Python writes it.
  static func pythonText(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    return "\(value)"
  }

  /// A string as Python's `repr` writes it: single quotes unless there are single and no double ones inside; what cannot be seen is escaped.
  private static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var out = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case quote: out += "\\\(scalar)"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where isPrintable(scalar): out.unicodeScalars.append(scalar)
      default:
        let hex = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        out += "\\\(letter)\(String(repeating: "0", count: width - hex.utf8.count))\(hex)"
      }
    }
    out.unicodeScalars.append(quote)
    return out
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }
}
