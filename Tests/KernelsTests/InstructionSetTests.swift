import Foundation
import Kernels
import Testing

/// Every set of loops this processor has gives the same results: AVX2 and AVX-512 bit for bit, plain to the rounding of its unfused products.
extension AllKernels {
  @Suite struct InstructionSetTests {
    private func results() -> [Float] {
      var numbers = Numbers(31)
      let (x, w, dy) = (numbers.matrix(40, 70), numbers.matrix(90, 70), numbers.matrix(40, 90))
      let y = Matrix(rows: 40, columns: 90)
      matmul(x, wT: w, into: y)
      let (normed, rstd) = (Matrix(rows: 40, columns: 90), Matrix(rows: 1, columns: 40))
      let weight = numbers.matrix(1, 90)
      rmsNormForward(y, weight: weight, eps: 1e-5, into: normed, rstd: rstd)
      let (dx, dw) = (Matrix(rows: 40, columns: 90), Matrix(rows: 1, columns: 90))
      rmsNormBackward(dy, x: y, weight: weight, rstd: rstd, into: dx, dWeight: dw)
      let (s, dG, dU) = (Matrix(rows: 40, columns: 90), Matrix(rows: 40, columns: 90), Matrix(rows: 40, columns: 90))
      swiGLUForward(gate: y, up: dy, into: s)
      swiGLUBackward(dy, gate: y, up: normed, dGate: dG, dUp: dU)
      let layerNormed = Matrix(rows: 40, columns: 90)
      layerNormForward(y, weight: weight, bias: dw, eps: 1e-5, into: layerNormed)
      let activated = [Activation.silu, .gelu, .geluTanh, .relu, .tanh].map { activation in
        let out = Matrix(rows: 40, columns: 90)
        activate(y, activation, into: out)
        return out
      }
      logSoftmaxRows(y)
      return ([y, normed, dx, dw, s, dG, dU, layerNormed] + activated).flatMap(\.array)
    }

    @Test func `the sets agree`() throws {
      let best = Compute.instructionSet
      defer { Compute.use(instructionSet: best) }
      let reference = results()
      for set in ["plain", "avx2", "avx512"] where Compute.use(instructionSet: set) {
        let these = results()
        if best != "plain", set != "plain" {
          #expect(these == reference, "\(set) differs from \(best)")
        } else {
          #expect(zip(these, reference).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($1)) }, "\(set) is far from \(best)")
        }
      }
      #expect(!Compute.use(instructionSet: "abacus") && Compute.instructionSet != "abacus")
    }

    @Test func `exp is within 1.1 ulp, and right at its ends`() {
      var numbers = Numbers(32)
      let x = (0..<100_000).map { _ in Float((numbers.uniform() - 0.5) * 174) }
      let worst =
        zip(x, exponentials(x)).map { a, b in
          let exact = Foundation.exp(Double(a))
          return abs(Double(b) - exact) / Double(Float(exact).ulp)
        }.max() ?? .infinity
      #expect(worst < 1.1)
      let ends: [Float] = [.nan, .infinity, -.infinity, 88.7, 88.8, -104.5, 0, -0.0, -100]
      let result = exponentials(ends)
      #expect(result[0].isNaN && result[1] == .infinity && result[2] == 0 && result[3].isFinite && result[4] == .infinity)
      #expect(result[5] == 0 && result[6] == 1 && result[7] == 1 && result[8] > 0 && result[8] <= 27 * Float.leastNonzeroMagnitude)
    }
  }
}
