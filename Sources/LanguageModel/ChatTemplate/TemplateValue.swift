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

// MARK: - From JSON and from what is written in a template

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
