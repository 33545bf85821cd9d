import Foundation
import Kernels
import Synchronization
import Testing

/// Threads that help with one loop at a time.
extension AllKernels {
  @Suite struct TeamTests {
    /// How often each row was visited, by a loop over so many rows.
    private func visits(_ rows: Int) -> [Float] {
      let x = Matrix(rows: rows, columns: 1)
      inRowBlocks(0..<rows) { some in for row in some { x[row, 0] += 1 } }
      return x.array
    }

    @Test func `every row is done once, however many threads there are and however fast loops follow one another`() {
      let threads = Compute.threads
      defer { Compute.threads = threads }
      for count in [1, 2, 3, 7] {
        Compute.threads = count
        for rows in [0, 1, 111, 112, 5000] { #expect(visits(rows).allSatisfy { $0 == 1 }) }
        for _ in 0..<300 { #expect(visits(3000) == [Float](repeating: 1, count: 3000)) }
      }
    }

    @Test func `a loop within a loop, and loops of several threads at once, are done whole`() async {
      var numbers = Numbers(51)
      let (x, w) = (numbers.matrix(2000, 40), numbers.matrix(64, 40))
      let expected = Matrix(rows: 2000, columns: 64)
      matmul(x, wT: w, into: expected)
      let packed = PackedMatrix(transposing: w)
      let right = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<4 {
          group.addTask {
            (0..<30).allSatisfy { _ in
              let y = Matrix(rows: 2000, columns: 64)
              inRowBlocks(0..<2000) { matmul(x.rows($0), packed: packed, into: y.rows($0)) }
              return y.array == expected.array
            }
          }
        }
        return await group.reduce(true) { $0 && $1 }
      }
      #expect(right)
    }

    @Test func `what the machine does at most is measured for one thread and for all`() {
      let limits = MachineLimits.measure()
      var pairs = [limits.memory, limits.floatProduct, limits.bfloat16Product, limits.blas]
      if Compute.instructionSet != "plain" { pairs.append(limits.float) }
      if let bfloat16 = limits.bfloat16 { pairs.append(bfloat16) }
      #expect(pairs.allSatisfy { $0.one > 0 && $0.all > 0 && $0.one.isFinite && $0.all.isFinite })
      #expect((limits.bfloat16 != nil) == Compute.hasBFloat16Products)
    }
  }
}
