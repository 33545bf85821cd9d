internal import CKernels
internal import COpenBLAS

/// What this machine can compute and read at most, and what the products reach of it, each measured for some tenths of a second.
public struct MachineLimits: Sendable, Hashable {
  /// One figure for one thread, and for all of `Compute.threads` together.
  public struct Pair: Sendable, Hashable {
    public var one: Double
    public var all: Double
  }

  /// Multiply-adds in float, GFLOP/s.
  public var float: Pair
  /// Products of bfloat16 with sums in float, GFLOP/s; nil where the processor has no such instruction.
  public var bfloat16: Pair?
  /// Memory read, GB/s.
  public var memory: Pair
  /// Our product in float, GFLOP/s.
  public var floatProduct: Pair
  /// Our product with bfloat16 weights in the form `bfloat16Products`, GFLOP/s.
  public var bfloat16Product: Pair
  /// OpenBLAS' sgemm, one thread a call, GFLOP/s.
  public var blas: Pair

  /// Measures; takes about three seconds, and the figures are lower while others use the machine.
  public static func measure() -> MachineLimits {
    func pair(_ body: (_ threads: Int) -> Double) -> Pair { Pair(one: body(1), all: body(Compute.threads)) }
    let (rows, outer, inner) = (448, 1536, 576)
    let (x, y, w) = (Matrix(rows: rows, columns: inner), Matrix(rows: rows, columns: outer), Matrix(rows: outer, columns: inner))
    x.fill(0.5)
    w.fill(0.25)
    let operations = 2 * Double(rows * outer * inner)
    func product(_ form: PackedMatrix.Form) -> Pair {
      let packed = PackedMatrix(transposing: w, form: form)
      return pair { threads in
        Compute.with(threads: threads) {
          rate {
            matmul(x, packed: packed, into: y)
            return operations
          }
        }
      }
    }
    let words = FloatBuffer(count: 64 << 20)
    words.fill(1)
    let bytes = Double(words.count * MemoryLayout<Float>.stride)
    return MachineLimits(
      float: pair { together($0) { vk_limit_float(200_000) } },
      bfloat16: Compute.hasBFloat16Products ? pair { together($0) { vk_limit_bf16(200_000) } } : nil,
      memory: pair { threads in
        Compute.with(threads: threads) {
          rate {
            let parts = 64
            parallel(parts) { part in
              let count = words.count / 2 / parts
              words.base.withMemoryRebound(to: UInt64.self, capacity: words.count / 2) { base in
                // What is read must be looked at, or it is not read.
                precondition(vk_read(count, base + part * count) != 1)
              }
            }
            return bytes
          }
        }
      },
      floatProduct: product(.float32), bfloat16Product: product(.bfloat16Products),
      blas: pair { threads in
        BLAS.singleThreaded
        return Compute.with(threads: threads) {
          rate {
            parallel(threads) { tile in
              let part = tile * rows / threads..<(tile + 1) * rows / threads
              cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, Int32(part.count), Int32(outer), Int32(inner), 1, x.pointer(part.lowerBound), Int32(inner),
                w.pointer(0), Int32(inner), 0, y.pointer(part.lowerBound), Int32(outer))
            }
            return operations
          }
        }
      })
  }

  /// The same work on so many threads at once, thousand millions a second.
  private static func together(_ threads: Int, _ body: @Sendable () -> Double) -> Double {
    Compute.with(threads: threads) {
      rate {
        let done = [Double](unsafeUninitializedCapacity: threads) { out, count in
          nonisolated(unsafe) let out = out
          parallel(threads) { out[$0] = body() }
          count = threads
        }
        return done.reduce(0, +)
      }
    }
  }

  /// Thousand millions a second that `body` does, the best of some rounds of 40 ms: what the machine can do, not what others leave of it.
  private static func rate(_ body: () -> Double) -> Double {
    let clock = ContinuousClock()
    var best = 0.0
    _ = body()
    for _ in 0..<6 {
      var done = 0.0
      let start = clock.now
      var spent = Duration.zero
      while spent < .milliseconds(40) {
        done += body()
        spent = clock.now - start
      }
      best = max(best, done / (spent / .nanoseconds(1)))
    }
    return best
  }
}
