import Foundation
import Kernels
import Testing

/// One element: a few Float operations after sums in double.
private let forwardTolerance = 1e-6
/// Gradients: Float forward values enter products once or twice more, and finite differences are good to about 1e-8.
private let backwardTolerance = 5e-6

extension AllKernels {
  @Suite struct LayerTests {
    @Test(arguments: [1, 5, 16, 31, 64, 100]) func `RMSNorm and its gradients`(C: Int) {
      var numbers = Numbers(1)
      let (x, w, dy) = (numbers.matrix(9, C), numbers.matrix(1, C), numbers.matrix(9, C))
      let (y, rstd) = (Matrix(rows: 9, columns: C), Matrix(rows: 1, columns: 9))
      rmsNormForward(x, weight: w, eps: 1e-5, into: y, rstd: rstd)
      #expect(worst(rows(y), plainRMSNorm(rows(x), rows(w)[0], eps: 1e-5)) < forwardTolerance)
      let (dx, dw) = (Matrix(rows: 9, columns: C), Matrix(rows: 1, columns: C))
      dx.fill(1)
      rmsNormBackward(dy, x: x, weight: w, rstd: rstd, into: dx, accumulate: true, dWeight: dw)
      let expected = finiteDifferences(rows(x)) { weighted(plainRMSNorm($0, rows(w)[0], eps: 1e-5), by: rows(dy)) }
      #expect(worst(rows(dx), expected.map { $0.map { $0 + 1 } }) < backwardTolerance)
      #expect(worst(rows(dw), finiteDifferences(rows(w)) { weighted(plainRMSNorm(rows(x), $0[0], eps: 1e-5), by: rows(dy)) }) < backwardTolerance)
    }

