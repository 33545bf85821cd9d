extension TemplateEvaluator {
  mutating func evaluate(_ expression: TemplateExpression, _ scope: TemplateScope) throws(TemplateProblem) -> TemplateValue {
    let line = expression.line
    try step(line)
    switch expression.kind {
    case .literal(let literal): return TemplateValue(literal)
    case .name(let name):
      if let value = scope[name] { return value }
      return try global(name, line)
    default:
      let value = try nested(line) { (evaluator) throws(TemplateProblem) in try evaluator.compound(expression, scope) }
      guard value.depth <= Self.maximumValueDepth else {
        throw TemplateProblem(line: line, reason: .limit, text: "the template puts lists into lists more than \(Self.maximumValueDepth) deep")
      }
      return value
    }
  }

  /// More than JSON may have, little enough to be printed and freed on a small stack.
  private static let maximumValueDepth = 130

  private mutating func compound(_ expression: TemplateExpression, _ scope: TemplateScope) throws(TemplateProblem) -> TemplateValue {
    let line = expression.line
    switch expression.kind {
    case .literal, .name: return try evaluate(expression, scope)
    case .list(let items): return .list(TemplateList(try evaluate(items, scope)))
    case .tuple(let items): return .tuple(TemplateList(try evaluate(items, scope)))
    case .dictionary(let members):
      var dictionary = TemplateDictionary()
      for (key, value) in members {
        let key = try evaluate(key, scope)
        try spend(key.weight, line)
        guard dictionary.set(key, try evaluate(value, scope)) else { throw problem(line, "\(described(key)) cannot be a key") }
      }
      return .dictionary(dictionary)
    case .attribute(let object, let name): return try attribute(try evaluate(object, scope), name, line)
    case .item(let object, let index): return try item(try evaluate(object, scope), try evaluate(index, scope), line)
    case .slice(let object, let start, let stop, let step):
      return try slice(try evaluate(object, scope), try bound(start, scope), try bound(stop, scope), try bound(step, scope), line)
    case .call(let callee, let arguments): return try call(try evaluate(callee, scope), try values(arguments, scope, line), line)
    case .filter(let value, let name, let arguments): return try filter(try evaluate(value, scope), name, try values(arguments, scope, line), line)
    case .test(let value, let name, let arguments): return .bool(try test(try evaluate(value, scope), name, try values(arguments, scope, line), line))
    case .not(let value): return .bool(!(try evaluate(value, scope).isTrue))
    case .negative(let value):
      switch try evaluate(value, scope) {
      case .double(let number): return .double(-number)
      case let other:
        guard let number = other.wholeNumber, number != .min else { throw problem(line, "- cannot be put before \(described(other))") }
        return .int(-number)
      }
    case .positive(let value):
      let number = try evaluate(value, scope)
      if case .double = number { return number }
      guard let whole = number.wholeNumber else { throw problem(line, "+ cannot be put before \(described(number))") }
      return .int(whole)
    case .and(let left, let right):
      let first = try evaluate(left, scope)
      return first.isTrue ? try evaluate(right, scope) : first
    case .or(let left, let right):
      let first = try evaluate(left, scope)
      return first.isTrue ? first : try evaluate(right, scope)
    case .arithmetic(let operation, let left, let right):
      return try arithmetic(operation, try evaluate(left, scope), try evaluate(right, scope), line)
    case .compare(let first, let rest):
      var left = try evaluate(first, scope)
      for (operation, next) in rest {
        let right = try evaluate(next, scope)
        guard try compare(operation, left, right, line) else { return .bool(false) }
        left = right
      }
      return .bool(true)
    case .concatenation(let parts):
      var text = ""
      for part in parts {
        text += try printed(try evaluate(part, scope), line)
      }
      try spend(text.utf8.count, line)
      return .string(text)
    case .conditional(let condition, let then, let otherwise):
      if try evaluate(condition, scope).isTrue { return try evaluate(then, scope) }
      if let otherwise { return try evaluate(otherwise, scope) }
      return .undefined("the condition is false and there is no else")
    }
  }

  private mutating func evaluate(_ items: [TemplateExpression], _ scope: TemplateScope) throws(TemplateProblem) -> [TemplateValue] {
    var values: [TemplateValue] = []
    for item in items { values.append(try evaluate(item, scope)) }
    return values
  }

  mutating func values(_ arguments: TemplateArguments, _ scope: TemplateScope, _ line: Int) throws(TemplateProblem) -> TemplateCallValues {
    var result = TemplateCallValues(positional: try evaluate(arguments.positional, scope))
    for (name, value) in arguments.named { result.named.append((name, try evaluate(value, scope))) }
    if let spread = arguments.spread { result.positional += try iterate(try evaluate(spread, scope), line) }
    if let spread = arguments.spreadNamed {
      let members = try evaluate(spread, scope)
      guard case .dictionary(let dictionary) = members else { throw problem(line, "** needs a dictionary, found \(described(members))") }
      for (key, value) in zip(dictionary.keys, dictionary.values) {
        guard case .string(let name) = key, result[name] == nil else {
          throw problem(line, "\(described(key)) cannot be the name of an argument here")
        }
        result.named.append((name, value))
      }
    }
    for value in result.positional + result.named.map(\.value) where value.depth > 0 { try spend(value.weight, line) }
    return result
  }

  // MARK: - Looking inside

  /// `object.name`: a method or attribute first, then a member, as in Jinja.
  mutating func attribute(_ object: TemplateValue, _ name: String, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if let value = try own(object, name, line) { return value }
    return try element(of: object, .string(name), line) ?? missing(object, name)
  }

  /// `object[index]`: a member first, then a method.
  mutating func item(_ object: TemplateValue, _ index: TemplateValue, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if case .undefined(let what) = object { throw problem(line, "\(what), so it has no \(described(index))") }
    if let value = try element(of: object, index, line) { return value }
    if case .string(let name) = index, let value = try own(object, name, line) { return value }
    return missing(object, index.weight > 100 ? index.typeName : index.representation)
  }

  /// What Python's `getattr` finds. What would change a value is undefined, as in the sandbox, and hides a member of that name.
  private mutating func own(_ object: TemplateValue, _ name: String, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    if Self.hasMethod(object, name) { return .method(object, name) }
    if Self.isForbidden(object, name) { return .undefined("\(name) of a \(object.typeName) is not for templates") }
    switch object {
    case .undefined(let what): throw problem(line, "\(what), so it has no \"\(name)\"")
    case .safe: throw problem(line, "\(described(object)) has no methods here")
    case .namespace(let namespace): return namespace.members[name]
    case .loop(let loop): return try member(name, of: loop, line)
    case .macro(let macro, _):
      switch name {
      case "name": return macro.name.map(TemplateValue.string) ?? TemplateValue.none
      case "arguments": return .tuple(TemplateList(macro.parameters.map { .string($0.name) }))
      case "catch_kwargs": return .bool(macro.specials.contains("kwargs"))
      case "catch_varargs": return .bool(macro.specials.contains("varargs"))
      case "caller": return .bool(macro.specials.contains("caller"))
      default: return nil
      }
    case .tuple(let list): return list.fields.firstIndex(of: name).map { list[$0] }
    case .range(let range): return [("start", range.start), ("stop", range.stop), ("step", range.step)].first { $0.0 == name }.map { .int($0.1) }
    default: return nil
    }
  }

  /// What Python's `object[index]` finds.
  private mutating func element(of object: TemplateValue, _ index: TemplateValue, _ line: Int) throws(TemplateProblem) -> TemplateValue? {
    if case .safe = object { throw problem(line, "\(described(object)) cannot be looked into") }
    if case .dictionary(let dictionary) = object {
      try spend(index.weight, line)
      return dictionary[index]
    }
    guard let place = index.wholeNumber, let count = object.count else { return nil }
    let at = place < 0 ? count.addingSaturated(place) : place
    guard (0..<count).contains(at) else { return nil }
    switch object {
    case .list(let list), .tuple(let list): return list[at]
    case .range(let range): return .int(range.start + at * range.step)
    case .string(let text):
      try spend(text.utf8.count, line)
      let scalars = text.unicodeScalars
      return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: at)]))
    default: return nil
    }
  }

  private func missing(_ object: TemplateValue, _ name: String) -> TemplateValue { .undefined("a \(object.typeName) has no \"\(name)\"") }

  private mutating func bound(_ expression: TemplateExpression?, _ scope: TemplateScope) throws(TemplateProblem) -> TemplateValue {
    try expression.map { (expression) throws(TemplateProblem) in try evaluate(expression, scope) } ?? TemplateValue.none
  }

  /// `object[start:stop:step]`. Always refused is what cannot be sliced; Jinja prints nothing for it where all of it is constant.
  private mutating func slice(
    _ object: TemplateValue, _ start: TemplateValue, _ stop: TemplateValue, _ step: TemplateValue, _ line: Int
  ) throws(TemplateProblem) -> TemplateValue {
    if case .undefined(let what) = object { throw problem(line, "\(what), so it cannot be sliced") }
    let bounds = [start, stop, step]
    if let bound = bounds.first(where: { !$0.isNone && $0.wholeNumber == nil }) {
      throw problem(line, "a slice needs whole numbers, found \(described(bound))")
    }
    func places(_ count: Int) throws(TemplateProblem) -> (from: Int, to: Int, by: Int) {
      let step = step.wholeNumber ?? 1
      guard step != 0, step != .min else { throw problem(line, "a slice's step cannot be \(step)") }
      // Python's rules (PySlice_AdjustIndices): negative bounds count from the end, all are cut to what is there.
      func cut(_ bound: Int?, _ fallback: Int) -> Int {
        guard let bound else { return fallback }
        let low = step < 0 ? -1 : 0
        let high = step < 0 ? count - 1 : count
        return min(max(bound < 0 ? max(bound, -count - 1) + count : bound, low), high)
      }
      return (cut(start.wholeNumber, step < 0 ? count - 1 : 0), cut(stop.wholeNumber, step < 0 ? -1 : count), step)
    }
    func pick<Element>(_ all: [Element]) throws(TemplateProblem) -> [Element] {
      let (from, to, by) = try places(all.count)
      return stride(from: from, to: to, by: by).map { all[$0] }
    }
    switch object {
    case .list(let values), .tuple(let values):
      let picked = TemplateList(try pick(values.values))
      try spend(picked.count * 16, line)
      if case .tuple = object { return .tuple(picked) }
      return .list(picked)
    case .string(let text):
      let picked = String.fromScalars(try pick(Array(text.unicodeScalars)))
      try spend(picked.utf8.count, line)
      return .string(picked)
    case .range(let range):
      let (from, to, by) = try places(range.count)
      let (step, overflow) = range.step.multipliedReportingOverflow(by: by)
      guard !overflow, let part = TemplateRange(start: range.start + from * range.step, stop: range.start + to * range.step, step: step) else {
        throw problem(line, "a range cannot be sliced in steps of \(by)")
      }
      return .range(part)
    default: throw problem(line, "\(described(object)) cannot be sliced")
    }
  }

  /// A value and its type, short enough for a message.
  func described(_ value: TemplateValue) -> String {
    switch value {
    case .undefined(let what): "a value that is missing (\(what))"
    case .safe: "text marked safe"
    case .wide: "a whole number of more than 64 bits"
    case _ where value.weight > 1000 || !value.isPrintable: "a value (\(value.typeName))"
    default: "\(value.representation.prefix(40)) (\(value.typeName))"
    }
  }
}
