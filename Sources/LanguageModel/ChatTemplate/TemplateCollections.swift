internal import Files

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
