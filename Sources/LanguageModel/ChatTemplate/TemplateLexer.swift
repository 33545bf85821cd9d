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
  private let text: [Unicode.Scalar]
  private var place = 0
  private var line = 1
  private var tokens: [TemplateToken] = []
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
    let sign: Unicode.Scalar? = end + 2 < text.count && (text[end + 2] == "-" || text[end + 2] == "+") ? text[end + 2] : nil
    var textEnd = end
    if sign == "-" {
      while textEnd > place, TemplateText.isSpace(text[textEnd - 1]) { textEnd -= 1 }
    } else if sign != "+" && kind != "{" {
      var lineStart = end
      while lineStart > place, text[lineStart - 1] != "\n" { lineStart -= 1 }
      if lineStart > place || atLineStart, text[lineStart..<end].allSatisfy(TemplateText.isSpace) { textEnd = lineStart }
    }
    addText(place..<textEnd)
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
    while place + 1 < text.count, !(text[place] == "#" && text[place + 1] == "}") { advance(to: place + 1) }
    guard place + 1 < text.count else { throw TemplateProblem(line: start, reason: .syntax, text: "the comment {# is not closed with #}") }
    let sign = text[place - 1]
    advance(to: place + 2)
    endTag(sign: sign == "-" ? "-" : sign == "+" ? "+" : nil, trimsLineEnd: true)
  }

  private mutating func takeBlock() throws(TemplateProblem) {
    if isWord("raw") {
      try takeRaw()
      return
    }
    add(.blockBegin)
    try takeExpression(closing: "%}", .blockEnd)
  }

  /// White space after a tag. `sign` is the mark before the closing bracket.
  private mutating func endTag(sign: Unicode.Scalar?, trimsLineEnd: Bool) {
    atLineStart = false
    if sign == "-" {
      let start = place
      while place < text.count, TemplateText.isSpace(text[place]) { advance(to: place + 1) }
      atLineStart = place > start && text[place - 1] == "\n"
    } else if trimsLineEnd && sign == nil && place < text.count && text[place] == "\n" {
      advance(to: place + 1)
      atLineStart = true
    }
  }

  private func isWord(_ word: String) -> Bool {
    var at = place
    while at < text.count, TemplateText.isSpace(text[at]) { at += 1 }
    for scalar in word.unicodeScalars {
      guard at < text.count, text[at] == scalar else { return false }
      at += 1
    }
    return at < text.count && !Self.isNamePart(text[at])
  }

  /// `{% raw %}` text `{% endraw %}`: the text as it stands.
  private mutating func takeRaw() throws(TemplateProblem) {
    let start = line
    guard let open = findTagEnd(from: place) else { throw TemplateProblem(line: start, reason: .syntax, text: "{% raw is not closed with %}") }
    let openSign = text[open - 1]
    advance(to: open + 2)
    endTag(sign: openSign == "-" ? "-" : openSign == "+" ? "+" : nil, trimsLineEnd: true)
    let body = place
    while place < text.count {
      guard text[place] == "{", place + 1 < text.count, text[place + 1] == "%" else {
        advance(to: place + 1)
        continue
      }
      let tag = place
      let sign: Unicode.Scalar? = tag + 2 < text.count && (text[tag + 2] == "-" || text[tag + 2] == "+") ? text[tag + 2] : nil
      advance(to: tag + 2 + (sign == nil ? 0 : 1))
      guard isWord("endraw"), let close = findTagEnd(from: place) else { continue }
      var end = tag
      if sign == "-" {
        while end > body, TemplateText.isSpace(text[end - 1]) { end -= 1 }
      } else if sign == nil {
        var lineStart = tag
        while lineStart > body, text[lineStart - 1] != "\n" { lineStart -= 1 }
        if lineStart > body, text[lineStart..<tag].allSatisfy(TemplateText.isSpace) { end = lineStart }
      }
      addText(body..<end)
      let closeSign = text[close - 1]
      advance(to: close + 2)
      endTag(sign: closeSign == "-" ? "-" : closeSign == "+" ? "+" : nil, trimsLineEnd: true)
      return
    }
    throw TemplateProblem(line: start, reason: .syntax, text: "{% raw %} has no {% endraw %}")
  }

  private func findTagEnd(from start: Int) -> Int? {
    var at = start
    while at + 1 < text.count {
      if text[at] == "%" && text[at + 1] == "}" { return at }
      at += 1
    }
    return nil
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
      if TemplateText.isSpace(scalar) {
        advance(to: place + 1)
      } else if scalar == "'" || scalar == "\"" {
        try takeString(scalar)
      } else if ("0"..."9").contains(scalar) {
        try takeNumber()
      } else if Self.isNamePart(scalar) {
        let begin = place
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

  private mutating func takeNumber() throws(TemplateProblem) {
    let begin = place
    func isPart(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) || scalar == "_" }
    while place < text.count, isPart(text[place]) { place += 1 }
    var isDouble = false
    if place + 1 < text.count, text[place] == ".", ("0"..."9").contains(text[place + 1]) {
      isDouble = true
      place += 1
      while place < text.count, isPart(text[place]) { place += 1 }
    }
    if place + 1 < text.count, text[place] == "e" || text[place] == "E" {
      let signed = text[place + 1] == "-" || text[place + 1] == "+" ? place + 2 : place + 1
      if signed < text.count, ("0"..."9").contains(text[signed]) {
        isDouble = true
        place = signed
        while place < text.count, isPart(text[place]) { place += 1 }
      }
    }
    let digits = String.fromScalars(text[begin..<place].filter { $0 != "_" })
    if !isDouble, let value = Int(digits) {
      add(.int(value))
    } else if isDouble, let value = Double(digits) {
      add(.double(value))
    } else {
      throw TemplateProblem(line: line, reason: .syntax, text: "\(digits) is not a number that can be used")
    }
  }

  private mutating func takeString(_ quote: Unicode.Scalar) throws(TemplateProblem) {
    let start = line
    advance(to: place + 1)
    var value: [Unicode.Scalar] = []
    while place < text.count {
      let scalar = text[place]
      if scalar == quote {
        tokens.append(TemplateToken(kind: .string(String.fromScalars(value)), line: start))
        advance(to: place + 1)
        return
      }
      if scalar == "\\", place + 1 < text.count {
        try takeEscape(into: &value)
      } else {
        value.append(scalar)
        advance(to: place + 1)
      }
    }
    throw TemplateProblem(line: start, reason: .syntax, text: "a string is not closed with \(quote)")
  }

  /// Python's escapes; an unknown one keeps its backslash.
  private mutating func takeEscape(into value: inout [Unicode.Scalar]) throws(TemplateProblem) {
    let letter = text[place + 1]
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "v": "\u{B}",
    ]
    if let scalar = simple[letter] {
      value.append(scalar)
      advance(to: place + 2)
    } else if letter == "\n" {
      advance(to: place + 2)
    } else if let count: Int = ["x": 2, "u": 4, "U": 8][letter] {
      let digits = text[min(place + 2, text.count)..<min(place + 2 + count, text.count)]
      guard digits.count == count, let code = UInt32(String.fromScalars(digits), radix: 16), let scalar = Unicode.Scalar(code) else {
        throw TemplateProblem(line: line, reason: .syntax, text: "\\\(letter) needs \(count) hexadecimal digits of a character")
      }
      value.append(scalar)
      advance(to: place + 2 + count)
    } else if ("0"..."7").contains(letter) {
      var end = place + 1
      while end < text.count, end < place + 4, ("0"..."7").contains(text[end]) { end += 1 }
      if let code = UInt32(String.fromScalars(text[(place + 1)..<end]), radix: 8), let scalar = Unicode.Scalar(code) { value.append(scalar) }
      advance(to: end)
    } else {
      value.append("\\")
      advance(to: place + 1)
    }
  }

  // MARK: - Private

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
      || (scalar.value > 0x7F && scalar.properties.isXIDContinue)
  }

  private mutating func add(_ kind: TemplateToken.Kind) { tokens.append(TemplateToken(kind: kind, line: line)) }

  private mutating func addText(_ range: Range<Int>) {
    if !range.isEmpty { add(.text(String.fromScalars(text[range]))) }
  }

  private mutating func advance(to end: Int) {
    for i in place..<end where text[i] == "\n" { line += 1 }
    place = end
  }
}
