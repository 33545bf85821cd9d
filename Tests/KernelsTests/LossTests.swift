import Foundation
import Kernels
import Testing

extension AllKernels {
  @Suite struct LossTests {
    static func plainLoss(_ hidden: Rows, _ head: Rows, _ targets: [Int32]) -> Double {
      zip(plainMatmul(hidden, wT: head), targets).reduce(0) { $0 - log(plainSoftmax($1.0)[Int($1.1)]) }
    }

    // Logits of size 3 are good to 5e-7, gradients sum 50 of them.
    @Test(arguments: [2, 5, 64]) func `cross-entropy and its gradients, in chunks of any size`(chunk: Int) {
      var numbers = Numbers(21)
      let (hidden, head) = (numbers.matrix(11, 24), numbers.matrix(50, 24, scale: 0.5))
      let targets = numbers.ids(11, below: 50)
      let (dHidden, dHead) = (Matrix(rows: 11, columns: 24), Matrix(rows: 50, columns: 24))
      let result = crossEntropy(hidden: hidden, targets: targets, head: head, scale: 0.25, dHidden: dHidden, dHead: dHead, chunk: chunk)
      #expect(abs(result.sum - Self.plainLoss(rows(hidden), rows(head), targets)) < 1e-5)
      #expect(worst(rows(dHidden), finiteDifferences(rows(hidden)) { 0.25 * Self.plainLoss($0, rows(head), targets) }) < 5e-6)
      #expect(worst(rows(dHead), finiteDifferences(rows(head)) { 0.25 * Self.plainLoss(rows(hidden), $0, targets) }) < 5e-6)
      let frozen = Matrix(rows: 11, columns: 24)
      let again = crossEntropy(
        hidden: hidden, targets: targets, head: head, frozenHead: FrozenWeight(head), scale: 0.25, dHidden: frozen, chunk: chunk)
      #expect(again.losses == result.losses && frozen.array == dHidden.array)
    }

    @Test func `a sure model still has a gradient`() {
      // The target leads by 20 nats: its probability rounds to 1 in Float, p - 1 would be 0.
      let head = Matrix([20, 0, 0], rows: 3, columns: 1)
      let hidden = Matrix([1], rows: 1, columns: 1)
      let (dHidden, dHead) = (Matrix(rows: 1, columns: 1), Matrix(rows: 3, columns: 1))
      let result = crossEntropy(hidden: hidden, targets: [0], head: head, scale: 1, dHidden: dHidden, dHead: dHead)
      let other = exp(-20.0)
      #expect(abs(result.sum / (2 * other) - 1) < 1e-6)
      #expect(abs(Double(dHead[0, 0]) / (-2 * other) - 1) < 1e-6 && abs(Double(dHead[1, 0]) / other - 1) < 1e-6)
    }

    @Test func `no supervised row costs nothing, a NaN logit makes the loss NaN`() {
      let head = Matrix([1, 2, 3, 4], rows: 4, columns: 1)
      #expect(crossEntropy(hidden: Matrix(rows: 0, columns: 1), targets: [], head: head, scale: 1).sum == 0)
      #expect(crossEntropy(hidden: Matrix([.nan], rows: 1, columns: 1), targets: [2], head: head, scale: 1).sum.isNaN)
      #expect(crossEntropy(hidden: Matrix([1, .nan], rows: 2, columns: 1), targets: [2, 1], head: head, scale: 1).losses[0].isFinite)
    }

    static func plainLoRA(_ x: Rows, _ a: Rows, _ b: Rows, _ scale: Double, _ mask: Rows) -> Rows {
      plainMatmul(plainMatmul(zip(x, mask).map { zip($0, $1).map(*) }, wT: a), wT: b).map { $0.map { $0 * scale } }
    }

