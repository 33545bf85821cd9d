/// What the reference implementation's libraries say of a character.
///
/// They follow different versions of Unicode: `Fixtures/golden/tokenizers/unicode_tables.py` asks the implementation itself.
struct ScalarFlags: OptionSet, Sendable {
  let rawValue: UInt8

  /// `\w` of Oniguruma
  static let regexWord = ScalarFlags(rawValue: 1)
  /// `\p{Alphabetic}` of Oniguruma
  static let alphabetic = ScalarFlags(rawValue: 2)
  /// `\w` of Rust's regex, which the Whitespace pre-tokenizer and added tokens use
  static let word = ScalarFlags(rawValue: 4)
  /// Numerals of Rust's standard library
  static let numeric = ScalarFlags(rawValue: 8)
  /// ASCII punctuation and the punctuation of unicode_categories
  static let punctuation = ScalarFlags(rawValue: 16)
  /// Taken away by `BertNormalizer.clean_text`: controls, unassigned and private characters
  static let unclean = ScalarFlags(rawValue: 32)
  /// Taken away by `BertNormalizer.strip_accents`
  static let nonspacingMark = ScalarFlags(rawValue: 64)
  /// Taken away by `StripAccents`
  static let combiningMark = ScalarFlags(rawValue: 128)

  private static let table = TableReader.expand(ScalarFlagTable.runs)

  static func of(_ scalar: Unicode.Scalar) -> ScalarFlags { ScalarFlags(rawValue: table[Int(scalar.value)]) }
}

extension Unicode.Scalar {
  /// Unicode's White_Space, which has been the same for many years and is the same in all of the reference's libraries.
  var isWhiteSpace: Bool {
    switch value {
    case 0x9...0xD, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }
}
