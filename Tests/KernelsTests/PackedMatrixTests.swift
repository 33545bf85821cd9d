import Foundation
import Kernels
import Testing

/// Products with weights that are stored in fewer bits.
extension AllKernels {
  @Suite struct PackedMatrixTests {
    /// (T, N, K): one row, few rows, whole tiles and ragged ends; odd K has a pair of which half is missing.
    static let shapes = [
      (1, 1, 1), (1, 129, 33), (2, 300, 64), (3, 128, 31), (5, 64, 10), (7, 65, 17), (8, 96, 40), (14, 32, 16), (33, 70, 51), (130, 257, 24),
      (3, 20, 0),
    ]

    private func product(_ x: Matrix, _ b: PackedMatrix) -> Matrix {
      let y = Matrix(rows: x.rows, columns: b.outer)
      matmul(x, packed: b, into: y)
      return y
    }

    private func rounded(_ m: Matrix) -> Matrix { Matrix(floats(bfloat16: bfloat16(m.array)), rows: m.rows, columns: m.columns) }

    @Test(arguments: shapes) func `bfloat16 weights give the bits of the same weights as floats`(T: Int, N: Int, K: Int) {
      var numbers = Numbers(41)
      let (x, w) = (numbers.matrix(T, K), rounded(numbers.matrix(N, K)))
      let best = Compute.instructionSet
      defer { Compute.use(instructionSet: best) }
      for set in ["plain", "avx2", "avx512"] where Compute.use(instructionSet: set) {
        let wide = product(x, PackedMatrix(transposing: w))
        let narrow = PackedMatrix(transposing: w, form: .bfloat16)
        #expect(product(x, narrow).array == wide.array, "\(set)")
        matmul(x, packed: narrow, into: wide, accumulate: true)
        #expect(zip(wide.array, product(x, narrow).array).allSatisfy { $0 == $1 + $1 }, "\(set)")
      }
    }

    @Test(arguments: shapes) func `bfloat16 products are those of the rounded factors`(T: Int, N: Int, K: Int) {
      var numbers = Numbers(42)
      let (x, w) = (numbers.matrix(T, K), numbers.matrix(N, K))
      let b = PackedMatrix(transposing: w, form: .bfloat16Products)
      let exact = plainMatmul(rows(Compute.hasBFloat16Products ? rounded(x) : x), wT: rows(rounded(w)))
      #expect(worst(rows(product(x, b)), exact) < 2e-6)
    }

    @Test(arguments: PackedMatrix.Form.allCases) func `a row has the same bits in any batch and on any number of threads`(form: PackedMatrix.Form) {
      var numbers = Numbers(43)
      let (x, w) = (numbers.matrix(150, 91), numbers.matrix(300, 91))
      let b = PackedMatrix(transposing: w, form: form)
      let whole = product(x, b)
      for count in [1, 2, 3, 4, 7, 8, 13, 20] { #expect(product(x.rows(37..<37 + count), b).array == whole.rows(37..<37 + count).array) }
      let threads = Compute.threads
      defer { Compute.threads = threads }
      for count in [1, 2, 5] {
        Compute.threads = count
        #expect(product(x, b).array == whole.array)
      }
    }

    @Test func `int8 weights are rounded to 127 steps of the largest in their row`() {
      var numbers = Numbers(44)
      let w = numbers.matrix(40, 50)
      w.rows(3..<4).fill(0)
      let b = PackedMatrix(transposing: w, form: .int8)
      let back = Matrix(rows: 40, columns: 50)
      embeddingForward((0..<40).map(Int32.init), table: b, into: back)
      for row in 0..<40 {
        let step = (w.row(row).map(abs).max() ?? 0) / 127
        #expect(zip(w.row(row), back.row(row)).allSatisfy { abs($0 - $1) <= step * 0.5001 })
      }
      let x = numbers.matrix(9, 50)
      #expect(worst(rows(product(x, b)), plainMatmul(rows(x), wT: rows(back))) < 2e-6)
    }

    @Test(arguments: PackedMatrix.Form.allCases) func `weights stored piece by piece are those stored at once, and are read back as a table`(
      form: PackedMatrix.Form
    ) {
      var numbers = Numbers(45)
      let w = rounded(numbers.matrix(101, 37))
      let (whole, pieces, bits) = (
        PackedMatrix(transposing: w, form: form), PackedMatrix(outer: 101, inner: 37, form: form), PackedMatrix(outer: 101, inner: 37, form: form)
      )
      for range in [0..<1, 1..<33, 33..<70, 70..<101] {
        pieces.store(w.rows(range), from: range.lowerBound)
        bits.store(bfloat16: bfloat16(w.rows(range).array), from: range.lowerBound)
      }
      let x = numbers.matrix(4, 37)
      #expect(product(x, pieces).array == product(x, whole).array && product(x, bits).array == product(x, whole).array)
      let ids: [Int32] = [100, 0, 31, 32, 0]
      let (table, out) = (Matrix(rows: 5, columns: 37), Matrix(rows: 5, columns: 37))
      embeddingForward(ids, table: w, into: table)
      embeddingForward(ids, table: whole, into: out)
      if form == .int8 {
        #expect(zip(table.array, out.array).allSatisfy { abs($0 - $1) < 0.02 })
      } else {
        #expect(out.array == table.array)
      }
    }

    @Test func `not a number in the activations reaches its own row alone`() {
      var numbers = Numbers(46)
      let (x, w) = (numbers.matrix(5, 12), numbers.matrix(20, 12))
      x[2, 7] = .nan
      for form in PackedMatrix.Form.allCases {
        let y = product(x, PackedMatrix(transposing: w, form: form))
        #expect(y.row(2).allSatisfy(\.isNaN) && !y.row(1).contains(where: \.isNaN) && !y.row(3).contains(where: \.isNaN))
      }
    }

    @Test func `a large buffer is zero at first`() {
      let buffer = FloatBuffer(count: 3 << 20)
      #expect(buffer[0] == 0 && buffer[(3 << 20) - 1] == 0 && !buffer.array.contains { $0 != 0 })
    }
  }
}
