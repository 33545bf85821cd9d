internal import CKernels

// Low-rank adaptation (Hu et al. 2021; PEFT's lora/layer.py): y += s B A dropout(x), with s = alpha / r or alpha / sqrt(r).
// BA is never formed: u = dropout(x) Aᵀ is (T, r).

/// u = dropout(x) aᵀ; y += scale u bᵀ.
/// - x: (T, in); a: (r, in); b: (out, r); u: (T, r), kept for the backward pass; y: (T, out), already holding the frozen product
public func loraForward(_ x: Matrix, a: Matrix, b: Matrix, scale: Float, dropout: Dropout? = nil, u: Matrix, into y: Matrix) {
  precondition(a.columns == x.columns && b.columns == a.rows && u.columns == a.rows && y.columns == b.rows, "lora: shapes differ")
  if let dropout, dropout.rate > 0 {
    Scratch.borrow(rows: x.rows, columns: x.columns) { dropped in
      Kernels.dropout(x, dropout, into: dropped)
      matmul(dropped, wT: a, into: u)
    }
  } else {
    matmul(x, wT: a, into: u)
  }
  Scratch.borrow(rows: b.rows, columns: b.columns) { scaled in
    scaled.copy(from: b)
    vk_scale(scaled.count, scale, scaled.pointer(0))
    matmul(u, wT: scaled, into: y, accumulate: true)
  }
}

/// v = scale dy b; dB += scale dyᵀ u; dA += vᵀ dropout(x); dx += mask (v a).
/// - dy: (T, out); x: (T, in) and u: (T, r) of the forward pass; dA: (r, in) and dB: (out, r) are added to; dx: (T, in) is added to, nil where nothing below needs it
public func loraBackward(
  _ dy: Matrix, x: Matrix, u: Matrix, a: Matrix, b: Matrix, scale: Float, dropout: Dropout? = nil, dA: Matrix, dB: Matrix, dx: Matrix?
) {
  precondition(dA.rows == a.rows && dA.columns == a.columns && dB.rows == b.rows && dB.columns == b.columns, "lora: shapes differ")
  let r = a.rows
  Scratch.borrow(rows: dy.rows, columns: 2 * r) { both in
    let (v, scaledU) = (both.columns(0..<r), both.columns(r..<2 * r))
    matmul(dy, b, into: v)
    for t in 0..<dy.rows {
      vk_scale(r, scale, v.pointer(t))
      scaledU.pointer(t).update(from: u.pointer(t), count: r)
      vk_scale(r, scale, scaledU.pointer(t))
    }
    matmulTransposed(dy, scaledU, into: dB, accumulate: true)
    guard let dropout, dropout.rate > 0 else {
      matmulTransposed(v, x, into: dA, accumulate: true)
      if let dx { matmul(v, a, into: dx, accumulate: true) }
      return
    }
    Scratch.borrow(rows: x.rows, columns: x.columns) { wide in
      Kernels.dropout(x, dropout, into: wide)
      matmulTransposed(v, wide, into: dA, accumulate: true)
      guard let dx else { return }
      matmul(v, a, into: wide)
      Kernels.dropout(wide, dropout, into: wide)
      add(wide, to: dx)
    }
  }
}
