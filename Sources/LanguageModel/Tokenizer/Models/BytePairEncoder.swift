/// Byte-pair encoding of words by their bytes, for vocabularies with a token for each of the 256.
struct BytePairEncoder: Sendable {
  /// Token of every single byte.
  var byteIDs: [Int32]
  var merges: MergeTable
  var vocabulary: ByteStringTable
  /// A word that is a token as a whole is not taken apart (Llama 3).
  var ignoresMerges: Bool

  /// One symbol of a word and how many bytes it covers.
  struct Symbol {
    var id: Int32
    var length: Int
  }

  /// Appends the tokens of `word` to `out`.
  func encode(_ word: ArraySlice<UInt8>, into out: inout [Symbol]) {
    if ignoresMerges, let id = vocabulary.id(word) {
      out.append(Symbol(id: id, length: word.count))
      return
    }
    let start = out.count
    for byte in word { out.append(Symbol(id: byteIDs[Int(byte)], length: 1)) }
    merges.mergeAll(&out, from: start)
  }
}
