/// What a backslash and the characters after it mean, in and out of classes.
struct RegexEscape {
  enum Meaning {
    case set(ScalarSet)
    case scalar(Unicode.Scalar)
  }

  let pattern: [Unicode.Scalar]
  let dialect: RegexDialect
  /// Of the backslash; afterwards behind the last character read.
  var place: Int

  mutating func read(ignoresCase: Bool) throws(RegexFault) -> Meaning {
    let start = place
    guard place + 1 < pattern.count else { throw RegexFault(position: start + 1, problem: "the pattern ends after a backslash") }
    let letter = pattern[place + 1]
    place += 2
    switch letter {
    case "d": return .set(.digit)
    case "D": return .set(.not(.digit))
    case "s": return .set(dialect.space)
    case "S": return .set(.not(dialect.space))
    case "w" where dialect == .python: return .set(dialect.word)
    case "W" where dialect == .python: return .set(.not(dialect.word))
    case "t": return .scalar("\t")
    case "n": return .scalar("\n")
    case "v": return .scalar("\u{B}")
    case "f": return .scalar("\u{C}")
    case "r": return .scalar("\r")
    case "a": return .scalar("\u{7}")
    case "1"..."9", "k": throw RegexFault(position: start + 1, problem: "back references are not run")
    case "a"..."z" where dialect == .python, "A"..."Z" where dialect == .python, "0" where dialect == .python:
      throw RegexFault(position: start + 1, problem: "the escape \\\(letter) is not run")
    case "h": return .set(.hexDigit)
    case "H": return .set(.not(.hexDigit))
    case "w", "W", "p", "P":
      if ignoresCase { throw RegexFault(position: start + 1, problem: "\\\(letter) under (?i) is not run; ASCII characters, \\s and \\d are") }
      if letter == "w" { return .set(dialect.word) }
      if letter == "W" { return .set(.not(dialect.word)) }
      return .set(try property(start, isNegative: letter == "P"))
    case "e": return .scalar("\u{1B}")
    case "x": return .scalar(try hexadecimal(start))
    case "u": return .scalar(try scalar(digits(least: 4, most: 4, radix: 16), start))
    case "0":
      return .scalar(try scalar(digits(least: 0, most: 2, radix: 8), start))
    case "a"..."z", "A"..."Z": throw RegexFault(position: start + 1, problem: "the escape \\\(letter) is not run")
    default: return .scalar(letter)
    }
  }

  private mutating func property(_ start: Int, isNegative: Bool) throws(RegexFault) -> ScalarSet {
    var isNegative = isNegative
    var name = String.UnicodeScalarView()
    if place < pattern.count, pattern[place] == "{" {
      place += 1
      if place < pattern.count, pattern[place] == "^" {
        isNegative.toggle()
        place += 1
      }
      while place < pattern.count, pattern[place] != "}" {
        name.append(pattern[place])
        place += 1
      }
      guard place < pattern.count else { throw RegexFault(position: start + 1, problem: "a property without its }") }
      place += 1
    } else if place < pattern.count {
      name.append(pattern[place])
      place += 1
    }
    guard let set = RegexProperty.set(String(name)) else {
      throw RegexFault(position: start + 1, problem: "the property \\p{\(String(name).prefix(60))} is not known")
    }
    return isNegative ? .not(set) : set
  }

  private mutating func hexadecimal(_ start: Int) throws(RegexFault) -> Unicode.Scalar {
    guard place < pattern.count, pattern[place] == "{" else {
      let value = digits(least: 0, most: 2, radix: 16)
      guard let value, value < 0x80 else { throw RegexFault(position: start + 1, problem: "\\x with a byte beyond ASCII is not run; write \\x{…}") }
      return try scalar(value, start)
    }
    place += 1
    let value = digits(least: 1, most: 8, radix: 16)
    guard place < pattern.count, pattern[place] == "}" else {
      throw RegexFault(position: start + 1, problem: "\\x{…} does not end, or holds more than a number")
    }
    place += 1
    return try scalar(value, start)
  }

  private mutating func digits(least: Int, most: Int, radix: UInt32) -> UInt32? {
    var value: UInt32 = 0
    var count = 0
    while count < most, place < pattern.count, pattern[place].value < 0x80, let digit = Character(pattern[place]).hexDigitValue, UInt32(digit) < radix
    {
      value = value << (radix == 16 ? 4 : 3) | UInt32(digit)
      count += 1
      place += 1
    }
    return count < least ? nil : value
  }

  private func scalar(_ value: UInt32?, _ start: Int) throws(RegexFault) -> Unicode.Scalar {
    guard let value, let scalar = Unicode.Scalar(value) else { throw RegexFault(position: start + 1, problem: "an escape that is no character") }
    return scalar
  }
}