    @Test(arguments: [Float(0), 0.3]) func `LoRA and its gradients`(rate: Float) {
      var numbers = Numbers(22)
      let (x, a, b, dy) = (numbers.matrix(7, 20), numbers.matrix(3, 20), numbers.matrix(9, 3), numbers.matrix(7, 9))
      let drop = Dropout(rate: rate, seed: 5, step: 3, stream: 17, firstRow: 100)
      let ones = Matrix(rows: 7, columns: 20)
      ones.fill(1)
      let mask = Matrix(rows: 7, columns: 20)
      dropout(ones, drop, into: mask)
      let (u, y) = (Matrix(rows: 7, columns: 3), numbers.matrix(7, 9))
      let before = rows(y)
      loraForward(x, a: a, b: b, scale: 2, dropout: drop, u: u, into: y)
      let plain = Self.plainLoRA(rows(x), rows(a), rows(b), 2, rows(mask))
      #expect(worst(rows(y), zip(before, plain).map { zip($0, $1).map(+) }) < 1e-6)
      let (dA, dB, dx) = (Matrix(rows: 3, columns: 20), Matrix(rows: 9, columns: 3), Matrix(rows: 7, columns: 20))
      loraBackward(dy, x: x, u: u, a: a, b: b, scale: 2, dropout: drop, dA: dA, dB: dB, dx: dx)
      let w = rows(dy)
      #expect(worst(rows(dA), finiteDifferences(rows(a)) { weighted(Self.plainLoRA(rows(x), $0, rows(b), 2, rows(mask)), by: w) }) < 5e-6)
      #expect(worst(rows(dB), finiteDifferences(rows(b)) { weighted(Self.plainLoRA(rows(x), rows(a), $0, 2, rows(mask)), by: w) }) < 5e-6)
      #expect(worst(rows(dx), finiteDifferences(rows(x)) { weighted(Self.plainLoRA($0, rows(a), rows(b), 2, rows(mask)), by: w) }) < 5e-6)
    }

    @Test func `dropout keeps its share, scales the kept, and depends on seed, step, place and row alone`() {
      let ones = Matrix(rows: 200, columns: 300)
      ones.fill(1)
      func mask(_ d: Dropout) -> [Float] {
        let out = Matrix(rows: 200, columns: 300)
        dropout(ones, d, into: out)
        return out.array
      }
      let base = Dropout(rate: 0.1, seed: 1, step: 1, stream: 1)
      let kept = mask(base)
      #expect(Set(kept) == [0, 1 / (1 - Float(0.1))])
      // 60,000 draws at 0.1: a standard deviation of 0.0012; five of them.
      #expect(abs(Double(kept.count { $0 == 0 }) / 60000 - 0.1) < 0.006)
      #expect(mask(base) == kept)
      for other in [
        Dropout(rate: 0.1, seed: 2, step: 1, stream: 1), Dropout(rate: 0.1, seed: 1, step: 2, stream: 1),
        Dropout(rate: 0.1, seed: 1, step: 1, stream: 2),
      ] {
        // Independent masks agree on 0.82 of the elements.
        let agreement = Double(zip(mask(other), kept).count { $0 == $1 }) / 60000
        #expect(abs(agreement - 0.82) < 0.01)
      }
      let shifted = mask(Dropout(rate: 0.1, seed: 1, step: 1, stream: 1, firstRow: 50))
      #expect(Array(shifted[0..<150 * 300]) == Array(kept[50 * 300..<200 * 300]))
    }

    @Test func `AdamW follows the formula for some steps`() {
      var numbers = Numbers(23)
      let (p, m, v) = (numbers.matrix(3, 21), Matrix(rows: 3, columns: 21), Matrix(rows: 3, columns: 21))
      var expected = p.array.map(Double.init)
      var (first, second) = ([Double](repeating: 0, count: 63), [Double](repeating: 0, count: 63))
      for step in 1...5 {
        let g = numbers.matrix(3, 21)
        adamWStep(AdamW(weightDecay: 0.1), parameters: p, gradients: g, first: m, second: v, step: step, learningRate: 0.01, gradientScale: 0.5)
        for (i, raw) in g.array.enumerated() {
          let gradient = Double(raw) * 0.5
          expected[i] *= 1 - 0.01 * 0.1
          first[i] = 0.9 * first[i] + 0.1 * gradient
          second[i] = 0.999 * second[i] + 0.001 * gradient * gradient
          expected[i] -= 0.01 / (1 - pow(0.9, Double(step))) * first[i] / ((second[i] / (1 - pow(0.999, Double(step)))).squareRoot() + 1e-8)
        }
      }
      #expect(worst([p.array.map(Double.init)], [expected]) < 1e-6)
    }

    @Test func `the global norm is that of one long vector and shows a NaN`() {
      let (a, b) = (Matrix([3, 0, 0, 0], rows: 2, columns: 2), Matrix([4], rows: 1, columns: 1))
      #expect(globalNorm([a, b]) == 5)
      #expect(globalNorm([]) == 0)
      b[0, 0] = .nan
      #expect(globalNorm([a, b]).isNaN)
      scale(a, by: 2)
      add(a, times: 0.5, to: a)
      #expect(a.array == [9, 0, 0, 0])
    }
  }
}
