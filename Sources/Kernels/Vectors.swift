internal import CKernels
internal import Foundation

/// y += a x, element by element.
public func add(_ x: Matrix, times a: Float = 1, to y: Matrix) {
  precondition(x.rows == y.rows && x.columns == y.columns, "add: shapes differ")
  parallel(rows: x.rows, grain: max(1, 16384 / max(1, x.columns))) { rows in
    for t in rows { vk_axpy(x.columns, a, x.pointer(t), y.pointer(t)) }
  }
}

/// Every row of y += bias.
/// - bias: (1, C); y: (T, C)
public func add(bias: Matrix, to y: Matrix) {
  precondition(bias.count == y.columns, "add: a bias of \(bias.count) for \(y.columns) columns")
  parallel(rows: y.rows, grain: max(1, 16384 / max(1, y.columns))) { rows in
    for t in rows { vk_axpy(y.columns, 1, bias.pointer(0), y.pointer(t)) }
  }
}

/// Every row of y *= factors, element by element.
/// - factors: (1, C); y: (T, C)
public func multiply(_ y: Matrix, byColumns factors: Matrix) {
  precondition(factors.count == y.columns, "multiply: \(factors.count) factors for \(y.columns) columns")
  parallel(rows: y.rows, grain: max(1, 16384 / max(1, y.columns))) { rows in
    for t in rows {
      let (row, by) = (y.pointer(t), factors.pointer(0))
      for c in 0..<y.columns { row[c] *= by[c] }
    }
  }
}

/// x *= a.
public func scale(_ x: Matrix, by a: Float) {
  parallel(rows: x.rows, grain: max(1, 16384 / max(1, x.columns))) { rows in
    for t in rows { vk_scale(x.columns, a, x.pointer(t)) }
  }
}

/// Σ x², in double; row by row in a fixed order, so the same bits for any number of threads.
public func sumOfSquares(_ x: Matrix) -> Double {
  var rows = [Double](repeating: 0, count: x.rows)
  rows.withUnsafeMutableBufferPointer { out in
    nonisolated(unsafe) let out = out
    parallel(rows: x.rows, grain: max(1, 16384 / max(1, x.columns))) { part in
      for t in part { out[t] = vk_sum_squares(x.columns, x.pointer(t)) }
    }
  }
  return rows.reduce(0, +)
}

/// The length of all gradients taken as one vector: sqrt(Σ ‖g‖²). NaN or infinite when any of them is.
public func globalNorm(_ gradients: [Matrix]) -> Double {
  gradients.reduce(0) { $0 + sumOfSquares($1) }.squareRoot()
}

/// Widens bfloat16 bit patterns.
public func floats(bfloat16 bits: [UInt16]) -> [Float] {
  [Float](unsafeUninitializedCapacity: bits.count) { out, count in
    bits.withUnsafeBufferPointer { source in
      if let from = source.baseAddress, let to = out.baseAddress { vk_bf16_to_f32(bits.count, from, to) }
    }
    count = bits.count
  }
}

/// Rounds to bfloat16 bit patterns, to nearest, ties to even; NaN stays NaN.
public func bfloat16(_ floats: [Float]) -> [UInt16] {
  [UInt16](unsafeUninitializedCapacity: floats.count) { out, count in
    floats.withUnsafeBufferPointer { source in
      if let from = source.baseAddress, let to = out.baseAddress { vk_f32_to_bf16(floats.count, from, to) }
    }
    count = floats.count
  }
}

/// exp(x) by the loops' own polynomial, at most 1.1 ulp from the truth. For the tests; softmax and SiLU have it inside.
package func exponentials(_ x: [Float]) -> [Float] {
  [Float](unsafeUninitializedCapacity: x.count) { out, count in
    x.withUnsafeBufferPointer { source in
      if let from = source.baseAddress, let to = out.baseAddress { vk_exp(x.count, from, to) }
    }
    count = x.count
  }
}
