internal import Synchronization

/// Buffers lent for the length of one call, so that kernels do not ask the system for memory (and its zeroed pages) each time.
/// What a borrowed buffer holds at first is whatever the last borrower left.
enum Scratch {
  private static let shelf = Mutex<[FloatBuffer]>([])
  /// Buffers kept on the shelf, and the largest worth keeping: 64 MiB.
  private static let kept = 12
  private static let largest = 16 << 20

  static func borrow<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
    let buffer = take(count)
    defer { give(buffer) }
    return body(buffer.base)
  }

  /// A borrowed matrix of `rows` by `columns`, with unknown contents.
  static func borrow<R>(rows: Int, columns: Int, _ body: (Matrix) -> R) -> R {
    let buffer = take(rows * columns)
    defer { give(buffer) }
    return body(Matrix(buffer, rows: rows, columns: columns))
  }

  private static func take(_ count: Int) -> FloatBuffer {
    let found = shelf.withLock { shelf -> FloatBuffer? in
      // The smallest that is large enough.
      guard let at = shelf.indices.filter({ shelf[$0].count >= count }).min(by: { shelf[$0].count < shelf[$1].count }) else { return nil }
      return shelf.remove(at: at)
    }
    return found ?? FloatBuffer(count: max(count, 4096))
  }

  private static func give(_ buffer: FloatBuffer) {
    guard buffer.count <= largest else { return }
    shelf.withLock { shelf in
      shelf.append(buffer)
      if shelf.count > kept, let smallest = shelf.indices.min(by: { shelf[$0].count < shelf[$1].count }) { shelf.remove(at: smallest) }
    }
  }
}
