/// What the pre-tokenizers' patterns ask of a character.
struct ScalarClass: OptionSet, Sendable {
  let rawValue: UInt8

  /// `\p{L}`
  static let letter = ScalarClass(rawValue: 1)
  /// `\p{N}`
  static let number = ScalarClass(rawValue: 2)
  /// `\s`, which is Unicode's White_Space
  static let space = ScalarClass(rawValue: 4)
  /// `[\r\n]`
  static let lineEnd = ScalarClass(rawValue: 8)
  /// `\w` of Rust's regex: alphabetic, marks, decimal digits, connectors, join controls
  static let word = ScalarClass(rawValue: 16)

  /// The class of a scalar: from a table for the first plane, from the standard library's Unicode data for the others.
  static func of(_ scalar: Unicode.Scalar) -> ScalarClass {
    scalar.value < 0x10000 ? ScalarClass(rawValue: firstPlane[Int(scalar.value)]) : compute(scalar)
  }

  private static let firstPlane: [UInt8] = (0..<UInt32(0x10000)).map { Unicode.Scalar($0).map { compute($0).rawValue } ?? 0 }

  private static func compute(_ scalar: Unicode.Scalar) -> ScalarClass {
    var found: ScalarClass = []
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: found = [.letter, .word]
    case .decimalNumber: found = [.number, .word]
    case .letterNumber, .otherNumber: found = .number
    case .nonspacingMark, .spacingMark, .enclosingMark, .connectorPunctuation: found = .word
    default: break
    }
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { found.insert(.word) }
    if scalar.properties.isWhitespace { found.insert(.space) }
    if scalar == "\r" || scalar == "\n" { found.insert(.lineEnd) }
    return found
  }
}
