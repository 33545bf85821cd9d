internal import Files

/// A piece of a template's text.
struct TemplateToken: Sendable {
  enum Kind: Sendable, Equatable {
    case text(String)
    case variableBegin
    case variableEnd
    case blockBegin
    case blockEnd
    case name(String)
    case string(String)
    case int(Int)
    case double(Double)
    case symbol(String)
    case end
  }

  var kind: Kind
  var line: Int
}

/// Cuts a template into tokens, as Jinja does with `trim_blocks` and `lstrip_blocks` on, which is how transformers sets it.
///
/// Source: pallets/jinja, src/jinja2/lexer.py (`tokeniter`). Line ends become \n, one line end at the very end is dropped, `-` takes white space on its side,
/// `+` keeps it, a block tag takes the white space before it on its line and the line end after it.
struct TemplateLexer {
  let text: [Unicode.Scalar]
  var place = 0
  var line = 1
  var tokens: [TemplateToken] = []
  /// Whether the text at `place` begins a line, as far as the tag before it is concerned.
  private var atLineStart = true

  private init(_ source: String) {
    var text: [Unicode.Scalar] = []
    var previous: Unicode.Scalar?
    for scalar in source.unicodeScalars {
      if scalar == "\r" {
        text.append("\n")
      } else if !(scalar == "\n" && previous == "\r") {
        text.append(scalar)
      }
      previous = scalar
    }
    if text.last == "\n" { text.removeLast() }
    self.text = text
  }

