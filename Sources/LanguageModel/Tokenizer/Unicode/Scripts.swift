/// Scripts of characters, as Oniguruma's `\p{Han}` has them.
enum Scripts {
  private static let table = TableReader.expand(ScriptTable.runs)

  private static let numbers: [String: UInt8] = {
    let names = ScriptTable.names.filter { $0 != "\n" }.split(separator: ",")
    return Dictionary(names.enumerated().map { (RegexProperty.plain(String($1)), UInt8($0 + 1)) }, uniquingKeysWith: { first, _ in first })
  }()

  /// The number of a script by its name, written in any of the ways that Oniguruma takes.
  static func number(_ plainName: String) -> UInt8? { numbers[plainName] }

  static func number(of scalar: Unicode.Scalar) -> UInt8 { table[Int(scalar.value)] }
}

/// The scripts of the UnicodeScripts pre-tokenizer, which come from SentencePiece and are older: 0 joins anything.
enum SentencePieceScripts {
  private static let table = TableReader.expand(SentencePieceScriptTable.runs)

  static func number(of scalar: Unicode.Scalar) -> UInt8 { table[Int(scalar.value)] }
}
