/// Byte-pair encoding that begins with characters, as SentencePiece's models and the original BPE do.
///
/// Source: huggingface/tokenizers, models/bpe/model.rs (`merge_word`).
struct CharacterPairEncoder: Sendable {
  var vocabulary: ByteStringTable
  var merges: MergeTable
  /// A word that is a token as a whole is not taken apart.
  var ignoresMerges: Bool
  /// Stands for characters without a token; without it they are left out.
  var unknown: Int32?
  var fusesUnknown: Bool
  /// Tokens of `<0x00>` to `<0xFF>`, if characters without a token are spelt in bytes; -1 where one is missing.
  var byteIDs: [Int32]?
  /// Before every character but a word's first.
  var continuingPrefix: [UInt8]
  /// After a word's last character.
  var endSuffix: [UInt8]

  /// Appends the tokens of `word` to `symbols`, which is empty.
  func encode(_ word: [UInt8], into symbols: inout [BytePairEncoder.Symbol]) {
    if ignoresMerges, let id = vocabulary.id(word[...]) {
      symbols.append(BytePairEncoder.Symbol(id: id, length: word.count))
      return
    }
    appendCharacters(of: word, to: &symbols)
    merges.mergeAll(&symbols, from: 0)
  }

  private func appendCharacters(of word: [UInt8], to symbols: inout [BytePairEncoder.Symbol]) {
    // An unknown character waits here for another to be fused with. Bytes go past it, as they do in the reference.
    var waiting: BytePairEncoder.Symbol?
    var start = 0
    while start < word.count {
      var end = start + 1
      while end < word.count, word[end] & 0xC0 == 0x80 { end += 1 }
      let length = end - start
      let piece = spelling(word, start..<end)
      if let id = vocabulary.id(piece) {
        if let unknown = waiting { symbols.append(unknown) }
        waiting = nil
        symbols.append(BytePairEncoder.Symbol(id: id, length: length))
      } else if let bytes = bytes(of: piece) {
        symbols += bytes
      } else if let unknown {
        if let before = waiting, fusesUnknown {
          waiting = BytePairEncoder.Symbol(id: before.id, length: before.length + length)
        } else {
          if let before = waiting { symbols.append(before) }
          waiting = BytePairEncoder.Symbol(id: unknown, length: length)
        }
      }
      start = end
    }
    if let unknown = waiting { symbols.append(unknown) }
  }

  private func spelling(_ word: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8> {
    let hasPrefix = range.lowerBound > 0 && !continuingPrefix.isEmpty
    let hasSuffix = range.upperBound == word.count && !endSuffix.isEmpty
    if !hasPrefix && !hasSuffix { return word[range] }
    return ((hasPrefix ? continuingPrefix : []) + word[range] + (hasSuffix ? endSuffix : []))[...]
  }

  /// The tokens of a piece's bytes, if every byte has one.
  private func bytes(of piece: ArraySlice<UInt8>) -> [BytePairEncoder.Symbol]? {
    guard let byteIDs, piece.allSatisfy({ byteIDs[Int($0)] >= 0 }) else { return nil }
    return piece.map { BytePairEncoder.Symbol(id: byteIDs[Int($0)], length: 1) }
  }
}
