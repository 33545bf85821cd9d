import Kernels

/// y = x Wᵀ + b, with low-rank pairs beside some of the columns.
struct Dense: Sendable {
  let weight: PackedMatrix
  let bias: Matrix?
  var pairs: [LowRankPair] = []

  func forward(_ x: Matrix, into y: Matrix, accumulate: Bool = false) {
    if accumulate, pairs.contains(where: { $0.factors != nil }) {
      // The factors are for this product alone, not for what is there.
      let product = Matrix(rows: y.rows, columns: y.columns)
      forward(x, into: product)
      add(product, to: y)
      return
    }
    matmul(x, packed: weight, into: y, accumulate: accumulate)
    for pair in pairs { pair.forward(x, into: y.columns(pair.columns)) }
    if let bias { add(bias: bias, to: y) }
  }
}

/// y = f (y + x Aᵀ Bᵀ), with s in B.
struct LowRankPair: Sendable {
  /// The columns of the whole product that are this layer's.
  let columns: Range<Int>
  let a: PackedMatrix
  let b: PackedMatrix
  /// DoRA's f, (1, out).
  let factors: Matrix?

  func forward(_ x: Matrix, into y: Matrix) {
    let inner = Matrix(rows: x.rows, columns: a.outer)
    matmul(x, packed: a, into: inner)
    matmul(inner, packed: b, into: y, accumulate: true)
    if let factors { multiply(y, byColumns: factors) }
  }
}
