internal import Files

/// Elements in order, with what it takes to go through all that is inside: a template can build a small list that prints as terabytes.
struct TemplateList: RandomAccessCollection, ExpressibleByArrayLiteral {
  let values: [TemplateValue]
  /// Bytes and elements inside, however deep, as far as they can be counted.
  let weight: Int
  /// Lists and dictionaries within one another.
  let depth: Int
  /// Names of the elements, for the tuples that `groupby` makes; else empty.
  var fields: [String] = []

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

/// What a value is as a key: values that Python calls equal are the same key.
enum TemplateKey: Hashable {
  case undefined
  case none
  case int(Int)
  case double(UInt64)
  case text(ExactText)
  case tuple([TemplateKey])
  case object(ObjectIdentifier)
  case named(String)
}

/// A dictionary that keeps the order of its members.
struct TemplateDictionary {
  private(set) var weight = 1
  private(set) var depth = 1
  private(set) var keys: [TemplateValue] = []
  private(set) var values: [TemplateValue] = []
  private var index: [TemplateKey: Int] = [:]

  var count: Int { keys.count }

  subscript(text: String) -> TemplateValue? { index[.text(ExactText(text))].map { values[$0] } }

  /// Nil for what cannot be a key, too.
  subscript(key: TemplateValue) -> TemplateValue? { key.key.flatMap { index[$0] }.map { values[$0] } }

  /// Whether `key` can be one at all: lists and dictionaries cannot.
  @discardableResult
  mutating func set(_ key: TemplateValue, _ value: TemplateValue) -> Bool {
    guard let hashed = key.key else { return false }
    weight = weight.addingSaturated(key.weight).addingSaturated(value.weight)
    depth = max(depth, key.depth + 1, value.depth + 1)
    if let place = index[hashed] {
      values[place] = value
    } else {
      index[hashed] = keys.count
      keys.append(key)
      values.append(value)
    }
    return true
  }

  var pairs: [TemplateValue] { zip(keys, values).map { .tuple([$0, $1]) } }
}

/// Python's `range`: whole numbers that are counted, not stored.
struct TemplateRange: Equatable {
  let start: Int
  let stop: Int
  let step: Int
  let count: Int

  /// Nil for a step of 0, and for ends so far apart that their distance has no number.
  init?(start: Int, stop: Int, step: Int) {
    guard step != 0 else { return nil }
    let (distance, overflow) = stop.subtractingReportingOverflow(start)
    guard !overflow, distance != .min, step != .min else { return nil }
    self.start = start
    self.stop = stop
    self.step = step
    count = distance != 0 && (distance > 0) == (step > 0) ? (abs(distance) - 1) / abs(step) + 1 : 0
  }

  var values: [TemplateValue] { (0..<count).map { .int(start + $0 * step) } }

  static func == (left: TemplateRange, right: TemplateRange) -> Bool {
    left.count == right.count && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
  }
}

/// What a dictionary's `keys()`, `values()` and `items()` give: its members seen from one side. Has a length, but no places.
struct TemplateView {
  enum Side: String { case keys, values, items }

  let side: Side
  let dictionary: TemplateDictionary

  var values: [TemplateValue] {
    switch side {
    case .keys: dictionary.keys
    case .values: dictionary.values
    case .items: dictionary.pairs
    }
  }
}

/// Variables that a template may change from within loops: the only thing it can change.
final class TemplateNamespace {
  var members = TemplateDictionary()
}

/// Names and their values; a name that is not here is looked for in the parent. Those whose first use here is to be given a value begin undefined (`TemplateNames`).
final class TemplateScope {
  private var names: [String: TemplateValue] = [:]
  private let mentioned: Set<String>
  private let parent: TemplateScope?

  /// A template's variables, from outside.
  init() {
    (mentioned, parent) = ([], nil)
  }

  init(_ parent: TemplateScope, _ names: TemplateNames = TemplateNames()) {
    (mentioned, self.parent) = (names.mentioned, parent)
    for name in names.late where !parent.isMentioned(name) { self.names[name] = .undefined("\"\(name)\" is not defined") }
  }

  private func isMentioned(_ name: String) -> Bool {
    var scope: TemplateScope? = self
    while let here = scope {
      if here.mentioned.contains(name) { return true }
      scope = here.parent
    }
    return false
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
