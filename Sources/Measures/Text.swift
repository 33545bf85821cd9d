/// A category or a word: text that is equal only byte by byte.
///
/// Swift's `String` equates canonically equivalent spellings ("é" as one scalar or two); a database and every other tool of the field does not.
struct Text: Hashable, Comparable, Sendable {
  let string: String

  init(_ string: String) {
    var native = string
    native.makeContiguousUTF8()
    self.string = native
  }

  /// What a missing value counts as: a category of its own, so that a column that turns NULL is a change like any other.
  static let missing = Text("(missing)")
  static let other = Text("(other)")

  static func == (a: Text, b: Text) -> Bool { a.string.utf8.elementsEqual(b.string.utf8) }
  static func < (a: Text, b: Text) -> Bool { a.string.utf8.lexicographicallyPrecedes(b.string.utf8) }

  func hash(into hasher: inout Hasher) {
    // FNV-1a first: one word to hash instead of a call for every byte.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in string.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hasher.combine(hash)
  }
}
