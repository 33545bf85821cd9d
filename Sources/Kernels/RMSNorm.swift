internal import CKernels

// RMSNorm (Zhang and Sennrich 2019): y = x / sqrt(mean(x²) + eps) * w, row by row. The mean is kept in double.

/// - x, y: (T, C); weight: (1, C); rstd: (1, T) or nil, receives 1 / sqrt(mean(x²) + eps) of each row for the backward pass
public func rmsNormForward(_ x: Matrix, weight: Matrix, eps: Float, into y: Matrix, rstd: Matrix? = nil) {
  precondition(weight.count == x.columns && y.rows == x.rows && y.columns == x.columns, "rmsNormForward: shapes differ")
  precondition(rstd.map { $0.count >= x.rows } ?? true, "rmsNormForward: rstd is shorter than the rows")
  parallel(rows: x.rows, grain: 64) { rows in
    for t in rows {
      let r = vk_rms_norm(x.columns, x.pointer(t), weight.pointer(0), eps, y.pointer(t))
      if let rstd { rstd.pointer(0)[t] = r }
    }
  }
}

/// Every head of every row for itself, in place (the query and key norms of Qwen 3 and Gemma 3).
/// - x: (T, heads * d); weight: (1, d)
public func rmsNormHeads(_ x: Matrix, heads: Int, weight: Matrix, eps: Float) {
  precondition(weight.count * heads == x.columns, "rmsNormHeads: \(heads) heads of \(weight.count) do not make \(x.columns)")
  parallel(rows: x.rows, grain: 64) { rows in
    for t in rows {
      for h in 0..<heads {
        let head = x.pointer(t) + h * weight.count
        _ = vk_rms_norm(weight.count, head, weight.pointer(0), eps, head)
      }
    }
  }
}

/// dx (+)= rstd (w dy - x rstd² mean(w dy x)); dWeight += Σ dy x rstd.
/// - dy, x, dx: (T, C); weight, dWeight: (1, C); rstd: (1, T) as the forward pass left it
public func rmsNormBackward(
  _ dy: Matrix, x: Matrix, weight: Matrix, rstd: Matrix, into dx: Matrix, accumulate: Bool = false, dWeight: Matrix? = nil
) {
  precondition(weight.count == x.columns && dy.rows == x.rows && dx.rows == x.rows && rstd.count >= x.rows, "rmsNormBackward: shapes differ")
  let flag: Int32 = accumulate ? 1 : 0
  let grain = 64
  let tasks = (x.rows + grain - 1) / grain
  let C = x.columns
  guard let dWeight else {
    parallel(rows: x.rows, grain: grain) { rows in
      for t in rows { vk_rms_norm_backward(C, dy.pointer(t), x.pointer(t), weight.pointer(0), rstd.pointer(0)[t], dx.pointer(t), flag, nil) }
    }
    return
  }
  precondition(dWeight.count == C, "rmsNormBackward: dWeight has \(dWeight.count) of \(C)")
  // Each task sums its own rows, the tasks' sums are added in order: the same bits for any number of threads.
  Scratch.borrow(rows: tasks, columns: C) { partial in
    parallel(rows: x.rows, grain: grain) { rows in
      let sum = partial.pointer(rows.lowerBound / grain)
      sum.update(repeating: 0, count: C)
      for t in rows { vk_rms_norm_backward(C, dy.pointer(t), x.pointer(t), weight.pointer(0), rstd.pointer(0)[t], dx.pointer(t), flag, sum) }
    }
    for task in 0..<tasks { vk_axpy(C, 1, partial.pointer(task), dWeight.pointer(0)) }
  }
}
