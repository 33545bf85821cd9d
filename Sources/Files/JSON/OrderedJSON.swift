/// A JSON value that loses nothing: members keep their order, numbers their text, keys their exact bytes.
public enum OrderedJSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([OrderedJSON])
  case object(JSONObject)

  public static func == (left: OrderedJSON, right: OrderedJSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): hasher.combine(ExactText(value))
    case .array(let values): hasher.combine(values)
    case .object(let value): hasher.combine(value.keys.count)
    }
  }
}

/// A number as it was written. `1`, `1.0` and `1e0` are different texts with the same `double`.
public struct JSONNumber: Sendable, Hashable {
  public let text: String

  /// `text` must be a JSON number; the scanner and the initialisers below see to it.
  init(text: String) {
    self.text = text
  }

  public init(_ value: Int) {
    text = String(value)
  }

  /// Nil for what JSON cannot write: NaN and the infinities.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    // Swift writes 1e+20 as "1e+20" and 5 as "5.0": both are JSON, and the shortest text that reads back the same.
    text = "\(value)"
  }

  /// The value, if it is written as an integer and fits.
  public var int: Int? { Int(text) }

  /// The nearest Double; nil if the number is beyond its range.
  public var double: Double? {
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }
}

/// The members of a JSON object, in the order they were written; no key twice.
public struct JSONObject: Sendable, Hashable {
  public private(set) var keys: [String]
  public private(set) var values: [OrderedJSON]
  /// Built only for objects that are not small: looking along eight keys is faster than hashing.
  private var index: [ExactText: Int]

  public init() {
    keys = []
    values = []
    index = [:]
  }

  public init(_ members: [(String, OrderedJSON)]) {
    self.init()
    for (key, value) in members { self[key] = value }
  }

  public var count: Int { keys.count }
  public var isEmpty: Bool { keys.isEmpty }
  public var members: Zip2Sequence<[String], [OrderedJSON]> { zip(keys, values) }

  public subscript(key: String) -> OrderedJSON? {
    get { position(of: key).map { values[$0] } }
    set {
      switch (position(of: key), newValue) {
      case (let place?, let value?): values[place] = value
      case (nil, let value?): append(key, value)
      case (let place?, nil):
        keys.remove(at: place)
        values.remove(at: place)
        rebuildIndex()
      case (nil, nil): break
      }
    }
  }

  /// Adds a member unless the key is there already.
  mutating func appendIfNew(_ key: String, _ value: OrderedJSON) -> Bool {
    guard position(of: key) == nil else { return false }
    append(key, value)
    return true
  }

  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.keys.count == right.keys.count && zip(left.keys, right.keys).allSatisfy { $0.hasSameBytes(as: $1) } && left.values == right.values
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(keys.count)
  }

  private static let small = 8

  private func position(of key: String) -> Int? {
    if keys.count <= Self.small { return keys.firstIndex { $0.hasSameBytes(as: key) } }
    return index[ExactText(key)]
  }

  private mutating func append(_ key: String, _ value: OrderedJSON) {
    keys.append(key)
    values.append(value)
    if keys.count == Self.small + 1 {
      rebuildIndex()
    } else if keys.count > Self.small {
      index[ExactText(key)] = keys.count - 1
    }
  }

  private mutating func rebuildIndex() {
    index = [:]
    guard keys.count > Self.small else { return }
    for (place, key) in keys.enumerated() { index[ExactText(key)] = place }
  }
}

// MARK: - Looking inside

extension OrderedJSON {
  public subscript(key: String) -> OrderedJSON? { if case .object(let object) = self { object[key] } else { nil } }
  public var isNull: Bool { if case .null = self { true } else { false } }
  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  public var intValue: Int? { if case .number(let value) = self { value.int } else { nil } }
  public var doubleValue: Double? { if case .number(let value) = self { value.double } else { nil } }
  public var arrayValue: [OrderedJSON]? { if case .array(let value) = self { value } else { nil } }
  public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// What kind of value this is, for messages.
  public var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }

  public static func int(_ value: Int) -> OrderedJSON { .number(JSONNumber(value)) }

  /// NaN and the infinities become null: what is undefined has no number.
  public static func double(_ value: Double) -> OrderedJSON { JSONNumber(value).map(OrderedJSON.number) ?? .null }

  /// A Float in its own shortest text, not that of the Double beside it.
  public static func float(_ value: Float) -> OrderedJSON { value.isFinite ? .number(JSONNumber(text: "\(value)")) : .null }
}

extension OrderedJSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: OrderedJSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, OrderedJSON)...) { self = .object(JSONObject(elements)) }
  public init(nilLiteral: ()) { self = .null }
}
