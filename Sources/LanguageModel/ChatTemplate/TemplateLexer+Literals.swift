// Numbers and strings as they are written in a tag.
extension TemplateLexer {
  /// Python's numbers: digits with single `_` between them, a point or an exponent, or a base (0b, 0o, 0x). 012 is 0 and then 12.
  mutating func takeNumber() throws(TemplateProblem) {
    func digits(from start: Int, radix: Int = 10, leading: Bool = true) -> Int {
      var at = start
      while at < text.count {
        let digit = text[at] == "_" && (at > start || !leading) && at + 1 < text.count ? at + 1 : at
        guard digit < text.count, Self.digit(text[digit]).map({ $0 < radix }) ?? false else { break }
        at = digit + 1
      }
      return at
    }
    func plain(_ range: Range<Int>) -> String { String.fromScalars(text[range].filter { $0 != "_" }) }
    let whole = digits(from: place)
    var end = whole
    // After a point there are no fractions: x.1.5 looks into x twice.
    let mayBeDouble = place == 0 || text[place - 1] != "."
    if mayBeDouble, end + 1 < text.count, text[end] == "." {
      let fraction = digits(from: end + 1)
      if fraction > end + 1 { end = fraction }
    }
    if mayBeDouble, end + 1 < text.count, text[end] == "e" || text[end] == "E" {
      let signed = Self.sign(text[end + 1]) == nil ? end + 1 : end + 2
      let exponent = digits(from: signed)
      if exponent > signed { end = exponent }
    }
    if end > whole {
      guard let value = Double(plain(place..<end)) else { throw unusable(plain(place..<end)) }
      add(.double(value))
      advance(to: end)
      return
    }
    var (start, radix) = (place, 10)
    if text[place] == "0" {
      let bases: [Unicode.Scalar: Int] = ["b": 2, "B": 2, "o": 8, "O": 8, "x": 16, "X": 16]
      end = place + 1
      while end < text.count, text[end] == "0" || text[end] == "_" && end + 1 < text.count && text[end + 1] == "0" { end += 1 }
      if place + 1 < text.count, let base = bases[text[place + 1]] {
        let based = digits(from: place + 2, radix: base, leading: false)
        if based > place + 2 { (start, radix, end) = (place + 2, base, based) }
      }
    }
    guard let value = Int(plain(start..<end), radix: radix) else { throw unusable(plain(place..<end)) }
    add(.int(value))
    advance(to: end)
  }

  private func unusable(_ number: String) -> TemplateProblem {
    TemplateProblem(line: line, reason: .syntax, text: "\(number) is not a number that can be used")
  }

  private static func digit(_ scalar: Unicode.Scalar) -> Int? { scalar.isASCII ? Character(scalar).hexDigitValue : nil }

  mutating func takeString(_ quote: Unicode.Scalar) throws(TemplateProblem) {
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
    } else if !letter.isASCII {
      // Python makes the character an escape before it looks for escapes, so that the backslash escapes a backslash.
      let hex = String(letter.value, radix: 16)
      let (kind, width) = letter.value < 0x100 ? ("x", 2) : letter.value < 0x10000 ? ("u", 4) : ("U", 8)
      value += "\\\(kind)\(String(repeating: "0", count: width - hex.utf8.count))\(hex)".unicodeScalars
      advance(to: place + 2)
    } else if letter == "N" {
      throw TemplateProblem(line: line, reason: .syntax, text: "\\N{name} is not understood; write the character itself or \\u")
    } else {
      value.append("\\")
      advance(to: place + 1)
    }
  }
}
