extension TemplateEvaluator {
  mutating func evaluate(_ expression: TemplateExpression, _ scope: TemplateScope) throws(TemplateProblem) -> TemplateValue {
    let line = expression.line
    try step(line)
    switch expression.kind {
    case .literal(let literal): return TemplateValue(literal)
    case .name(let name): return scope[name] ?? (Self.functions.contains(name) ? .function(name) : .undefined("\"\(name)\" is not defined"))
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
      for (key, value) in members { dictionary.set(try evaluate(key, scope), try evaluate(value, scope)) }
      return .dictionary(dictionary)
    case .attribute(let object, let name): return try attribute(try evaluate(object, scope), name, line)
    case .item(let object, let index): return try item(try evaluate(object, scope), try evaluate(index, scope), line)
    case .slice(let object, let start, let stop, let step):
      return try slice(try evaluate(object, scope), try bound(start, scope), try bound(stop, scope), try bound(step, scope), line)
    case .call(let callee, let arguments): return try call(try evaluate(callee, scope), try values(arguments, scope), line)
    case .filter(let value, let name, let arguments): return try filter(try evaluate(value, scope), name, try values(arguments, scope), line)
    case .test(let value, let name, let arguments): return .bool(try test(try evaluate(value, scope), name, try values(arguments, scope), line))
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
      guard number.number != nil else { throw problem(line, "+ cannot be put before \(described(number))") }
      return number
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
        let value = try evaluate(part, scope)
        try spend(value.weight, line)
        text += value.text
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

  mutating func values(_ arguments: TemplateArguments, _ scope: TemplateScope) throws(TemplateProblem) -> TemplateCallValues {
    var result = TemplateCallValues(positional: try evaluate(arguments.positional, scope))
    for (name, value) in arguments.named { result.named.append((name, try evaluate(value, scope))) }
    for value in result.positional + result.named.map(\.value) where value.depth > 0 {
      try spend(value.weight, arguments.positional.first?.line ?? arguments.named[0].value.line)
    }
    return result
  }

  // MARK: - Looking inside

  /// `object.name`: a method or attribute first, then a member, as in Jinja.
  func attribute(_ object: TemplateValue, _ name: String, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if case .undefined(let what) = object { throw problem(line, "\(what), so it has no \"\(name)\"") }
    if Self.hasMethod(object, name) { return .method(object, name) }
    switch object {
    case .dictionary(let dictionary): return dictionary[name] ?? missing(object, name)
    case .namespace(let namespace): return namespace.members[name] ?? missing(object, name)
    case .loop(let loop): return loop.member(name) ?? missing(object, name)
    default: return missing(object, name)
    }
  }

  /// `object[index]`: a member first, then a method.
  func item(_ object: TemplateValue, _ index: TemplateValue, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    switch (object, index) {
    case (.undefined(let what), _): throw problem(line, "\(what), so it has no \(index.representation)")
    case (.dictionary(let dictionary), _):
      if let value = dictionary[index] { return value }
    case (.list(let values), _), (.tuple(let values), _):
      if let place = index.wholeNumber { return element(values.values, place) ?? missing(object, index.representation) }
    case (.string(let text), _):
      if let place = index.wholeNumber {
        return element(text.unicodeScalars.map { .string(String($0)) }, place) ?? missing(object, index.representation)
      }
    default: break
    }
    if case .string(let name) = index { return try attribute(object, name, line) }
    return missing(object, index.representation)
  }

  private func element(_ values: [TemplateValue], _ place: Int) -> TemplateValue? {
    let index = place < 0 ? values.count + place : place
    return values.indices.contains(index) ? values[index] : nil
  }

  private func missing(_ object: TemplateValue, _ name: String) -> TemplateValue { .undefined("a \(object.typeName) has no \"\(name)\"") }

  private mutating func bound(_ expression: TemplateExpression?, _ scope: TemplateScope) throws(TemplateProblem) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression, scope)
    if case .none = value { return nil }
    guard let number = value.wholeNumber else { throw problem(expression.line, "a slice needs whole numbers, found \(described(value))") }
    return number
  }

  private mutating func slice(_ object: TemplateValue, _ start: Int?, _ stop: Int?, _ step: Int?, _ line: Int) throws(TemplateProblem)
    -> TemplateValue
  {
    func places(_ count: Int) throws(TemplateProblem) -> [Int] {
      let step = step ?? 1
      guard step != 0, step != .min else { throw problem(line, "a slice's step cannot be \(step)") }
      // Python's rules (PySlice_AdjustIndices): negative bounds count from the end, all are cut to what is there.
      func cut(_ bound: Int?, _ fallback: Int) -> Int {
        guard let bound else { return fallback }
        let low = step < 0 ? -1 : 0
        let high = step < 0 ? count - 1 : count
        return min(max(bound < 0 ? max(bound, -count - 1) + count : bound, low), high)
      }
      let from = cut(start, step < 0 ? count - 1 : 0)
      let to = cut(stop, step < 0 ? -1 : count)
      return Array(stride(from: from, to: to, by: step))
    }
    switch object {
    case .list(let values), .tuple(let values):
      let picked = try places(values.count).map { values[$0] }
      try spend(picked.count * 16, line)
      if case .tuple = object { return .tuple(TemplateList(picked)) }
      return .list(TemplateList(picked))
    case .string(let text):
      let scalars = Array(text.unicodeScalars)
      let picked = String.fromScalars(try places(scalars.count).map { scalars[$0] })
      try spend(picked.utf8.count, line)
      return .string(picked)
    default: throw problem(line, "\(described(object)) cannot be sliced")
    }
  }

  /// The elements that a loop goes through.
  func iterate(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> [TemplateValue] {
    switch value {
    case .undefined: return []
    case .list(let list), .tuple(let list): return list.values
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .dictionary(let dictionary): return dictionary.keys
    default: throw problem(line, "\(described(value)) cannot be gone through")
    }
  }

  /// A value and its type, short enough for a message.
  func described(_ value: TemplateValue) -> String {
    switch value {
    case .undefined(let what): "a value that is missing (\(what))"
    case _ where value.weight > 1000: "a large value (\(value.typeName))"
    default: "\(value.representation.prefix(40)) (\(value.typeName))"
    }
  }
}
