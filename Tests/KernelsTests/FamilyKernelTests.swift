import Foundation
import Kernels
import Testing

/// What the families have beside a Llama's kernels.
extension AllKernels {
  @Suite struct FamilyKernelTests {
    @Test(arguments: [1, 5, 16, 31, 64, 100]) func `LayerNorm, far from zero as well`(C: Int) {
      var numbers = Numbers(41)
      for shift in [0.0, 300] {
        let (x, w, b) = (numbers.matrix(9, C), numbers.matrix(1, C), numbers.matrix(1, C))
        for t in 0..<9 { for c in 0..<C { x[t, c] += Float(shift) } }
        let y = Matrix(rows: 9, columns: C)
        layerNormForward(x, weight: w, bias: b, eps: 1e-3, into: y)
        let expected = rows(x).map { row in
          let mean = row.reduce(0, +) / Double(C)
          let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(C)
          return row.indices.map { (row[$0] - mean) / (variance + 1e-3).squareRoot() * rows(w)[0][$0] + rows(b)[0][$0] }
        }
        // The mean is rounded to Float before it is taken off: 2e-5 at 300.
        #expect(worst(rows(y), expected) < (shift == 0 ? 1e-6 : 2e-4))
      }
    }

    @Test func `activations equal their formulas, at the ends too`() {
      var numbers = Numbers(42)
      let x = numbers.matrix(50, 101, scale: 3)
      let formulas: [(Activation, (Double) -> Double)] = [
        (.silu, { $0 / (1 + exp(-$0)) }), (.gelu, { $0 * (1 + erf($0 / 2.0.squareRoot())) / 2 }),
        (.geluTanh, { $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) / 2 }), (.relu, { max($0, 0) }),
        (.tanh, { tanh($0) }),
      ]
      for (activation, formula) in formulas {
        let out = Matrix(rows: 50, columns: 101)
        activate(x, activation, into: out)
        let far = zip(x.array, out.array).map { abs(Double($1) - formula(Double($0))) / max(1, abs(Double($0))) }.max() ?? .infinity
        #expect(far < 3e-7, "\(activation): \(far)")
        let ends = Matrix([-200, 200, .nan, 0, -0.0, 1e-20, -3.99, 4.01], rows: 1, columns: 8)
        let result = Matrix(rows: 1, columns: 8)
        activate(ends, activation, into: result)
        #expect(result[0, 2].isNaN && result[0, 3] == 0 && result[0, 4] == 0)
        for c in [0, 1, 5, 6, 7] { #expect(abs(Double(result[0, c]) - formula(Double(ends[0, c]))) < 3e-7 * max(1, abs(Double(ends[0, c])))) }
        let (gate, up) = (Matrix(rows: 50, columns: 101), numbers.matrix(50, 101))
        gate.copy(from: x)
        gatedForward(gate: gate, up: up, activation, into: gate)
        #expect(zip(zip(out.array, up.array), gate.array).allSatisfy { abs($0.0 * $0.1 - $1) < 1e-6 * max(1, abs($1)) })
      }
      let capped = Matrix([-1000, -1, 0, 0.001, 40, .nan], rows: 1, columns: 6)
      softcap(capped, 30)
      #expect(capped[0, 0] == -30 && abs(capped[0, 1] + 30 * tanh(1 / 30)) < 1e-6 && capped[0, 2] == 0 && abs(capped[0, 3] - 0.001) < 1e-9)
      #expect(abs(Double(capped[0, 4]) - 30 * tanh(4.0 / 3)) < 1e-5 && capped[0, 5].isNaN)
    }

    static let shapes = [
      AttentionShape(heads: 4, keyValueHeads: 2, headDimension: 6, scale: 0.7, window: 3),
      AttentionShape(heads: 2, keyValueHeads: 1, headDimension: 10, softcap: 0.8),
      AttentionShape(heads: 2, keyValueHeads: 2, headDimension: 8, scale: 2, softcap: 1.5, window: 1),
      AttentionShape(heads: 3, keyValueHeads: 1, headDimension: 16, window: 64),
      AttentionShape(heads: 2, keyValueHeads: 2, headDimension: 34, isCausal: false),
    ]

