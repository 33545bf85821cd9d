/// A word of a condition, with where it stands.
struct Token: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case number(Double)
    case word(String)
    /// Text in quotes.
    case text(String)
    case symbol(String)
    case end
  }

  var kind: Kind
  /// In Unicode scalars from the start of the text.
  var offset: Int
}

extension Token {
  /// What to call it in a fault.
  var name: String {
    switch kind {
    case .number(let number): AnnotationTemplate.number(number)
    case .word(let word): "\"\(word)\""
    case .text(let text): "'\(text)'"
    case .symbol(let symbol): "\"\(symbol)\""
    case .end: "the end"
    }
  }

  private static let symbols = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "+", "-", "*", "/"]
  /// What people write who know another language, and what it is here.
  private static let foreign = [("&&", "and"), ("||", "or"), ("=~", "=="), ("=", "=="), ("!", "not"), ("≤", "<="), ("≥", ">="), ("≠", "!=")]

  /// The tokens of `text`, ending with `.end`.
  static func all(in text: String) throws(MalformedCondition) -> [Token] {
    let scalars = Array(text.unicodeScalars)
    var tokens: [Token] = []
    var index = 0
    while index < scalars.count {
      let start = index
      let scalar = scalars[index]
      if scalar.properties.isWhitespace {
        index += 1
      } else if isDigit(scalar) || (scalar == "." && index + 1 < scalars.count && isDigit(scalars[index + 1])) {
        index = endOfNumber(in: scalars, from: index)
        let written = string(scalars[start..<index])
        guard let number = Double(written), number.isFinite else {
          throw MalformedCondition("\"\(written)\" is not a number", hint: "write numbers as 5, 0.05 or 1e-3", offset: start)
        }
        tokens.append(Token(kind: .number(number), offset: start))
      } else if isWordStart(scalar) {
        while index < scalars.count, isWordStart(scalars[index]) || isDigit(scalars[index]) { index += 1 }
        tokens.append(Token(kind: .word(string(scalars[start..<index])), offset: start))
      } else if scalar == "\"" || scalar == "'" {
        index += 1
        while index < scalars.count, scalars[index] != scalar { index += 1 }
        guard index < scalars.count else { throw MalformedCondition("the quote is never closed", offset: start) }
        tokens.append(Token(kind: .text(string(scalars[(start + 1)..<index])), offset: start))
        index += 1
      } else if let symbol = symbols.first(where: { starts(scalars[start...], with: $0) }) {
        index += symbol.unicodeScalars.count
        tokens.append(Token(kind: .symbol(symbol), offset: start))
      } else if let (written, here) = foreign.first(where: { starts(scalars[start...], with: $0.0) }) {
        throw MalformedCondition("\"\(written)\" has no meaning here", hint: "write \"\(here)\"", offset: start)
      } else {
        let hint = scalar == "%" ? "write a share as a number: 0.05 for 5%" : nil
        throw MalformedCondition(
          "unexpected character \"\(scalar.isASCII ? scalar.escaped(asASCII: true) : String(scalar))\"", hint: hint, offset: start)
      }
    }
    return tokens + [Token(kind: .end, offset: scalars.count)]
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  private static func isWordStart(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }
  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }
  private static func starts(_ scalars: ArraySlice<Unicode.Scalar>, with symbol: String) -> Bool {
    scalars.starts(with: symbol.unicodeScalars)
  }

  /// Digits, a fraction, an exponent; letters that follow are taken in, so that `5x` is one bad number and not two words.
  private static func endOfNumber(in scalars: [Unicode.Scalar], from start: Int) -> Int {
    var index = start
    while index < scalars.count {
      let scalar = scalars[index]
      let isExponentSign = (scalar == "+" || scalar == "-") && index > start && (scalars[index - 1] == "e" || scalars[index - 1] == "E")
      guard isDigit(scalar) || scalar == "." || isWordStart(scalar) || isExponentSign else { break }
      index += 1
    }
    return index
  }
}