  static func tokens(of source: String) throws(TemplateProblem) -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    while lexer.place < lexer.text.count { try lexer.takeText() }
    lexer.add(.end)
    return lexer.tokens
  }

  // MARK: - Outside of tags

  private mutating func takeText() throws(TemplateProblem) {
    var end = place
    while end < text.count, !(text[end] == "{" && end + 1 < text.count && "{%#".unicodeScalars.contains(text[end + 1])) { end += 1 }
    guard end < text.count else {
      addText(place..<text.count)
      advance(to: text.count)
      return
    }
    let kind = text[end + 1]
    let sign = end + 2 < text.count ? Self.sign(text[end + 2]) : nil
    // What is printed keeps the white space before it, unless it says otherwise.
    addText(place..<(kind == "{" && sign == nil ? end : textEnd(before: end, sign: sign, from: place)))
    advance(to: end + 2 + (sign == nil ? 0 : 1))
    switch kind {
    case "#": try takeComment()
    case "{":
      add(.variableBegin)
      try takeExpression(closing: "}}", .variableEnd)
    default: try takeBlock()
    }
  }

  private mutating func takeComment() throws(TemplateProblem) {
    let start = line
    let body = place
    while place + 1 < text.count, !(text[place] == "#" && text[place + 1] == "}") { advance(to: place + 1) }
    guard place + 1 < text.count else { throw TemplateProblem(line: start, reason: .syntax, text: "the comment {# is not closed with #}") }
    let sign = place > body ? Self.sign(text[place - 1]) : nil
    advance(to: place + 2)
    endTag(sign: sign, trimsLineEnd: true)
  }

  private mutating func takeBlock() throws(TemplateProblem) {
    if let (end, sign) = rawTag("raw", from: place), sign != "+" {
      try takeRaw(openEnd: end, openSign: sign)
      return
    }
    add(.blockBegin)
    try takeExpression(closing: "%}", .blockEnd)
  }

  static func sign(_ scalar: Unicode.Scalar) -> Unicode.Scalar? { scalar == "-" || scalar == "+" ? scalar : nil }

  /// White space after a tag. `sign` is the mark before the closing bracket.
  private mutating func endTag(sign: Unicode.Scalar?, trimsLineEnd: Bool) {
    atLineStart = false
    if sign == "-" {
      let start = place
      while place < text.count, text[place].isPythonSpace { advance(to: place + 1) }
      atLineStart = place > start && text[place - 1] == "\n"
    } else if trimsLineEnd && sign == nil && place < text.count && text[place] == "\n" {
      advance(to: place + 1)
      atLineStart = true
    }
  }

  /// Where the tag `word %}` that begins at `start` ends, and its sign; nil if something else stands there.
  private func rawTag(_ word: String, from start: Int) -> (end: Int, sign: Unicode.Scalar?)? {
    var at = start
    func skipSpace() { while at < text.count, text[at].isPythonSpace { at += 1 } }
    skipSpace()
    for scalar in word.unicodeScalars {
      guard at < text.count, text[at] == scalar else { return nil }
      at += 1
    }
    skipSpace()
    let sign = at < text.count ? Self.sign(text[at]) : nil
    at += sign == nil ? 0 : 1
    guard at + 1 < text.count, text[at] == "%", text[at + 1] == "}" else { return nil }
    return (at + 2, sign)
  }

  /// `{% raw %}` text `{% endraw %}`: the text as it stands. Unlike other tags, `{% raw %}` leaves the line end after it.
  private mutating func takeRaw(openEnd: Int, openSign: Unicode.Scalar?) throws(TemplateProblem) {
    let start = line
    advance(to: openEnd)
    endTag(sign: openSign, trimsLineEnd: false)
    let body = place
    while place < text.count {
      guard text[place] == "{", place + 1 < text.count, text[place + 1] == "%" else {
        advance(to: place + 1)
        continue
      }
      let tag = place
      let sign = tag + 2 < text.count ? Self.sign(text[tag + 2]) : nil
      guard let (close, closeSign) = rawTag("endraw", from: tag + 2 + (sign == nil ? 0 : 1)) else {
        advance(to: place + 1)
        continue
      }
      addText(body..<textEnd(before: tag, sign: sign, from: body))
      advance(to: close)
      endTag(sign: closeSign, trimsLineEnd: true)
      return
    }
    throw TemplateProblem(line: start, reason: .syntax, text: "{% raw %} has no {% endraw %}")
  }

  /// Where the text before a tag ends: `-` takes all white space, nothing the white space on the tag's line, `+` none.
  private func textEnd(before tag: Int, sign: Unicode.Scalar?, from start: Int) -> Int {
    if sign == "-" {
      var end = tag
      while end > start, text[end - 1].isPythonSpace { end -= 1 }
      return end
    }
    guard sign != "+" else { return tag }
    var lineStart = tag
    while lineStart > start, text[lineStart - 1] != "\n" { lineStart -= 1 }
    return (lineStart > start || atLineStart) && text[lineStart..<tag].allSatisfy(\.isPythonSpace) ? lineStart : tag
  }

  // MARK: - Inside of tags

  private mutating func takeExpression(closing: String, _ endKind: TemplateToken.Kind) throws(TemplateProblem) {
    let start = line
    let close = Array(closing.unicodeScalars)
    var open: [Unicode.Scalar] = []
    while place < text.count {
      let scalar = text[place]
      if open.isEmpty, let sign = closingSign(close) {
        advance(to: place + 2 + (sign == nil ? 0 : 1))
        add(endKind)
        endTag(sign: sign, trimsLineEnd: closing == "%}")
        return
      }
      if scalar.isPythonSpace {
        advance(to: place + 1)
      } else if scalar == "'" || scalar == "\"" {
        try takeString(scalar)
      } else if ("0"..."9").contains(scalar) {
        try takeNumber()
      } else if Self.isNamePart(scalar) {
        let begin = place
        guard scalar == "_" || scalar.properties.isXIDStart else {
          throw TemplateProblem(line: line, reason: .syntax, text: "unexpected character \"\(scalar)\"")
        }
        while place < text.count, Self.isNamePart(text[place]) { advance(to: place + 1) }
        add(.name(String.fromScalars(text[begin..<place])))
      } else {
        try takeSymbol(&open)
      }
    }
    throw TemplateProblem(line: start, reason: .syntax, text: "a tag is not closed with \(closing)")
  }

  /// Whether the tag closes here, and with which sign; nil if it does not.
  private func closingSign(_ close: [Unicode.Scalar]) -> Unicode.Scalar?? {
    let first = text[place]
    if first == close[0], place + 1 < text.count, text[place + 1] == close[1] { return .some(nil) }
    let isSign = first == "-" || (first == "+" && close[0] == "%")
    if isSign, place + 2 < text.count, text[place + 1] == close[0], text[place + 2] == close[1] { return .some(first) }
    return nil
  }

  private mutating func takeSymbol(_ open: inout [Unicode.Scalar]) throws(TemplateProblem) {
    let scalar = text[place]
    if place + 1 < text.count {
      let two = String.fromScalars(text[place...(place + 1)])
      if ["==", "!=", "<=", ">=", "//", "**"].contains(two) {
        add(.symbol(two))
        advance(to: place + 2)
        return
      }
    }
    guard "+-*/%~()[]{}.,:|=<>".unicodeScalars.contains(scalar) else {
      throw TemplateProblem(line: line, reason: .syntax, text: "unexpected character \"\(scalar)\"")
    }
    switch scalar {
    case "(": open.append(")")
    case "[": open.append("]")
    case "{": open.append("}")
    case ")", "]", "}":
      guard open.popLast() == scalar else { throw TemplateProblem(line: line, reason: .syntax, text: "unexpected \"\(scalar)\"") }
    default: break
    }
    add(.symbol(String(scalar)))
    advance(to: place + 1)
  }

  // MARK: - Private

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      || (scalar.value > 0x7F && scalar.properties.isXIDContinue)
  }

  mutating func add(_ kind: TemplateToken.Kind) { tokens.append(TemplateToken(kind: kind, line: line)) }

  private mutating func addText(_ range: Range<Int>) {
    if !range.isEmpty { add(.text(String.fromScalars(text[range]))) }
  }

  mutating func advance(to end: Int) {
    for i in place..<end where text[i] == "\n" { line += 1 }
    place = end
  }
}
