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
  /// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
  static let notLower = ScalarClass(rawValue: 16)
  /// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
  static let notUpper = ScalarClass(rawValue: 32)

  /// `/`
  static let slash = ScalarClass(rawValue: 64)

  static func of(_ scalar: Unicode.Scalar) -> ScalarClass { ScalarClass(rawValue: table[Int(scalar.value)]) }

  private static let table: [UInt8] = (0..<UInt32(0x110000)).map { Unicode.Scalar($0).map { compute($0).rawValue } ?? 0 }

  private static func compute(_ scalar: Unicode.Scalar) -> ScalarClass {
    let category = GeneralCategory.mask(of: scalar)
    var found: ScalarClass = []
    if !category.isDisjoint(with: .letter) { found.insert(.letter) }
    if !category.isDisjoint(with: .number) { found.insert(.number) }
    if !category.isDisjoint(with: [.mark, .init(.lu, .lt, .lm, .lo)]) { found.insert(.notLower) }
    if !category.isDisjoint(with: [.mark, .init(.ll, .lm, .lo)]) { found.insert(.notUpper) }
    if scalar.isWhiteSpace { found.insert(.space) }
    if scalar == "\r" || scalar == "\n" { found.insert(.lineEnd) }
    if scalar == "/" { found.insert(.slash) }
    return found
  }
}
