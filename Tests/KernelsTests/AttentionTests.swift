import Foundation
import Kernels
import Testing

extension AllKernels {
  @Suite struct AttentionTests {
    struct Case: Sendable, CustomTestStringConvertible {
      var lengths: [Int]
      var shape: AttentionShape
      var testDescription: String { "lengths \(lengths), \(shape.heads)/\(shape.keyValueHeads) heads of \(shape.headDimension)" }
    }
    static let cases = [
      Case(lengths: [1], shape: AttentionShape(heads: 1, keyValueHeads: 1, headDimension: 4)),
      Case(lengths: [5, 0, 1, 9], shape: AttentionShape(heads: 4, keyValueHeads: 2, headDimension: 6)),
      Case(lengths: [60, 3], shape: AttentionShape(heads: 2, keyValueHeads: 1, headDimension: 34)),
      Case(lengths: [], shape: AttentionShape(heads: 2, keyValueHeads: 2, headDimension: 8)),
    ]

    private struct Run {
      var q, k, v, out, lse: Matrix
      init(_ c: Case, seed: UInt64) {
        var numbers = Numbers(seed)
        let (T, d) = (c.lengths.reduce(0, +), c.shape.headDimension)
        q = numbers.matrix(T, c.shape.heads * d)
        k = numbers.matrix(T, c.shape.keyValueHeads * d)
        v = numbers.matrix(T, c.shape.keyValueHeads * d)
        out = Matrix(rows: T, columns: c.shape.heads * d)
        lse = Matrix(rows: T, columns: c.shape.heads)
        attentionForward(q: q, k: k, v: v, sequences: Sequences(lengths: c.lengths), shape: c.shape, into: out, logSumExp: lse)
      }
    }

    // Scores are sums of up to 34 Float products, their exponentials are weighted again: a few 1e-7 each.
    @Test(arguments: cases) func `attention equals the plain loops`(c: Case) {
      let run = Run(c, seed: 11)
      #expect(worst(rows(run.out), plainAttention(rows(run.q), rows(run.k), rows(run.v), Sequences(lengths: c.lengths), c.shape)) < 2e-6)
    }

    @Test(arguments: cases) func `attention's gradients equal finite differences`(c: Case) {
      let run = Run(c, seed: 12)
      let sequences = Sequences(lengths: c.lengths)
      var numbers = Numbers(13)
      let dOut = numbers.matrix(run.out.rows, run.out.columns)
      let (dQ, dK, dV) = (
        numbers.matrix(run.q.rows, run.q.columns), numbers.matrix(run.k.rows, run.k.columns), numbers.matrix(run.v.rows, run.v.columns)
      )
      attentionBackward(
        dOut, q: run.q, k: run.k, v: run.v, out: run.out, logSumExp: run.lse, sequences: sequences, shape: c.shape, dQ: dQ, dK: dK, dV: dV)
      let (q, k, v, w) = (rows(run.q), rows(run.k), rows(run.v), rows(dOut))
      // The long case is checked in some directions only: all of its elements would take minutes.
      if sequences.tokens <= 20 {
        #expect(worst(rows(dQ), finiteDifferences(q) { weighted(plainAttention($0, k, v, sequences, c.shape), by: w) }) < 1e-5)
        #expect(worst(rows(dK), finiteDifferences(k) { weighted(plainAttention(q, $0, v, sequences, c.shape), by: w) }) < 1e-5)
        #expect(worst(rows(dV), finiteDifferences(v) { weighted(plainAttention(q, k, $0, sequences, c.shape), by: w) }) < 1e-5)
      } else {
        let h = 1e-4
        for (gradient, at) in [(dQ, 0), (dK, 1), (dV, 2)] {
          let direction = rows(numbers.matrix(gradient.rows, gradient.columns))
          func loss(_ step: Double) -> Double {
            func moved(_ x: Rows, _ index: Int) -> Rows { index == at ? zip(x, direction).map { zip($0, $1).map { $0 + step * $1 } } : x }
            return weighted(plainAttention(moved(q, 0), moved(k, 1), moved(v, 2), sequences, c.shape), by: w)
          }
          let expected = (loss(h) - loss(-h)) / (2 * h)
          #expect(abs(weighted(rows(gradient), by: direction) - expected) < 1e-4 * max(1, abs(expected)))
        }
      }
    }

    @Test func `a sequence has the same bits in any company and on any number of threads`() {
      let shape = AttentionShape(heads: 4, keyValueHeads: 2, headDimension: 16)
      var numbers = Numbers(14)
      let lengths = [70, 1, 130, 33]
      let T = lengths.reduce(0, +)
      let (q, k, v, dOut) = (numbers.matrix(T, 64), numbers.matrix(T, 32), numbers.matrix(T, 32), numbers.matrix(T, 64))
      func run(_ rows: Range<Int>, _ lengths: [Int]) -> [[Float]] {
        let sequences = Sequences(lengths: lengths)
        let (q, k, v, dOut) = (q.rows(rows), k.rows(rows), v.rows(rows), dOut.rows(rows))
        let (out, lse) = (Matrix(rows: rows.count, columns: 64), Matrix(rows: rows.count, columns: 4))
        attentionForward(q: q, k: k, v: v, sequences: sequences, shape: shape, into: out, logSumExp: lse)
        let (dQ, dK, dV) = (Matrix(rows: rows.count, columns: 64), Matrix(rows: rows.count, columns: 32), Matrix(rows: rows.count, columns: 32))
        attentionBackward(dOut, q: q, k: k, v: v, out: out, logSumExp: lse, sequences: sequences, shape: shape, dQ: dQ, dK: dK, dV: dV)
        return [out, dQ, dK, dV].map(\.array)
      }
      let whole = run(0..<T, lengths)
      let sequences = Sequences(lengths: lengths)
      for i in lengths.indices {
        let alone = run(sequences[i], [lengths[i]])
        for (a, b) in zip(whole, alone) {
          let width = a.count / T
          #expect(Array(a[sequences[i].lowerBound * width..<sequences[i].upperBound * width]) == b)
        }
      }
      let threads = Compute.threads
      defer { Compute.threads = threads }
      for count in [1, 3] {
        Compute.threads = count
        #expect(run(0..<T, lengths) == whole)
      }
    }

    @Test func `a thousand tokens stay finite and rows of one key copy its value`() {
      let shape = AttentionShape(heads: 2, keyValueHeads: 1, headDimension: 32)
      let run = Run(Case(lengths: [1100], shape: shape), seed: 15)
      #expect(run.out.array.allSatisfy { $0.isFinite })
      #expect(zip(run.out.row(0)[0..<32], run.v.row(0)).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func `a NaN in one sequence leaves the others alone`() {
      let shape = AttentionShape(heads: 1, keyValueHeads: 1, headDimension: 8)
      var numbers = Numbers(16)
      let (q, k, v) = (numbers.matrix(20, 8), numbers.matrix(20, 8), numbers.matrix(20, 8))
      k[3, 0] = .nan
      let out = Matrix(rows: 20, columns: 8)
      attentionForward(q: q, k: k, v: v, sequences: Sequences(lengths: [10, 10]), shape: shape, into: out)
      #expect(out.row(9).allSatisfy { $0.isNaN } && out.rows(10..<20).array.allSatisfy { $0.isFinite })
    }
  }
}
