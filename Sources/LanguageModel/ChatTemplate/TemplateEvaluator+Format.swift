// Python's two ways of putting values into text: `"%s" % value` and `"{}".format(value)`.
extension TemplateEvaluator {
  // MARK: - With %

  /// `format % values`: a tuple gives one value a directive, a dictionary gives them by name.
  mutating func percentFormat(_ format: String, _ values: TemplateValue, _ line: Int) throws(TemplateProblem) -> String {
    try spend(format.utf8.count, line)
    var given: [TemplateValue] = if case .tuple(let list) = values { list.values } else { [values] }
    // What Python can look into by key may be left unused.
    let isByName =
      switch values {
      case .dictionary, .list, .range, .undefined: true
      default: false
      }
    var out = ""
    var rest = Array(format.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        out.unicodeScalars.append(scalar)
        continue
      }
      var value: TemplateValue?
      if rest.first == "(" {
        guard case .dictionary(let members) = values, let end = closing(rest) else {
          throw problem(line, "%(name) needs a dictionary and a closing bracket")
        }
        value = members[String.fromScalars(rest[(rest.startIndex + 1)..<end])]
        guard value != nil else { throw problem(line, "the dictionary has no value for %\(String.fromScalars(rest[rest.startIndex...end]))") }
        rest = rest[(end + 1)...]
        given = []
      }
      let (specification, letter) = try directive(&rest, &given, line)
      if letter == "%" {
        out += "%"
        continue
      }
      if value == nil {
        guard !given.isEmpty else { throw problem(line, "there are not enough values for the text's %") }
        value = given.removeFirst()
      }
      let part = try percent(value ?? .none, specification, letter, line)
      try spend(part.utf8.count, line)
      out += part
    }
    guard given.isEmpty || isByName else { throw problem(line, "not all values are used by the text's %") }
    return out
  }

  /// Place of the bracket that closes the one at the front.
  private func closing(_ rest: ArraySlice<Unicode.Scalar>) -> Int? {
    var open = 0
    for place in rest.indices {
      open += rest[place] == "(" ? 1 : rest[place] == ")" ? -1 : 0
      if open == 0 { return place }
    }
    return nil
  }

  /// Flags, width, precision and letter after a `%`.
  private func directive(
    _ rest: inout ArraySlice<Unicode.Scalar>, _ given: inout [TemplateValue], _ line: Int
  ) throws(TemplateProblem) -> (TemplateNumberFormat, Unicode.Scalar) {
    var specification = TemplateNumberFormat()
    flags: while let flag = rest.first {
      switch flag {
      case "-": specification.align = "<"
      case "+": specification.sign = "+"
      case " ": if specification.sign != "+" { specification.sign = " " }
      case "0": specification.fill = "0"
      case "#": specification.isAlternate = true
      default: break flags
      }
      rest.removeFirst()
    }
    func number() throws(TemplateProblem) -> Int {
      if rest.first == "*" {
        rest.removeFirst()
        guard !given.isEmpty, let width = given.removeFirst().wholeNumber, abs(width) <= TemplateNumberFormat.maximumWidth else {
          throw problem(line, "* in a text's % needs a whole number")
        }
        return width
      }
      guard let value = TemplateNumberFormat.number(&rest) else { throw problem(line, "the width in a text's % is too large") }
      return value
    }
    specification.width = try number()
    if specification.width < 0 {
      specification.align = "<"
      specification.width.negate()
    }
    if rest.first == "." {
      rest.removeFirst()
      specification.precision = max(try number(), 0)
    }
    if let modifier = rest.first, "hlL".unicodeScalars.contains(modifier) { rest.removeFirst() }
    guard let letter = rest.popFirst() else { throw problem(line, "a text's % ends too soon") }
    return (specification, letter)
  }

  private mutating func percent(
    _ value: TemplateValue, _ given: TemplateNumberFormat, _ letter: Unicode.Scalar, _ line: Int
  ) throws(TemplateProblem) -> String {
    var specification = given
    let isNumber = !"srac".unicodeScalars.contains(letter)
    if isNumber, specification.fill == "0", specification.align == nil { specification.align = "=" }
    if specification.align != "=" { specification.fill = " " }
    if specification.align == nil { specification.align = ">" }
    if !isNumber { (specification.sign, specification.isAlternate) = ("-", false) }
    let text: String?
    switch letter {
    case "s": text = specification.text(try printed(value, line))
    case "r":
      _ = try printed(value, line)
      text = specification.text(value.representation)
    case "c":
      specification.precision = nil
      if case .string(let one) = value, one.unicodeScalars.count == 1 {
        text = specification.text(one)
      } else {
        specification.type = "c"
        text = value.wholeNumber.flatMap(specification.whole)
      }
    case "d", "i", "u", "o", "x", "X":
      var whole = value.wholeNumber
      if whole == nil, "diu".unicodeScalars.contains(letter), case .double(let number) = value { whole = Int(exactly: number.rounded(.towardZero)) }
      specification.type = "diu".unicodeScalars.contains(letter) ? "d" : letter
      let precision = specification.precision
      specification.precision = nil
      guard precision == nil || precision == 0, !specification.isAlternate || letter != "o" else {
        throw problem(line, "%\(letter) with a precision or # is not understood")
      }
      text = whole.flatMap(specification.whole)
    case "e", "E", "f", "F", "g", "G":
      specification.type = letter
      text = value.number.flatMap(specification.double)
    default: text = nil
    }
    guard let text else { throw problem(line, "%\(letter) cannot write \(described(value))") }
    return text
  }

  // MARK: - With braces

  /// `format.format(values)` and `format.format_map(dictionary)`.
  mutating func braceFormat(_ format: String, _ name: String, _ given: TemplateCallValues, _ line: Int) throws(TemplateProblem) -> String {
    var arguments = given
    if name == "format_map" {
      guard given.named.isEmpty, given.positional.count == 1, case .dictionary(let members) = given.positional[0] else {
        throw problem(line, "format_map takes one dictionary")
      }
      arguments = TemplateCallValues()
      for case (.string(let key), let value) in zip(members.keys, members.values) { arguments.named.append((key, value)) }
    }
    var out = ""
    var automatic = 0
    var rest = Array(format.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      if scalar == "{" || scalar == "}" {
        if rest.first == scalar {
          rest.removeFirst()
        } else if scalar == "{", let end = rest.firstIndex(where: { $0 == "}" || $0 == "{" }), rest[end] == "}" {
          let part = try field(rest[..<end], arguments, &automatic, line)
          try spend(part.utf8.count, line)
          out += part
          rest = rest[(end + 1)...]
          continue
        } else {
          throw problem(line, "a brace in the text stands alone, or within another, which is not understood")
        }
      }
      out.unicodeScalars.append(scalar)
    }
    return out
  }

  /// What stands between two braces: `name.member[index]!conversion:specification`.
  private mutating func field(
    _ field: ArraySlice<Unicode.Scalar>, _ arguments: TemplateCallValues, _ automatic: inout Int, _ line: Int
  ) throws(TemplateProblem) -> String {
    var rest = field
    let name = String.fromScalars(rest.prefix { !".[!:".unicodeScalars.contains($0) })
    rest = rest.dropFirst(name.unicodeScalars.count)
    var value: TemplateValue?
    if name.isEmpty || Int(name) != nil {
      guard name.isEmpty ? automatic >= 0 : automatic <= 0 else { throw problem(line, "fields with and without a number cannot be mixed") }
      let place = Int(name) ?? automatic
      automatic = name.isEmpty ? automatic + 1 : -1
      value = arguments.positional.indices.contains(place) ? arguments.positional[place] : nil
    } else {
      value = arguments[name]
    }
    guard var value else { throw problem(line, "there is no value for the field {\(name)}") }
    while let sign = rest.first, sign == "." || sign == "[" {
      rest.removeFirst()
      let key = String.fromScalars(rest.prefix { sign == "[" ? $0 != "]" : !".[!:".unicodeScalars.contains($0) })
      rest = rest.dropFirst(key.unicodeScalars.count)
      guard !key.isEmpty, sign == "." || rest.popFirst() == "]" else { throw problem(line, "a member's name is missing in a field of the text") }
      value = sign == "." ? try attribute(value, key, line) : try item(value, Int(key).map(TemplateValue.int) ?? .string(key), line)
    }
    if rest.first == "!" {
      rest.removeFirst()
      guard let conversion = rest.popFirst(), conversion == "s" || conversion == "r" else {
        throw problem(line, "the conversion after ! must be s or r")
      }
      let text = try printed(value, line)
      value = .string(conversion == "s" ? text : value.representation)
    }
    let specification = rest.first == ":" ? String.fromScalars(rest.dropFirst()) : ""
    guard rest.isEmpty || rest.first == ":" else { throw problem(line, "a field of the text is not understood") }
    return try braced(value, specification, line)
  }

  private mutating func braced(_ value: TemplateValue, _ specification: String, _ line: Int) throws(TemplateProblem) -> String {
    if specification.isEmpty { return try printed(value, line) }
    guard let format = TemplateNumberFormat(specification) else { throw problem(line, "the specification \"\(specification)\" is not understood") }
    let text: String? =
      switch value {
      case .string(let text): format.text(text)
      case .double(let number): format.double(number)
      default: value.wholeNumber.flatMap(format.whole)
      }
    guard let text else { throw problem(line, "\(described(value)) cannot be written as \"\(specification)\"") }
    return text
  }
}
