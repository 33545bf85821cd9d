/// `Unigram`: of all ways to write a word in tokens, the one whose scores sum highest.
///
/// Viterbi over the bytes in Double, an unknown character at ten below the lowest score, the first of equals kept. Unknown characters side by side are one token, and spelt in
/// bytes if the model says so and has them all. Source: huggingface/tokenizers, models/unigram/model.rs (`encode_optimized`).
struct Unigram: Sendable {
  var vocabulary: SortedVocabulary
  /// By id.
  var scores: [Double]
  var unknown: Int32
  /// Tokens of `<0x00>` to `<0xFF>`; nil if unknown characters are not spelt in bytes.
  var byteIDs: [Int32]?
  private var unknownScore: Double

  init(vocabulary: SortedVocabulary, scores: [Double], unknown: Int32, byteIDs: [Int32]?) {
    self.vocabulary = vocabulary
    self.scores = scores
    self.unknown = unknown
    self.byteIDs = byteIDs
    unknownScore = (scores.min() ?? 0) - 10
  }

  /// The best way to come to a place.
  private struct Node {
    var id: Int32 = 0
    var score = 0.0
    var start = -1

    mutating func offer(_ id: Int32, _ score: Double, _ start: Int) {
      if self.start < 0 || score > self.score { (self.id, self.score, self.start) = (id, score, start) }
    }
  }

  func encode(_ word: [UInt8], into tokens: inout [TokenModel.Token]) {
    var path = bestPath(word)
    path.reverse()
    var place = 0
    while place < path.count {
      let start = path[place].start
      var end = path[place].end
      let isUnknown = path[place].id == unknown
      place += 1
      while isUnknown, place < path.count, path[place].id == unknown {
        end = path[place].end
        place += 1
      }
      emit(word, start..<end, &tokens)
    }
  }

  /// Ids and ranges, from the last to the first.
  private func bestPath(_ word: [UInt8]) -> [(id: Int32, start: Int, end: Int)] {
    var nodes = [Node](repeating: Node(), count: word.count + 1)
    var start = 0
    while start < word.count {
      let score = nodes[start].score
      var next = start + 1
      while next < word.count, word[next] & 0xC0 == 0x80 { next += 1 }
      var hasCharacter = false
      vocabulary.forEachPrefix(of: word, from: start) { id, end in
        nodes[end].offer(id, scores[Int(id)] + score, start)
        if end == next { hasCharacter = true }
      }
      if !hasCharacter { nodes[next].offer(unknown, unknownScore + score, start) }
      start = next
    }
    var path: [(Int32, Int, Int)] = []
    var end = word.count
    while end > 0 {
      path.append((nodes[end].id, nodes[end].start, end))
      end = nodes[end].start
    }
    return path
  }

  /// A piece is looked up by its bytes again: unknown characters put together may be a token after all.
  private func emit(_ word: [UInt8], _ range: Range<Int>, _ tokens: inout [TokenModel.Token]) {
    if let id = vocabulary.id(word[range]) {
      tokens.append(TokenModel.Token(id: id, start: range.lowerBound, end: range.upperBound))
    } else if let byteIDs, word[range].allSatisfy({ byteIDs[Int($0)] >= 0 }) {
      tokens += word[range].map { TokenModel.Token(id: byteIDs[Int($0)], start: range.lowerBound, end: range.upperBound) }
    } else {
      tokens.append(TokenModel.Token(id: unknown, start: range.lowerBound, end: range.upperBound, showsSurface: true))
    }
  }
}