    @Test func `RMSNorm's weight gradient has the same bits on any number of threads`() {
      var numbers = Numbers(2)
      let (x, w, dy) = (numbers.matrix(500, 40), numbers.matrix(1, 40), numbers.matrix(500, 40))
      let (y, rstd, dx) = (Matrix(rows: 500, columns: 40), Matrix(rows: 1, columns: 500), Matrix(rows: 500, columns: 40))
      rmsNormForward(x, weight: w, eps: 1e-5, into: y, rstd: rstd)
      let threads = Compute.threads
      defer { Compute.threads = threads }
      let results = [1, 2, 4].map { count in
        Compute.threads = count
        let dw = Matrix(rows: 1, columns: 40)
        rmsNormBackward(dy, x: x, weight: w, rstd: rstd, into: dx, dWeight: dw)
        return dw.array + dx.array
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test(arguments: [1, 15, 16, 17, 40]) func `SwiGLU and its gradients`(F: Int) {
      var numbers = Numbers(3)
      let (gate, up, dy) = (numbers.matrix(6, F, scale: 3), numbers.matrix(6, F), numbers.matrix(6, F))
      let out = Matrix(rows: 6, columns: F)
      swiGLUForward(gate: gate, up: up, into: out)
      #expect(worst(rows(out), plainSwiGLU(rows(gate), rows(up))) < forwardTolerance)
      let (dGate, dUp) = (Matrix(rows: 6, columns: F), Matrix(rows: 6, columns: F))
      swiGLUBackward(dy, gate: gate, up: up, dGate: dGate, dUp: dUp)
      #expect(worst(rows(dGate), finiteDifferences(rows(gate)) { weighted(plainSwiGLU($0, rows(up)), by: rows(dy)) }) < backwardTolerance)
      #expect(worst(rows(dUp), finiteDifferences(rows(up)) { weighted(plainSwiGLU(rows(gate), $0), by: rows(dy)) }) < backwardTolerance)
      swiGLUBackward(dy, gate: gate, up: up, dGate: gate, dUp: up)
      #expect(gate.array == dGate.array && up.array == dUp.array)
    }

    @Test func `SwiGLU of huge, infinite and missing gates`() {
      let gate = Matrix([-200, 200, .infinity, .nan, -.infinity, 0], rows: 1, columns: 6)
      let up = Matrix([1, 1, 1, 1, 1, 1], rows: 1, columns: 6)
      let out = Matrix(rows: 1, columns: 6)
      swiGLUForward(gate: gate, up: up, into: out)
      // -infinity times sigmoid 0 is NaN in the reference, too.
      #expect(out[0, 0] == 0 && out[0, 1] == 200 && out[0, 2] == .infinity && out[0, 3].isNaN && out[0, 4].isNaN && out[0, 5] == 0)
    }

    @Test(arguments: [2, 6, 32]) func `rotary embedding turns halves and turns back`(d: Int) {
      var numbers = Numbers(4)
      let x = numbers.matrix(5, 3 * d)
      let original = rows(x)
      let positions: [Int32] = [0, 1, 2, 100, 1023]
      let table = RopeTable(headDimension: d, theta: 10000, positions: 1024)
      ropeForward(x, heads: 3, positions: positions, table: table)
      // The reference rounds frequencies and angles to Float: at position 1023 an angle is good to 1023 * 2^-24 = 6e-5.
      #expect(worst(rows(x), plainRope(original, heads: 3, d: d, positions: positions, theta: 10000)) < 1e-4)
      ropeBackward(x, heads: 3, positions: positions, table: table)
      #expect(worst(rows(x), original) < forwardTolerance)
    }

    @Test func `embedding copies rows and adds gradients of repeated tokens`() {
      var numbers = Numbers(5)
      let table = numbers.matrix(10, 6)
      let ids: [Int32] = [3, 9, 3, 0]
      let out = Matrix(rows: 4, columns: 6)
      embeddingForward(ids, table: table, into: out)
      #expect(out.row(0) == table.row(3) && out.row(1) == table.row(9) && out.row(2) == table.row(3))
      let dTable = Matrix(rows: 10, columns: 6)
      let dOut = numbers.matrix(4, 6)
      embeddingBackward(ids, dOut: dOut, into: dTable)
      #expect(dTable.row(3) == zip(dOut.row(0), dOut.row(2)).map { $0 + $1 } && dTable.row(9) == dOut.row(1) && dTable.row(5).allSatisfy { $0 == 0 })
      embeddingForward([], table: table, into: Matrix(rows: 0, columns: 6))
    }

    @Test func `softmax rows, their logarithms and a NaN`() {
      var numbers = Numbers(6)
      let x = numbers.matrix(4, 37, scale: 5)
      let plain = rows(x).map(plainSoftmax)
      let (p, l) = (Matrix(x.array, rows: 4, columns: 37), Matrix(x.array, rows: 4, columns: 37))
      softmaxRows(p)
      logSoftmaxRows(l)
      // A Float log-sum-exp near 10 is good to 5e-7, which is the relative error of every probability.
      #expect(worst(rows(p), plain) < 2e-6 && worst(rows(l), plain.map { $0.map { log($0) } }) < forwardTolerance)
      #expect(zip(logSumExpRows(x), rows(x)).allSatisfy { abs($0 - log($1.reduce(0) { $0 + exp($1) })) < 1e-6 })
      x[2, 36] = .nan
      softmaxRows(x)
      #expect(x.row(2).allSatisfy { $0.isNaN } && x.row(1).allSatisfy { $0.isFinite })
    }

    @Test func `bfloat16 rounds to nearest even and keeps NaN and infinity`() {
      let values: [Float] = [1, 1.00390625, 1.01171875, -2.5, .infinity, .nan, 3.4e38, 0, -0.0]
      let bits = bfloat16(values)
      let back = floats(bfloat16: bits)
      // 1 + 2^-8 lies half way and goes to the even 1; 1 + 3 * 2^-8 goes to the even 1 + 2^-6.
      #expect(back[0] == 1 && back[1] == 1 && back[2] == 1.015625 && back[3] == -2.5 && back[4] == .infinity && back[5].isNaN)
      #expect(back[6] == .infinity && back[7] == 0 && back[8].sign == .minus)
      #expect(bfloat16([]).isEmpty && floats(bfloat16: []).isEmpty)
    }
  }
}
