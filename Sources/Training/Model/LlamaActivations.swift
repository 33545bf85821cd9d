import Kernels
import LanguageModel

/// What the forward pass leaves for the backward pass, and the backward pass's own scratch; allocated once for the largest batch so far.
///
/// The part of the last layer after its attention runs on the taught rows alone (nobody reads the others' results), so its activations are that much
/// shorter; `rows` below is T for every layer but the last, and R, the number of taught rows, there.
final class LlamaActivations {
  struct Layer {
    /// (T, C): what enters the layer, and its norm.
    let x, n1: Matrix
    /// (1, T)
    let rstd1: Matrix
    /// (T, heads * d), (T, kvHeads * d): after the rotation.
    let q, k, v: Matrix
    /// (T, heads)
    let logSumExp: Matrix
    /// (T, heads * d)
    let attention: Matrix
    /// (rows, C): after attention, and its norm.
    let x2, n2: Matrix
    /// (1, rows)
    let rstd2: Matrix
    /// (rows, F)
    let gate, up, act: Matrix
    /// (T or rows, r) of each adapter: dropout(x) Aᵀ.
    let u: [LlamaLinear: Matrix]
  }

  let capacity: Int
  let layers: [Layer]
  /// (R, heads * d): the taught rows of the last layer's attention.
  let taughtAttention: Matrix
  /// (R, C): what leaves the last layer, its norm, and the gradients of both.
  let last, lastNorm, dLastNorm: Matrix
  /// (1, R)
  let rstdLast: Matrix

  // Scratch of the backward pass.
  /// (T, C): gradient of the residual stream, and of a norm's output; (R, C) the same over taught rows.
  let dx, dn, dTaught: Matrix
  let dq, dk, dv, dAttention, dTaughtAttention: Matrix
  let dGate, dUp, dAct: Matrix

  /// - capacity: most tokens of a batch, T
  init(_ c: LlamaConfiguration, rank: Int?, targets: [LlamaLinear], capacity T: Int) {
    capacity = T
    let (C, F, Q, KV) = (c.hiddenSize, c.intermediateSize, c.queryWidth, c.keyValueWidth)
    layers = (0..<c.layers).map { _ in
      var u: [LlamaLinear: Matrix] = [:]
      if let rank { for linear in targets { u[linear] = Matrix(rows: T, columns: rank) } }
      return Layer(
        x: Matrix(rows: T, columns: C), n1: Matrix(rows: T, columns: C), rstd1: Matrix(rows: 1, columns: T), q: Matrix(rows: T, columns: Q),
        k: Matrix(rows: T, columns: KV), v: Matrix(rows: T, columns: KV), logSumExp: Matrix(rows: T, columns: c.heads),
        attention: Matrix(rows: T, columns: Q), x2: Matrix(rows: T, columns: C), n2: Matrix(rows: T, columns: C), rstd2: Matrix(rows: 1, columns: T),
        gate: Matrix(rows: T, columns: F), up: Matrix(rows: T, columns: F), act: Matrix(rows: T, columns: F), u: u)
    }
    taughtAttention = Matrix(rows: T, columns: Q)
    (last, lastNorm, dLastNorm) = (Matrix(rows: T, columns: C), Matrix(rows: T, columns: C), Matrix(rows: T, columns: C))
    rstdLast = Matrix(rows: 1, columns: T)
    (dx, dn, dTaught) = (Matrix(rows: T, columns: C), Matrix(rows: T, columns: C), Matrix(rows: T, columns: C))
    (dq, dk, dv) = (Matrix(rows: T, columns: Q), Matrix(rows: T, columns: KV), Matrix(rows: T, columns: KV))
    (dAttention, dTaughtAttention) = (Matrix(rows: T, columns: Q), Matrix(rows: T, columns: Q))
    (dGate, dUp, dAct) = (Matrix(rows: T, columns: F), Matrix(rows: T, columns: F), Matrix(rows: T, columns: F))
  }
}
