import CBLAS
import CLimits
import Dispatch
import Foundation
import Kernels

/// What the machine allows, measured as often as it is asked: the machine may be shared, and its speed is never the same twice.
final class Limits {
  static let threads = ProcessInfo.processInfo.activeProcessorCount

  /// How long one measurement of a limit takes at least, in seconds.
  private static let window = 0.12
  private let square = Product(rows: 2_048, inner: 2_048, outer: 2_048)
  private var memory: [UnsafeMutableRawBufferPointer] = []

  init() { openblas_set_num_threads(1) }

  deinit { for buffer in memory { buffer.deallocate() } }

  /// Operations a second of sgemm, 2,048 cubed: OpenBLAS or our kernel, whichever is faster.
  func sgemm() -> Double { max(square.cblas(threads: Self.threads), square.ours(threads: Self.threads)) }

  /// Operations a second of bf16 dot products with sums in fp32, on registers alone; nil where the CPU has no such instruction.
  func bf16(threads: Int = threads) -> Double? {
    guard limits_has_bf16() == 1 else { return nil }
    let rounds: Int64 = 2_000_000
    return Self.fastest { Double(threads) * 64 * 12 * Double(rounds) / seconds { spread(threads) { _ in _ = limits_bf16_dots(rounds) } } }
  }

  /// What products can reach in a precision.
  func products(_ precision: Precision) -> Double { precision == .bf16 ? bf16() ?? sgemm() : sgemm() }

  /// Bytes a second read by all threads from a stretch of so many bytes: what fits a cache comes from there, for the engine too.
  func bandwidth(_ bytes: Int, threads: Int = threads) -> Double {
    let part = max(4_096, bytes / threads / 4_096 * 4_096)
    while memory.count < threads {
      memory.append(UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 64))
    }
    for i in 0..<threads where memory[i].count < part {
      memory[i].deallocate()
      memory[i] = UnsafeMutableRawBufferPointer.allocate(byteCount: part, alignment: 4_096)
      memory[i].initializeMemory(as: UInt8.self, repeating: 1)
    }
    nonisolated(unsafe) let parts = memory
    // A small stretch is read many times, so that starting the threads does not show.
    let times = max(1, (256 << 20) / (part * threads))
    return Self.fastest {
      Double(part * threads * times)
        / seconds { spread(threads) { i in for _ in 0..<times { _ = limits_read(parts[i].baseAddress, part) } } }
    }
  }

  /// The highest of at least three measurements over the window: a limit is what can be, not what was while others computed.
  fileprivate static func fastest(_ measure: () -> Double) -> Double {
    let start = ContinuousClock.now
    var best = measure()
    for run in 1..<100 where run < 3 || ContinuousClock.now - start < .seconds(window) { best = max(best, measure()) }
    return best
  }
}

/// Y = X Wᵀ of one shape, by OpenBLAS and by our own kernel.
final class Product {
  let rows: Int
  let inner: Int
  let outer: Int
  private let x: [Float]
  private let w: [Float]
  private var y: [Float]
  private let ourX: Matrix
  private let ourW: PackedMatrix
  private let ourY: Matrix

  init(rows: Int, inner: Int, outer: Int) {
    (self.rows, self.inner, self.outer) = (rows, inner, outer)
    x = Self.noise(rows * inner)
    w = Self.noise(outer * inner)
    y = [Float](repeating: 0, count: rows * outer)
    ourX = Matrix(x, rows: rows, columns: inner)
    ourW = PackedMatrix(transposing: Matrix(w, rows: outer, columns: inner))
    ourY = Matrix(rows: rows, columns: outer)
  }

  var operations: Double { 2 * Double(rows) * Double(inner) * Double(outer) }

  /// Operations a second of OpenBLAS, each thread with its share of the rows and a BLAS of one thread.
  func cblas(threads: Int) -> Double {
    let share = (rows + threads - 1) / threads
    return x.withUnsafeBufferPointer { x in
      w.withUnsafeBufferPointer { w in
        y.withUnsafeMutableBufferPointer { y in
          guard let x = x.baseAddress, let w = w.baseAddress, let y = y.baseAddress else { return 0 }
          nonisolated(unsafe) let (px, pw, py) = (x, w, y)
          let (rows, inner, outer) = (rows, inner, outer)
          return Limits.fastest {
            operations
              / seconds {
                spread(threads) { i in
                  let first = min(i * share, rows)
                  cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(min(share, rows - first)), Int32(outer), Int32(inner), 1, px + first * inner,
                    Int32(inner), pw, Int32(inner), 0, py + first * outer, Int32(outer))
                }
              }
          }
        }
      }
    }
  }

  /// Operations a second of our kernel with weights packed before, as the engine has them.
  func ours(threads: Int) -> Double {
    let before = Compute.threads
    Compute.threads = threads
    defer { Compute.threads = before }
    return Limits.fastest { operations / seconds { matmul(ourX, packed: ourW, into: ourY) } }
  }

  private static func noise(_ count: Int) -> [Float] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / 16_777_216 - 0.5
    }
  }
}

/// Runs `body(0)` to `body(threads - 1)`, each on a thread of its own.
private func spread(_ threads: Int, _ body: @Sendable (Int) -> Void) {
  if threads == 1 { body(0) } else { DispatchQueue.concurrentPerform(iterations: threads, execute: body) }
}
