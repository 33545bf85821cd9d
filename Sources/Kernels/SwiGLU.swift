internal import CKernels

// SwiGLU (Shazeer 2020) without its products: out = silu(gate) * up with silu(g) = g / (1 + e^-g).

/// - gate, up, out: (T, F); `out` may be `gate` or `up`
public func swiGLUForward(gate: Matrix, up: Matrix, into out: Matrix) {
  precondition(gate.rows == up.rows && gate.columns == up.columns && out.rows == gate.rows && out.columns == gate.columns, "swiGLU: shapes differ")
  parallel(rows: gate.rows, grain: 32) { rows in
    for t in rows { vk_silu_mul(gate.columns, gate.pointer(t), up.pointer(t), out.pointer(t)) }
  }
}

/// dGate = dOut up s (1 + g (1 - s)), dUp = dOut g s, with s = sigmoid(g).
/// - dOut, gate, up, dGate, dUp: (T, F); `dGate` may be `gate` and `dUp` may be `up`
public func swiGLUBackward(_ dOut: Matrix, gate: Matrix, up: Matrix, dGate: Matrix, dUp: Matrix) {
  precondition(gate.rows == dOut.rows && gate.columns == dOut.columns && up.rows == gate.rows && dGate.rows == gate.rows, "swiGLU: shapes differ")
  parallel(rows: gate.rows, grain: 32) { rows in
    for t in rows { vk_silu_mul_backward(gate.columns, dOut.pointer(t), gate.pointer(t), up.pointer(t), dGate.pointer(t), dUp.pointer(t)) }
  }
}
