// Merging: the pair of the lowest rank first, the leftmost of equals, until no pair is left that merges.
//
// Source: huggingface/tokenizers, models/bpe/word.rs (`merge_all`). Words of up to 32 symbols look for the lowest rank along an array; longer ones use a heap
// with stale entries passed over, so that a megabyte without a space costs n log n.
extension MergeTable {
  private static let shortWord = 32

  /// Merges the symbols from `start` on.
  func mergeAll(_ symbols: inout [BytePairEncoder.Symbol], from start: Int) {
    if symbols.count - start <= Self.shortWord {
      mergeShort(&symbols, from: start)
    } else {
      mergeLong(&symbols, from: start)
    }
  }

  private func mergeShort(_ symbols: inout [BytePairEncoder.Symbol], from start: Int) {
    while symbols.count - start > 1 {
      var best = UInt64.max
      var place = 0
      for i in start..<(symbols.count - 1) {
        let found = merge(symbols[i].id, symbols[i + 1].id)
        // Ranks stand in the upper half and are all different, so comparing whole values compares ranks; `<` keeps the leftmost.
        if found < best { (best, place) = (found, i) }
      }
      if best == .max { return }
      symbols[place].id = Int32(truncatingIfNeeded: best)
      symbols[place].length += symbols[place + 1].length
      symbols.remove(at: place + 1)
    }
  }

  private func mergeLong(_ symbols: inout [BytePairEncoder.Symbol], from start: Int) {
    let count = symbols.count - start
    var next = Array(1...count)
    var previous = Array(-1..<(count - 1))
    var ids = symbols[start...].map(\.id)
    var lengths = symbols[start...].map(\.length)
    var heap = RankHeap()
    func push(_ left: Int) {
      guard left >= 0, next[left] < count else { return }
      let found = merge(ids[left], ids[next[left]])
      if found != .max { heap.push(rank: found >> 32, place: left) }
    }
    for i in 0..<(count - 1) { push(i) }
    while let (rank, place) = heap.pop() {
      // An entry is stale if its symbol is gone or the pair that stands there now has another rank.
      guard lengths[place] > 0, next[place] < count else { continue }
      let right = next[place]
      let found = merge(ids[place], ids[right])
      guard found != .max, found >> 32 == rank else { continue }
      ids[place] = Int32(truncatingIfNeeded: found)
      lengths[place] += lengths[right]
      lengths[right] = 0
      next[place] = next[right]
      if next[right] < count { previous[next[right]] = place }
      push(previous[place])
      push(place)
    }
    symbols.removeSubrange(start...)
    var place = 0
    while place < count {
      symbols.append(BytePairEncoder.Symbol(id: ids[place], length: lengths[place]))
      place = next[place]
    }
  }
}

/// A binary heap of (rank, place), the lowest rank first, then the leftmost place.
private struct RankHeap {
  private var entries: [UInt64] = []

  mutating func push(rank: UInt64, place: Int) {
    entries.append(rank << 32 | UInt64(place))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if entries[parent] <= entries[child] { return }
      entries.swapAt(parent, child)
      child = parent
    }
  }

  mutating func pop() -> (rank: UInt64, place: Int)? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child] < entries[least] { least = child }
        if least == parent { break }
        entries.swapAt(parent, least)
        parent = least
      }
    }
    return (first >> 32, Int(first & 0xFFFF_FFFF))
  }
}
