/// Token ids by their bytes, sorted, so that all tokens that a text begins with are found in one walk.
///
/// A walk narrows the range of tokens that share the prefix, byte by byte, with a binary search in each step; the first two bytes have a table.
struct SortedVocabulary: Sendable {
  private var arena: [UInt8] = []
  /// Where the bytes of every token begin in the arena, and where the last one's end.
  private var starts: [Int32] = []
  private var ids: [Int32] = []
  /// First token whose first two bytes are this number or more. A single byte counts as if a zero followed.
  private var firsts: [Int32] = []

  /// Of tokens that are there twice, the last counts.
  init(_ tokens: [(text: String, id: Int32)]) {
    let sorted = tokens.map { (Array($0.text.utf8), $0.id) }.enumerated()
      .sorted { left, right in
        if left.element.0 == right.element.0 { return left.offset < right.offset }
        return left.element.0.lexicographicallyPrecedes(right.element.0)
      }
      .map(\.element)
    starts.reserveCapacity(sorted.count + 1)
    for (place, (bytes, id)) in sorted.enumerated() {
      if place + 1 < sorted.count, sorted[place + 1].0 == bytes { continue }
      starts.append(Int32(arena.count))
      ids.append(id)
      arena += bytes
    }
    starts.append(Int32(arena.count))
    firsts = Array(repeating: Int32(ids.count), count: 65537)
    var next = 0
    for place in ids.indices {
      let bytes = bytes(place)
      if bytes.isEmpty { continue }
      let key = Int(bytes[bytes.startIndex]) << 8 | (bytes.count > 1 ? Int(bytes[bytes.startIndex + 1]) : 0)
      while next <= key {
        firsts[next] = Int32(place)
        next += 1
      }
    }
  }

  func id(_ text: ArraySlice<UInt8>) -> Int32? {
    var found: Int32?
    walk(text, from: text.startIndex, after: []) { id, end in if end == text.endIndex { found = id } }
    return found
  }

  /// Calls `body` with every token that `after` and then the text from `start` on begin with, the shortest first, and where it ends. Tokens that end within `after` are left out.
  func forEachPrefix(of text: [UInt8], from start: Int, after: [UInt8] = [], _ body: (Int32, Int) -> Void) {
    walk(text[...], from: start, after: after, body)
  }

  private func walk(_ text: ArraySlice<UInt8>, from start: Int, after: [UInt8], _ body: (Int32, Int) -> Void) {
    var lower = 0
    var upper = ids.count
    var depth = 0
    let length = after.count + text.endIndex - start
    while depth < length, lower < upper {
      let byte = depth < after.count ? after[depth] : text[start + depth - after.count]
      if depth == 0 {
        lower = Int(firsts[Int(byte) << 8])
        upper = Int(firsts[(Int(byte) + 1) << 8])
      } else if depth == 1 {
        let first = after.isEmpty ? text[start] : after[0]
        let key = Int(first) << 8 | Int(byte)
        // The token of the one byte itself stands before those that go on with a zero.
        let narrowed = max(lower, Int(firsts[key]))
        lower = narrowed < upper && count(narrowed) == 1 ? narrowed + 1 : narrowed
        upper = min(upper, Int(firsts[key + 1]))
      } else {
        let from = lower
        lower = firstPlace(from, upper, depth) { $0 >= byte }
        upper = firstPlace(lower, upper, depth) { $0 > byte }
      }
      depth += 1
      if lower < upper, depth > after.count, count(lower) == depth { body(ids[lower], start + depth - after.count) }
    }
  }

  /// The first place in lower..<upper whose byte at `depth` passes; tokens that are too short do not.
  private func firstPlace(_ lower: Int, _ upper: Int, _ depth: Int, _ passes: (UInt8) -> Bool) -> Int {
    var (lower, upper) = (lower, upper)
    while lower < upper {
      let middle = (lower + upper) / 2
      if depth < count(middle), passes(arena[Int(starts[middle]) + depth]) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }

  private func count(_ place: Int) -> Int { Int(starts[place + 1] - starts[place]) }

  private func bytes(_ place: Int) -> ArraySlice<UInt8> { arena[Int(starts[place])..<Int(starts[place + 1])] }
}
