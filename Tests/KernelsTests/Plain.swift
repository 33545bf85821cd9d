import Foundation
import Kernels
import Testing

/// All tests of this target, one after the other: the number of threads and the set of loops are global, and some tests change them.
@Suite(.serialized) enum AllKernels {}

// Plain versions of the kernels, in double and in the order of the formula: what the fast ones are tested against.

typealias Rows = [[Double]]

func rows(_ m: Matrix) -> Rows { (0..<m.rows).map { m.row($0).map(Double.init) } }

/// Reproducible numbers, roughly normal (a sum of uniforms), from a 64-bit linear congruential generator (Knuth's MMIX constants).
struct Numbers {
  var state: UInt64
  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(1 << 53)
  }

  mutating func matrix(_ rows: Int, _ columns: Int, scale: Double = 1) -> Matrix {
    Matrix((0..<rows * columns).map { _ in Float((uniform() + uniform() + uniform() - 1.5) * 2 * scale) }, rows: rows, columns: columns)
  }

  mutating func ids(_ count: Int, below limit: Int) -> [Int32] { (0..<count).map { _ in Int32(uniform() * Double(limit)) } }
}

func plainMatmul(_ x: Rows, wT w: Rows) -> Rows { x.map { a in w.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } } }
func transpose(_ x: Rows) -> Rows { x.isEmpty ? [] : x[0].indices.map { j in x.map { $0[j] } } }
func plainMatmul(_ x: Rows, _ w: Rows) -> Rows { plainMatmul(x, wT: transpose(w)) }

func plainSoftmax(_ x: [Double]) -> [Double] {
  let m = x.max() ?? 0
  let e = x.map { exp($0 - m) }
  let sum = e.reduce(0, +)
  return e.map { $0 / sum }
}

func plainRMSNorm(_ x: Rows, _ w: [Double], eps: Double) -> Rows {
  x.map { row in
    let r = 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(row.count) + eps).squareRoot()
    return zip(row, w).map { $0 * r * $1 }
  }
}

func plainSwiGLU(_ gate: Rows, _ up: Rows) -> Rows { zip(gate, up).map { zip($0, $1).map { $0 / (1 + exp(-$0)) * $1 } } }

func plainRope(_ x: Rows, heads: Int, d: Int, positions: [Int32], theta: Double) -> Rows {
  zip(x, positions).map { row, p in
    var out = row
    for h in 0..<heads {
      for i in 0..<d / 2 {
        let angle = Double(p) / pow(theta, Double(2 * i) / Double(d))
        let (a, b) = (row[h * d + i], row[h * d + i + d / 2])
        out[h * d + i] = a * cos(angle) - b * sin(angle)
        out[h * d + i + d / 2] = b * cos(angle) + a * sin(angle)
      }
    }
    return out
  }
}

func plainAttention(_ q: Rows, _ k: Rows, _ v: Rows, _ sequences: Sequences, _ shape: AttentionShape) -> Rows {
  let d = shape.headDimension
  var out = q.map { $0.map { _ in 0.0 } }
  for s in 0..<sequences.count {
    for h in 0..<shape.heads {
      let g = h / (shape.heads / shape.keyValueHeads)
      for i in sequences[s] {
        let start = shape.window.map { max(sequences[s].lowerBound, i - $0 + 1) } ?? sequences[s].lowerBound
        let keys = Array(start..<(shape.isCausal ? i + 1 : sequences[s].upperBound))
        let scores = keys.map { j in (0..<d).reduce(0) { $0 + q[i][h * d + $1] * k[j][g * d + $1] } * Double(shape.scale) }
        let p = plainSoftmax(shape.softcap.map { cap in scores.map { Double(cap) * tanh($0 / Double(cap)) } } ?? scores)
        for c in 0..<d { out[i][h * d + c] = zip(keys, p).reduce(0) { $0 + $1.1 * v[$1.0][g * d + c] } }
      }
    }
  }
  return out
}

/// The largest |a - b| relative to the largest |b| (to 0.01 where all of b is smaller): what rounding spreads over a whole result.
func worst(_ a: Rows, _ b: Rows) -> Double {
  let scale = max(b.joined().map(abs).max() ?? 0, 0.01)
  return (zip(a, b).flatMap { zip($0, $1).map { abs($0 - $1).isNaN ? .infinity : abs($0 - $1) } }.max() ?? 0) / scale
}

/// Central differences of `loss` at every element of `at`, in double; the step is large enough that a Float-free loss has 8 good digits.
func finiteDifferences(_ at: Rows, _ loss: (Rows) -> Double) -> Rows {
  let h = 1e-4
  return at.indices.map { i in
    at[i].indices.map { j in
      var (up, down) = (at, at)
      up[i][j] += h
      down[i][j] -= h
      return (loss(up) - loss(down)) / (2 * h)
    }
  }
}

func weighted(_ out: Rows, by weights: Rows) -> Double { zip(out, weights).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + $1.0 * $1.1 } } }
