internal import Foundation

/// Bytes at one address for as long as the object lives: 64-byte aligned, zero at first.
///
/// Large blocks are mapped and asked to lie on huge pages: they are touched for the first time by the threads that fill them, and walking through them costs
/// few address translations. `@unchecked Sendable` as `FloatBuffer` is.
final class Memory: @unchecked Sendable {
  let count: Int
  let base: UnsafeMutableRawPointer
  private let mapped: Int

  /// A huge page of x86-64 and of 64-bit ARM.
  private static let hugePage = 2 << 20

  init(count: Int) {
    precondition(count >= 0, "memory cannot have \(count) bytes")
    self.count = count
    if count >= Self.hugePage, let (address, length) = Self.map(count) {
      (base, mapped) = (address, length)
      return
    }
    mapped = 0
    base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
  }

  deinit {
    if mapped > 0 { munmap(base, mapped) } else { base.deallocate() }
  }

  /// Pages of zeros, the first at a multiple of the huge page; nil where the system has none to give, and the allocator may say so in its own way.
  private static func map(_ count: Int) -> (UnsafeMutableRawPointer, Int)? {
    let length = (count + hugePage - 1) / hugePage * hugePage
    guard let whole = mmap(nil, length + hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), whole != MAP_FAILED else {
      return nil
    }
    let address = (Int(bitPattern: whole) + hugePage - 1) / hugePage * hugePage
    let before = address - Int(bitPattern: whole)
    if before > 0 { munmap(whole, before) }
    if before < hugePage { munmap(whole + before + length, hugePage - before) }
    // Advice only: without huge pages all else is the same.
    madvise(whole + before, length, 14)
    return (whole + before, length)
  }
}
