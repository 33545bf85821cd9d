/// Floats at one address for as long as the buffer lives: 64-byte aligned, zero at first.
///
/// A class, because kernels on several threads write disjoint parts of one buffer. That is also why it is `@unchecked Sendable`: whoever starts
/// threads (`parallel`) hands each its own rows; nothing here watches over it.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  package let base: UnsafeMutablePointer<Float>
  private let memory: Memory

  public init(count: Int) {
    precondition(count >= 0, "a buffer cannot have \(count) floats")
    self.count = count
    memory = Memory(count: count * MemoryLayout<Float>.stride)
    base = memory.base.bindMemory(to: Float.self, capacity: count)
  }

  public convenience init(_ array: [Float]) {
    self.init(count: array.count)
    array.withUnsafeBufferPointer { source in
      if let from = source.baseAddress { base.update(from: from, count: source.count) }
    }
  }

  public subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "index \(index) is outside a buffer of \(count)")
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) is outside a buffer of \(count)")
      base[index] = newValue
    }
  }

  /// A copy of all floats.
  public var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  public func fill(_ value: Float) { base.update(repeating: value, count: count) }
}
