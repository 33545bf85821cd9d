/// Values that are made one by one and can be gone through once: what `map`, `select`, `items`, `batch`, `reverse` and the like give, as in Python.
final class TemplateIterator {
  /// What happens to the values on their way.
  enum Stage {
    case plain
    /// A filter that gives its values one by one: `map`, `select`, `reject`, `selectattr`, `rejectattr`.
    case each(filter: String, TemplateCallValues)
    /// A filter that needs all values before it gives the first: `items`, `batch`, `slice`, `unique`.
    case whole(filter: String, TemplateCallValues)
    /// The condition of a loop.
    case condition(TemplateTarget, TemplateExpression, TemplateScope)
  }

  let stage: Stage
  /// Iterators and lists within one another.
  let depth: Int
  /// What the values come from, until the first is asked for.
  var source: TemplateValue?
  var upstream: TemplateIterator?
  var values: [TemplateValue] = []
  var place = 0

  init(_ source: TemplateValue, _ stage: Stage) {
    self.source = source
    self.stage = stage
    var arguments: [TemplateValue] = []
    switch stage {
    case .each(_, let given), .whole(_, let given): arguments = given.positional + given.named.map(\.value)
    default: break
    }
    depth = arguments.reduce(source.depth) { max($0, $1.depth) } + 1
  }

  /// - depth: that of what the values were taken from.
  init(values: [TemplateValue], depth: Int) {
    self.values = values
    stage = .plain
    self.depth = depth + 1
  }
}

/// The variable `loop` of a for loop. It looks ahead in its values only when it is asked to, as Jinja's does.
final class TemplateLoop {
  var source: TemplateIterator
  /// Lists and iterators within one another.
  let depth: Int
  /// How many recursive loops it is in.
  let level: Int
  /// What `loop(...)` goes through again, in a recursive loop.
  let recursion: TemplateRecursion?
  var index = -1
  var length: Int?
  var previous: TemplateValue?
  var current: TemplateValue?
  /// The value that was looked at ahead of its turn; `.some(nil)` at the end.
  var ahead: TemplateValue??
  /// What `changed` was asked last.
  var lastChecked: [TemplateValue]?

  init(_ source: TemplateIterator, length: Int?, level: Int, recursion: TemplateRecursion?) {
    self.source = source
    self.length = length
    self.level = level
    self.recursion = recursion
    depth = source.depth + 1
  }
}

/// A recursive loop and the scope it stands in.
final class TemplateRecursion {
  let loop: TemplateForLoop
  let scope: TemplateScope

  init(_ loop: TemplateForLoop, _ scope: TemplateScope) {
    self.loop = loop
    self.scope = scope
  }
}

extension TemplateEvaluator {
  /// The next value, or nil at the end.
  mutating func next(_ iterator: TemplateIterator, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.advance(iterator, line) }
  }

  private mutating func advance(_ iterator: TemplateIterator, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    if let source = iterator.source {
      iterator.source = nil
      try start(iterator, source, line)
    }
    while let value = try raw(iterator, line) {
      try step(line)
      switch iterator.stage {
      case .plain, .whole: return value
      case .each("map", let arguments): return try mapped(value, arguments, line)
      case .each(let filter, let arguments): if try isSelected(value, filter, arguments, line) { return value }
      case .condition(let target, let condition, let scope):
        let inner = TemplateScope(scope)
        try assign(target, value, inner, line)
        if try evaluate(condition, inner).isTrue { return value }
      }
    }
    return nil
  }

  private mutating func raw(_ iterator: TemplateIterator, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    if let upstream = iterator.upstream { return try next(upstream, line) }
    guard iterator.place < iterator.values.count else { return nil }
    iterator.place += 1
    return iterator.values[iterator.place - 1]
  }

  private mutating func start(_ iterator: TemplateIterator, _ source: TemplateValue, _ line: Int) throws(TemplateProblem) {
    switch iterator.stage {
    // Jinja's `map` and `select` do not so much as look at what is false.
    case .each where !source.isTrue: return
    case .whole(let filter, let arguments): iterator.values = try wholeFilter(source, filter, arguments, line)
    default:
      if case .iterator(let upstream) = source { iterator.upstream = upstream } else { iterator.values = try iterate(source, line) }
    }
  }

  /// All elements that a loop goes through; an iterator is used up.
  mutating func iterate(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> [TemplateValue] {
    guard case .iterator(let iterator) = value else { return try elements(value, line) }
    var values: [TemplateValue] = []
    while let value = try next(iterator, line) {
      values.append(value)
      try spend(16, line)
    }
    return values
  }

  /// A loop's values one by one; an iterator is shared with whoever else has it.
  mutating func iterator(over value: TemplateValue, _ line: Int) throws(TemplateProblem) -> TemplateIterator {
    if case .iterator(let iterator) = value { return iterator }
    return TemplateIterator(values: try elements(value, line), depth: value.depth)
  }

  private mutating func elements(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> [TemplateValue] {
    switch value {
    // Elements that are not there yet have to be made.
    case .string, .range, .view: try spend(16, times: value.weight, line)
    default: break
    }
    guard let elements = value.elements else { throw problem(line, "\(described(value)) cannot be gone through") }
    return elements
  }

  // MARK: - Loops

  /// Moves a loop on to its next value; nil when there is none.
  mutating func advance(_ loop: TemplateLoop, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    let value = try peek(loop, line)
    loop.ahead = nil
    guard let value else { return nil }
    loop.index += 1
    loop.previous = loop.current
    loop.current = value
    return value
  }

  private mutating func peek(_ loop: TemplateLoop, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    if let ahead = loop.ahead { return ahead }
    let value = try next(loop.source, line)
    loop.ahead = .some(value)
    return value
  }

  /// How many rounds the loop takes; the values of an iterator are made for it.
  mutating func length(_ loop: TemplateLoop, _ line: Int) throws(TemplateProblem) -> Int {
    if let length = loop.length { return length }
    var rest: [TemplateValue] = []
    while let value = try next(loop.source, line) { rest.append(value) }
    loop.source = TemplateIterator(values: rest, depth: loop.source.depth)
    var isAhead = false
    if case .some(.some) = loop.ahead { isAhead = true }
    let length = rest.count + loop.index + 1 + (isAhead ? 1 : 0)
    loop.length = length
    return length
  }

  /// `loop.name`; nil if a loop has no such member.
  mutating func member(_ name: String, of loop: TemplateLoop, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    switch name {
    case "index": .int(loop.index + 1)
    case "index0": .int(loop.index)
    case "revindex": .int(try length(loop, line) - loop.index)
    case "revindex0": .int(try length(loop, line) - loop.index - 1)
    case "first": .bool(loop.index == 0)
    case "last": .bool(try peek(loop, line) == nil)
    case "length": .int(try length(loop, line))
    case "depth": .int(loop.level + 1)
    case "depth0": .int(loop.level)
    case "previtem": loop.index > 0 ? loop.previous : .undefined("there is no previous item")
    case "nextitem": try peek(loop, line) ?? .undefined("there is no next item")
    case "cycle", "changed": .method(.loop(loop), name)
    default: nil
    }
  }
}
