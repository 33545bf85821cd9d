internal import Files

/// A value while a template is rendered, with Python's meaning of truth, equality and order.
indirect enum TemplateValue {
  /// A name or member that is not there: prints as nothing, cannot be looked into. The text says what was missing.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  /// A whole number of the context with more than 64 bits, as it was written: it can be printed and nothing else.
  case wide(String)
  case double(Double)
  case string(String)
  /// Text that `safe` has marked: Python's `Markup`, which would escape what is put to it. It can be printed, compared and joined with `~`.
  case safe(String)
  case list(TemplateList)
  case tuple(TemplateList)
  case dictionary(TemplateDictionary)
  case range(TemplateRange)
  case view(TemplateView)
  case iterator(TemplateIterator)
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
    case .number(let number): self.init(number)
    case .string(let text): self = .string(text)
    case .array(let values): self = .list(TemplateList(values.map(TemplateValue.init)))
    case .object(let object):
      var dictionary = TemplateDictionary()
      for (key, value) in object.members { dictionary.set(.string(key), TemplateValue(value)) }
      self = .dictionary(dictionary)
    }
  }

  /// As Python's `json.loads` has it: a number without point and exponent is whole, however large; one beyond the range of doubles is infinite.
  private init(_ number: JSONNumber) {
    if let value = number.int {
      self = .int(value)
    } else if number.text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || $0 &- UInt8(ascii: "0") < 10 }) {
      self = .wide(number.text)
    } else {
      self = .double(Double(number.text) ?? .infinity)
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
  var isNone: Bool { if case .none = self { true } else { false } }

  /// What it takes to print, compare or walk the value.
  var weight: Int {
    switch self {
    case .string(let text), .safe(let text), .wide(let text): text.utf8.count + 1
    case .list(let list), .tuple(let list): list.weight
    case .dictionary(let dictionary): dictionary.weight
    case .view(let view): view.dictionary.weight
    case .range(let range): range.count + 1
    default: 1
    }
  }

  /// Lists, dictionaries, iterators and loops within one another.
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dictionary(let dictionary): dictionary.depth
    case .view(let view): view.dictionary.depth
    case .iterator(let iterator): iterator.depth
    case .loop(let loop): loop.depth
    case .method(let value, _): value.depth
    default: 0
    }
  }

  /// What can be gone through again and again; nil for iterators and for what has no elements.
  var elements: [TemplateValue]? {
    switch self {
    case .undefined: []
    case .list(let list), .tuple(let list): list.values
    case .string(let text): text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let dictionary): dictionary.keys
    case .view(let view): view.values
    case .range(let range): range.values
    default: nil
    }
  }

  /// Number of elements; nil for what Python's `len` refuses.
  var count: Int? {
    switch self {
    case .undefined: 0
    case .string(let text), .safe(let text): text.unicodeScalars.count
    case .list(let values), .tuple(let values): values.count
    case .dictionary(let dictionary): dictionary.count
    case .view(let view): view.dictionary.count
    case .range(let range): range.count
    default: nil
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .double(let value): value != 0
    case .string(let text), .safe(let text): !text.isEmpty
    case .list(let values), .tuple(let values): !values.isEmpty
    case .dictionary(let dictionary): dictionary.count > 0
    case .view(let view): view.dictionary.count > 0
    case .range(let range): range.count > 0
    case .wide, .iterator, .namespace, .macro, .function, .method, .loop: true
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

  /// The value as a key of a dictionary; nil for what Python cannot hash.
  var key: TemplateKey? {
    switch self {
    case .undefined: return .undefined
    case .none: return TemplateKey.none
    case .bool, .int: return wholeNumber.map(TemplateKey.int)
    case .double(let value): return Int(exactly: value).map(TemplateKey.int) ?? .double(value.bitPattern)
    case .string(let text), .safe(let text): return .text(ExactText(text))
    case .wide(let text): return .named(text)
    case .tuple(let list):
      let keys = list.values.compactMap(\.key)
      return keys.count == list.count ? .tuple(keys) : nil
    case .list, .dictionary, .view: return nil
    case .range(let range): return .named("\(range)")
    case .iterator(let iterator): return .object(ObjectIdentifier(iterator))
    case .namespace(let namespace): return .object(ObjectIdentifier(namespace))
    case .macro(let macro, let scope): return .tuple([.object(ObjectIdentifier(macro)), .object(ObjectIdentifier(scope))])
    case .loop(let loop): return .object(ObjectIdentifier(loop))
    case .function(let name), .method(_, let name): return .named(name)
    }
  }

  static func == (left: TemplateValue, right: TemplateValue) -> Bool {
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)), (.wide(let a), .wide(let b)): return a.hasSameBytes(as: b)
    case (.safe(let a), .safe(let b)), (.safe(let a), .string(let b)), (.string(let a), .safe(let b)): return a.hasSameBytes(as: b)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): return a.values == b.values
    case (.dictionary(let a), .dictionary(let b)): return a.count == b.count && zip(a.keys, a.values).allSatisfy { b[$0] == $1 }
    case (.range(let a), .range(let b)): return a == b
    // Keys and items are sets; values are equal to nothing, as in Python.
    case (.view(let a), .view(let b)) where a.side == b.side && a.side != .values:
      return a.dictionary.count == b.dictionary.count && a.values.allSatisfy(b.values.contains)
    case (.iterator(let a), .iterator(let b)): return a === b
    case (.namespace(let a), .namespace(let b)): return a === b
    case (.macro(let a, let x), .macro(let b, let y)): return a === b && x === y
    case (.loop(let a), .loop(let b)): return a === b
    case (.function(let a), .function(let b)): return a == b
    case (.method(let a, let x), .method(let b, let y)): return x == y && a == b
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
    case .int, .wide: "int"
    case .double: "float"
    case .string, .safe: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .range: "range"
    case .view(let view): "dict_\(view.side.rawValue)"
    case .iterator: "generator"
    case .namespace: "namespace"
    case .macro: "macro"
    case .function, .method: "function"
    case .loop: "loop"
    }
  }
}
