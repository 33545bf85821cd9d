internal import CKernels

/// Activation functions, element by element.
public enum Activation: Sendable, Hashable {
  /// x sigmoid(x)
  case silu
  /// x Φ(x), by the error function
  case gelu
  /// The same by tanh: 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))
  case geluTanh
  /// max(x, 0)
  case relu
  case tanh

  var kind: Int32 {
    switch self {
    case .silu: VK_SILU
    case .gelu: VK_GELU
    case .geluTanh: VK_GELU_TANH
    case .relu: VK_RELU
    case .tanh: VK_TANH
    }
  }
}

/// out = f(x).
/// - x, out: (T, F), may be the same
public func activate(_ x: Matrix, _ activation: Activation, into out: Matrix) {
  precondition(x.rows == out.rows && x.columns == out.columns, "activate: shapes differ")
  parallel(rows: x.rows, grain: 32) { rows in
    for t in rows { vk_activate(activation.kind, x.columns, x.pointer(t), out.pointer(t)) }
  }
}

/// out = f(gate) * up.
/// - gate, up, out: (T, F); `gate` is overwritten, `out` may be `gate` or `up`
public func gatedForward(gate: Matrix, up: Matrix, _ activation: Activation, into out: Matrix) {
  if activation == .silu { return swiGLUForward(gate: gate, up: up, into: out) }
  precondition(gate.rows == up.rows && gate.columns == up.columns && out.rows == gate.rows && out.columns == gate.columns, "gated: shapes differ")
  parallel(rows: gate.rows, grain: 32) { rows in
    for t in rows {
      vk_activate(activation.kind, gate.columns, gate.pointer(t), gate.pointer(t))
      vk_multiply(gate.columns, gate.pointer(t), up.pointer(t), out.pointer(t))
    }
  }
}

/// x = cap * tanh(x / cap), in place.
public func softcap(_ x: Matrix, _ cap: Float) {
  parallel(rows: x.rows, grain: 16) { rows in
    for t in rows { vk_softcap(x.columns, x.pointer(t), 1 / cap, cap, x.pointer(t)) }
  }
}
