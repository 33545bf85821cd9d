internal import CKernels

/// Each row becomes exp(x) / Σ exp(x), in place. A row with a NaN becomes all NaN.
public func softmaxRows(_ x: Matrix) {
  parallel(rows: x.rows, grain: 16) { rows in
    for t in rows { vk_exp_minus(x.columns, x.pointer(t), 1, Float(vk_log_sum_exp(x.columns, x.pointer(t), 1)), x.pointer(t)) }
  }
}

/// Each row becomes x - log Σ exp(x), in place: nats, at most 0.
public func logSoftmaxRows(_ x: Matrix) {
  parallel(rows: x.rows, grain: 16) { rows in
    for t in rows {
      let lse = Float(vk_log_sum_exp(x.columns, x.pointer(t), 1))
      let row = x.pointer(t)
      for j in 0..<x.columns { row[j] -= lse }
    }
  }
}

/// log Σ exp(x) of every row, by the maximum; summed in double.
public func logSumExpRows(_ x: Matrix) -> [Double] {
  var result = [Double](repeating: 0, count: x.rows)
  result.withUnsafeMutableBufferPointer { out in
    nonisolated(unsafe) let out = out
    parallel(rows: x.rows, grain: 16) { rows in
      for t in rows { out[t] = vk_log_sum_exp(x.columns, x.pointer(t), 1) }
    }
  }
  return result
}
