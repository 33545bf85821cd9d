/// `WordPiece`: the longest token that a word begins with, then the longest that goes on, and so to its end; a word that cannot be written so is unknown as a whole.
///
/// Source: huggingface/tokenizers, models/wordpiece/mod.rs. Linear in the word's length times that of the longest token.
struct WordPiece: Sendable {
  var vocabulary: SortedVocabulary
  var unknown: Int32
  /// Before every piece but a word's first.
  var continuingPrefix: [UInt8]
  /// Longer words are unknown. In characters.
  var longestWord: Int

  func encode(_ word: [UInt8], into tokens: inout [TokenModel.Token]) {
    let first = tokens.count
    var start = 0
    var isKnown = word.lazy.filter { $0 & 0xC0 != 0x80 }.count <= longestWord
    while isKnown, start < word.count {
      var longest: (id: Int32, end: Int)?
      vocabulary.forEachPrefix(of: word, from: start, after: start > 0 ? continuingPrefix : []) { longest = ($0, $1) }
      if let (id, end) = longest, end > start {
        tokens.append(TokenModel.Token(id: id, start: start, end: end))
        start = end
      } else {
        isKnown = false
      }
    }
    guard !isKnown else { return }
    tokens.removeSubrange(first...)
    tokens.append(TokenModel.Token(id: unknown, start: 0, end: word.count))
  }
}