    @Test(arguments: shapes) func `windows, caps and both directions equal the plain loops`(shape: AttentionShape) {
      var numbers = Numbers(43)
      let lengths = [1, 70, 0, 7]
      let (T, d) = (lengths.reduce(0, +), shape.headDimension)
      let (q, k, v) = (
        numbers.matrix(T, shape.heads * d), numbers.matrix(T, shape.keyValueHeads * d), numbers.matrix(T, shape.keyValueHeads * d)
      )
      let out = Matrix(rows: T, columns: shape.heads * d)
      let sequences = Sequences(lengths: lengths)
      attentionForward(q: q, k: k, v: v, sequences: sequences, shape: shape, into: out)
      let expected = plainAttention(rows(q), rows(k), rows(v), sequences, shape)
      #expect(worst(rows(out), expected) < 3e-6)
      guard shape.isCausal else { return }

      // The last rows of the long text from pages of 16 rows, two texts side by side.
      let (keys, values) = (Matrix(rows: 112, columns: k.columns), Matrix(rows: 112, columns: k.columns))
      let pages = [3, 0, 6, 1, 5]
      for position in 0..<70 {
        let to = pages[position / 16] * 16 + position % 16
        keys.rows(to..<to + 1).copy(from: k.rows(1 + position..<2 + position))
        values.rows(to..<to + 1).copy(from: v.rows(1 + position..<2 + position))
      }
      let last = Matrix(rows: 3, columns: shape.heads * d)
      let three = Matrix(rows: 3, columns: shape.heads * d)
      for (i, t) in [1, 40, 70].enumerated() { three.rows(i..<i + 1).copy(from: q.rows(t..<t + 1)) }
      attentionPaged(
        q: three, keys: keys, values: values, pages: [pages, pages, pages], pageRows: 16, lengths: [1, 40, 70], shape: shape, into: last)
      #expect(worst(rows(last), [1, 40, 70].map { expected[$0] }) < 3e-6)
      // The same text behind kept rows and in pieces: the bits of the whole.
      let pieces = Matrix(rows: T, columns: shape.heads * d)
      let segments = [AttentionSegment(kept: 30, rows: 31..<40), AttentionSegment(kept: 30, before: [31..<35, 35..<40], rows: 40..<71)]
      attentionForward(
        q: q, k: k, v: v, keptKeys: k.rows(1..<31), keptValues: v.rows(1..<31), segments: segments, shape: shape, into: pieces)
      #expect(pieces.rows(31..<71).array == out.rows(31..<71).array)
      // The same text as a prompt of 68 and a branch of two rows.
      let branch = Matrix(rows: T, columns: shape.heads * d)
      for prompt in [AttentionSegment(rows: 1..<69), AttentionSegment(kept: 20, before: [21..<50], rows: 50..<69)] {
        attentionBranches(
          q: q, k: k, v: v, keptKeys: k.rows(1..<30), keptValues: v.rows(1..<30), prompts: [prompt], branches: [69..<71], ancestors: [[0], [0, 1]],
          shape: shape, into: branch)
        #expect(worst(rows(branch.rows(69..<71)), Array(expected[69..<71])) < 3e-6)
      }
    }

    @Test func `part of a head turns by each row's own frequencies, the rest stays`() {
      var numbers = Numbers(44)
      let x = numbers.matrix(5, 2 * 10)
      let (before, positions) = (rows(x), [Int32]([0, 1, 7, 2, 900]))
      let angles = RopeRows(dimension: 6, rows: 8)
      func frequencies(_ row: Int) -> [Float] { [1, 0.5, 0.125].map { $0 * (row < 3 ? 1 : 2) } }
      angles.fill(positions: positions, factor: 1.5, frequencies: frequencies)
      ropeForward(x, heads: 2, angles: angles)
      for t in 0..<5 {
        for h in 0..<2 {
          for i in 0..<3 {
            let (a, b) = (before[t][10 * h + i], before[t][10 * h + i + 3])
            let angle = Double(positions[t]) * Double(frequencies(t)[i])
            #expect(abs(Double(x[t, 10 * h + i]) - 1.5 * (a * cos(angle) - b * sin(angle))) < 2e-6)
            #expect(abs(Double(x[t, 10 * h + i + 3]) - 1.5 * (b * cos(angle) + a * sin(angle))) < 2e-6)
          }
          for i in 6..<10 { #expect(Double(x[t, 10 * h + i]) == before[t][10 * h + i]) }
        }
      }
    }

    @Test func `each head is normalised for itself`() {
      var numbers = Numbers(45)
      let (x, w) = (numbers.matrix(4, 3 * 12), numbers.matrix(1, 12))
      let expected = rows(x).map { row in (0..<3).flatMap { h in plainRMSNorm([Array(row[12 * h..<12 * h + 12])], rows(w)[0], eps: 1e-5)[0] } }
      rmsNormHeads(x, heads: 3, weight: w, eps: 1e-5)
      #expect(worst(rows(x), expected) < 1e-6)
    }
  }
}
