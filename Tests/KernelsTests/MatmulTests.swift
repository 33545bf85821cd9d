import Foundation
import Kernels
import Testing

/// A sum of K products of Floats of size about 1 has a relative error near sqrt(K) * 2^-24; 2e-6 holds to K = 1000 with room.
private let tolerance = 2e-6

extension AllKernels {
  @Suite struct MatmulTests {
    static let shapes = [(1, 1, 1), (3, 5, 7), (14, 32, 16), (15, 33, 17), (113, 48, 64), (130, 300, 12), (64, 16, 256), (2, 257, 300)]

    @Test(arguments: shapes) func `all products equal the plain loops`(T: Int, N: Int, K: Int) {
      var numbers = Numbers(7)
      let (x, w, dy) = (numbers.matrix(T, K), numbers.matrix(N, K), numbers.matrix(T, N))
      let y = numbers.matrix(T, N)
      let before = rows(y)
      let product = plainMatmul(rows(x), wT: rows(w))
      matmul(x, wT: w, into: y, accumulate: true)
      #expect(worst(rows(y), zip(before, product).map { zip($0, $1).map(+) }) < tolerance)
      matmul(x, wT: w, into: y)
      #expect(worst(rows(y), product) < tolerance)
      let packed = Matrix(rows: T, columns: N)
      matmul(x, packed: PackedMatrix(transposing: w), into: packed)
      #expect(packed.array == y.array)
      let dx = Matrix(rows: T, columns: K)
      matmul(dy, w, into: dx)
      #expect(worst(rows(dx), plainMatmul(rows(dy), rows(w))) < tolerance)
      let dw = Matrix(rows: N, columns: K)
      matmulTransposed(dy, x, into: dw)
      matmulTransposed(dy, x, into: dw, accumulate: true)
      #expect(worst(rows(dw), plainMatmul(transpose(rows(dy)), rows(x)).map { $0.map { 2 * $0 } }) < tolerance)
    }

    @Test func `a row has the same bits alone, in any batch, at any place, on any number of threads`() {
      var numbers = Numbers(8)
      let (T, N, K) = (500, 300, 96)
      let (x, w) = (numbers.matrix(T, K), numbers.matrix(N, K))
      let whole = Matrix(rows: T, columns: N)
      matmul(x, wT: w, into: whole)
      for t in [0, 1, 13, 14, 111, 112, 499] {
        let alone = Matrix(rows: 1, columns: N)
        matmul(x.rows(t..<t + 1), wT: w, into: alone)
        #expect(alone.array == whole.row(t))
      }
      let some = Matrix(rows: 77, columns: N)
      matmul(x.rows(101..<178), wT: w, into: some)
      #expect(some.array == whole.rows(101..<178).array)
      let threads = Compute.threads
      defer { Compute.threads = threads }
      for count in [1, 2, 3, 5] {
        Compute.threads = count
        let again = Matrix(rows: T, columns: N)
        matmul(x, wT: w, into: again)
        #expect(again.array == whole.array)
        let dw = Matrix(rows: N, columns: K)
        matmulTransposed(whole, x, into: dw)
        Compute.threads = 1
        let single = Matrix(rows: N, columns: K)
        matmulTransposed(whole, x, into: single)
        #expect(dw.array == single.array)
      }
    }

    @Test func `views with a stride are read and written in place and nothing else is`() {
      var numbers = Numbers(9)
      let wide = numbers.matrix(20, 50)
      let w = numbers.matrix(8, 30)
      let target = Matrix(rows: 20, columns: 40)
      target.fill(5)
      matmul(wide.columns(10..<40), wT: w, into: target.columns(3..<11))
      #expect(worst(rows(target.columns(3..<11)), plainMatmul(rows(wide.columns(10..<40)), wT: rows(w))) < tolerance)
      #expect(target.columns(0..<3).array.allSatisfy { $0 == 5 } && target.columns(11..<40).array.allSatisfy { $0 == 5 })
    }

    @Test func `no rows give no work and an empty gradient is zero`() {
      let w = Matrix([1, 2, 3, 4], rows: 2, columns: 2)
      let none = Matrix(rows: 0, columns: 2)
      matmul(none, wT: w, into: Matrix(rows: 0, columns: 2))
      let dw = Matrix([9, 9, 9, 9], rows: 2, columns: 2)
      matmulTransposed(none, none, into: dw, accumulate: true)
      #expect(dw.array == [9, 9, 9, 9])
      matmulTransposed(none, none, into: dw, accumulate: false)
      #expect(dw.array == [0, 0, 0, 0])
    }

    @Test func `a NaN spoils its own row and no other`() {
      var numbers = Numbers(10)
      let (x, w) = (numbers.matrix(30, 20), numbers.matrix(40, 20))
      x[7, 3] = .nan
      let y = Matrix(rows: 30, columns: 40)
      matmul(x, wT: w, into: y)
      #expect(y.row(7).allSatisfy { $0.isNaN })
      #expect((0..<30).filter { $0 != 7 }.allSatisfy { y.row($0).allSatisfy { $0.isFinite } })
    }

    @Test func `the report names the kernel set`() {
      #expect(BLAS.report.contains(BLAS.coreName) && BLAS.report.contains(Compute.instructionSet))
    }
  }
}
