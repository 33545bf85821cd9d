import Kernels

/// Keys and values of the sequences that are being generated, in pages of one pool.
///
/// The pool's address space is there from the start, its memory only as pages are written to. A sequence is let in when the pages for all it can become are
/// free, so none is ever turned out.
final class KeyValueCache {
  /// Positions of a page.
  static let pageRows = 64

  /// Of each layer, (pages * pageRows, keyValueHeads * d).
  let keys: [Matrix]
  let values: [Matrix]
  private var free: [Int]
  private var taken: [Int: [Int]] = [:]

  /// - capacities: of all sequences there will be
  /// - together: sequences at a time, at most
  /// - bytes: of keys and values at most, but as many as the longest sequence needs
  init(_ configuration: ModelConfiguration, capacities: [Int], together: Int, bytes: Int) {
    let needed = capacities.map(Self.pageCount).sorted(by: >).prefix(together)
    let widths = configuration.blocks.map(\.attention.keyValueWidth)
    let pageBytes = max(1, widths.reduce(0, +) * 2 * Self.pageRows * MemoryLayout<Float>.stride)
    let pages = max(needed.first ?? 0, min(needed.reduce(0, +), bytes / pageBytes))
    keys = widths.map { Matrix(rows: pages * Self.pageRows, columns: $0) }
    values = widths.map { Matrix(rows: pages * Self.pageRows, columns: $0) }
    // The first pages first, so that few sequences touch little memory.
    free = (0..<pages).reversed()
  }

  /// Makes room for a sequence; false where there is none yet.
  func open(_ sequence: Int, positions: Int) -> Bool {
    let count = Self.pageCount(positions)
    guard free.count >= count else { return false }
    taken[sequence] = free.suffix(count).reversed()
    free.removeLast(count)
    return true
  }

  func close(_ sequence: Int) {
    free += (taken.removeValue(forKey: sequence) ?? []).reversed()
  }

  /// The pages of a sequence, in the order of its positions.
  func pages(of sequence: Int) -> [Int] { taken[sequence] ?? [] }

  /// Takes over keys and values of positions from `position` on.
  func put(_ k: Matrix, _ v: Matrix, layer: Int, sequence: Int, at position: Int) {
    let pages = pages(of: sequence)
    var done = 0
    while done < k.rows {
      let (page, row) = (position + done).quotientAndRemainder(dividingBy: Self.pageRows)
      let count = min(Self.pageRows - row, k.rows - done)
      let to = pages[page] * Self.pageRows + row
      keys[layer].rows(to..<to + count).copy(from: k.rows(done..<done + count))
      values[layer].rows(to..<to + count).copy(from: v.rows(done..<done + count))
      done += count
    }
  }

  private static func pageCount(_ positions: Int) -> Int { (positions + pageRows - 1) / pageRows }
}
