import Kernels
import LanguageModel

/// Where a batch stands in its step; what dropout's masks are a function of, besides the element's own place.
struct DropoutPlace: Sendable, Hashable {
  var seed: UInt64
  /// Counted from 0.
  var step: Int
  /// Tokens, and taught tokens, of the step before this batch: the masks do not depend on how the step is split into batches.
  var firstRow: Int
  var firstTaughtRow: Int
}

// The pass over one ragged batch. T tokens, of which R are taught.
//
//     x -> n1 -> q k v -> rotation -> attention -> o -> + x = x2 -> n2 -> gate up -> silu(gate) up -> down -> + x2 = next x
//
// In the last layer everything from `o` on runs on the R taught rows, gathered; nothing reads the others.
extension LlamaTrainee {
  /// Σ weight * loss over the taught tokens, nats; no dropout, no gradients.
  func loss(_ batch: TrainingBatch) -> Double {
    forward(batch, dropout: nil)
    return headLoss(batch, scale: 0, backward: false)
  }

  /// The same with dropout, and adds the gradient of `scale` times it to the parameters' gradients.
  func accumulateGradients(_ batch: TrainingBatch, scale: Float, dropout: DropoutPlace) -> Double {
    let dropout = (lora?.loraDropout ?? 0) > 0 ? dropout : nil
    forward(batch, dropout: dropout)
    let sum = headLoss(batch, scale: scale, backward: true)
    // A loss that is no number has no gradient worth the time; the caller ends the run.
    if sum.isFinite { backward(batch, dropout: dropout) }
    return sum
  }

  // MARK: - Forward

  private func forward(_ batch: TrainingBatch, dropout: DropoutPlace?) {
    let s = stored(for: batch.count)
    let T = batch.count
    let R = batch.taughtRows.count
    let eps = Float(configuration.rmsNormEpsilon)
    embeddingForward(batch.tokens, table: embedding.weight, into: s.layers[0].x.rows(0..<T))
    for (index, layer) in layers.enumerated() {
      let a = s.layers[index]
      let (x, n1) = (a.x.rows(0..<T), a.n1.rows(0..<T))
      let (q, k, v, attention) = (a.q.rows(0..<T), a.k.rows(0..<T), a.v.rows(0..<T), a.attention.rows(0..<T))
      rmsNormForward(x, weight: layer.inputNorm.weight, eps: eps, into: n1, rstd: a.rstd1)
      let all = Rows(dropout, first: dropout?.firstRow)
      forward(layer[.q], n1, into: q, u: a.u[.q], all)
      forward(layer[.k], n1, into: k, u: a.u[.k], all)
      forward(layer[.v], n1, into: v, u: a.u[.v], all)
      ropeForward(q, heads: configuration.heads, positions: batch.positions, table: rope)
      ropeForward(k, heads: configuration.keyValueHeads, positions: batch.positions, table: rope)
      attentionForward(
        q: q, k: k, v: v, sequences: batch.sequences, shape: attentionShape, into: attention, logSumExp: a.logSumExp.rows(0..<T))

      let isLast = index == layers.count - 1
      let rows = isLast ? R : T
      let part = isLast ? Rows(dropout, first: dropout?.firstTaughtRow) : all
      let (x2, n2) = (a.x2.rows(0..<rows), a.n2.rows(0..<rows))
      let (gate, up, act) = (a.gate.rows(0..<rows), a.up.rows(0..<rows), a.act.rows(0..<rows))
      let mixed = isLast ? s.taughtAttention.rows(0..<R) : attention
      if isLast {
        // Gathering rows by number is what an embedding does.
        embeddingForward(batch.taughtRows, table: attention, into: mixed)
        embeddingForward(batch.taughtRows, table: x, into: x2)
      } else {
        x2.copy(from: x)
      }
      forward(layer[.o], mixed, into: x2, accumulate: true, u: a.u[.o], part)
      rmsNormForward(x2, weight: layer.postNorm.weight, eps: eps, into: n2, rstd: a.rstd2)
      forward(layer[.gate], n2, into: gate, u: a.u[.gate], part)
      forward(layer[.up], n2, into: up, u: a.u[.up], part)
      swiGLUForward(gate: gate, up: up, into: act)
      let next = isLast ? s.last.rows(0..<R) : s.layers[index + 1].x.rows(0..<T)
      next.copy(from: x2)
      forward(layer[.down], act, into: next, accumulate: true, u: a.u[.down], part)
    }
    rmsNormForward(s.last.rows(0..<R), weight: finalNorm.weight, eps: eps, into: s.lastNorm.rows(0..<R), rstd: s.rstdLast)
  }

  /// Which rows of the step a kernel works on, for dropout; nil without.
  private struct Rows {
    var place: DropoutPlace?
    var first: Int

    init(_ place: DropoutPlace?, first: Int?) {
      self.place = place
      self.first = first ?? 0
    }
  }

  private func mask(_ adapter: Adapter, _ rows: Rows) -> Dropout? {
    rows.place.map {
      Dropout(rate: Float(lora?.loraDropout ?? 0), seed: $0.seed, step: $0.step, stream: adapter.stream, firstRow: rows.first)
    }
  }

  private var adapterScale: Float { Float(lora?.scale ?? 0) }

  private func forward(_ linear: Linear, _ x: Matrix, into y: Matrix, accumulate: Bool = false, u: Matrix?, _ rows: Rows) {
    matmul(x, wT: linear.weight, into: y, accumulate: accumulate)
    if let adapter = linear.adapter, let u {
      loraForward(x, a: adapter.a, b: adapter.b, scale: adapterScale, dropout: mask(adapter, rows), u: u.rows(0..<x.rows), into: y)
    }
  }

  // MARK: - Loss

  /// Loss over the taught rows, whose norms the forward pass left in `lastNorm`; with `backward`, their gradient goes to `dLastNorm` and the head's is added.
  private func headLoss(_ batch: TrainingBatch, scale: Float, backward: Bool) -> Double {
    let s = stored(for: batch.count)
    var sum = 0.0
    // Rows of one weight at a time: the weight is part of the scale.
    var first = 0
    while first < batch.targets.count {
      let weight = batch.weights[first]
      let end = batch.weights[first...].firstIndex { $0 != weight } ?? batch.targets.count
      let result = crossEntropy(
        hidden: s.lastNorm.rows(first..<end), targets: Array(batch.targets[first..<end]), head: head.weight, scale: scale * weight,
        dHidden: backward ? s.dLastNorm.rows(first..<end) : nil, dHead: backward ? head.gradient : nil)
      sum += Double(weight) * result.sum
      first = end
    }
    return sum
  }

  // MARK: - Backward

  private func backward(_ batch: TrainingBatch, dropout: DropoutPlace?) {
    let s = stored(for: batch.count)
    let T = batch.count
    let R = batch.taughtRows.count
    let dx = s.dx.rows(0..<T)
    let all = Rows(dropout, first: dropout?.firstRow)

    for index in layers.indices.reversed() {
      let layer = layers[index]
      let a = s.layers[index]
      let isLast = index == layers.count - 1
      let rows = isLast ? R : T
      let part = isLast ? Rows(dropout, first: dropout?.firstTaughtRow) : all
      let dOut = isLast ? s.dTaught.rows(0..<R) : dx
      if isLast {
        rmsNormBackward(
          s.dLastNorm.rows(0..<R), x: s.last.rows(0..<R), weight: finalNorm.weight, rstd: s.rstdLast, into: dOut, dWeight: finalNorm.gradient)
      }
      let need = Need(layer, isLowest: index == 0, embedding: embedding.gradient != nil)

      // The MLP half: dOut is the gradient of x2 + down(act), and becomes that of x2.
      let (gate, up) = (a.gate.rows(0..<rows), a.up.rows(0..<rows))
      let (dGate, dUp, dAct) = (s.dGate.rows(0..<rows), s.dUp.rows(0..<rows), s.dAct.rows(0..<rows))
      backward(layer[.down], dOut, x: a.act.rows(0..<rows), u: a.u[.down], into: need.gateUp ? dAct : nil, part)
      guard need.gateUp else { continue }
      swiGLUBackward(dAct, gate: gate, up: up, dGate: dGate, dUp: dUp)
      let n2 = a.n2.rows(0..<rows)
      let dn2 = s.dn.rows(0..<rows)
      backward(layer[.gate], dGate, x: n2, u: a.u[.gate], into: need.o ? dn2 : nil, part)
      backward(layer[.up], dUp, x: n2, u: a.u[.up], into: need.o ? dn2 : nil, accumulate: true, part)
      guard need.o else { continue }
      rmsNormBackward(
        dn2, x: a.x2.rows(0..<rows), weight: layer.postNorm.weight, rstd: a.rstd2, into: dOut, accumulate: true, dWeight: layer.postNorm.gradient)

      // The attention half: dOut is the gradient of x + o(attention).
      let dAttention = s.dAttention.rows(0..<T)
      let dMixed = isLast ? s.dTaughtAttention.rows(0..<R) : dAttention
      backward(layer[.o], dOut, x: isLast ? s.taughtAttention.rows(0..<R) : a.attention.rows(0..<T), u: a.u[.o], into: need.qkv ? dMixed : nil, part)
      guard need.qkv else { continue }
      if isLast {
        // Back from the gathered rows to all: what nobody read has no gradient.
        dAttention.fill(0)
        embeddingBackward(batch.taughtRows, dOut: dMixed, into: dAttention)
        dx.fill(0)
        embeddingBackward(batch.taughtRows, dOut: dOut, into: dx)
      }
      let (q, k, v) = (a.q.rows(0..<T), a.k.rows(0..<T), a.v.rows(0..<T))
      let (dq, dk, dv) = (s.dq.rows(0..<T), s.dk.rows(0..<T), s.dv.rows(0..<T))
      attentionBackward(
        dAttention, q: q, k: k, v: v, out: a.attention.rows(0..<T), logSumExp: a.logSumExp.rows(0..<T), sequences: batch.sequences,
        shape: attentionShape, dQ: dq, dK: dk, dV: dv)
      ropeBackward(dq, heads: configuration.heads, positions: batch.positions, table: rope)
      ropeBackward(dk, heads: configuration.keyValueHeads, positions: batch.positions, table: rope)
      let n1 = a.n1.rows(0..<T)
      let dn1 = s.dn.rows(0..<T)
      backward(layer[.q], dq, x: n1, u: a.u[.q], into: need.below ? dn1 : nil, all)
      backward(layer[.k], dk, x: n1, u: a.u[.k], into: need.below ? dn1 : nil, accumulate: true, all)
      backward(layer[.v], dv, x: n1, u: a.u[.v], into: need.below ? dn1 : nil, accumulate: true, all)
      guard need.below else { continue }
      rmsNormBackward(
        dn1, x: a.x.rows(0..<T), weight: layer.inputNorm.weight, rstd: a.rstd1, into: dx, accumulate: true, dWeight: layer.inputNorm.gradient)
    }
    if let gradient = embedding.gradient { embeddingBackward(batch.tokens, dOut: dx, into: gradient) }
  }

  /// Which gradients of activations anyone below asks for. Above the lowest layer all of them; in it only those that still lead to something trained.
  private struct Need {
    /// The gradient of the layer's input.
    let below: Bool
    /// That of attention's result, for q, k and v.
    let qkv: Bool
    /// That of x2, for o.
    let o: Bool
    /// That of silu(gate) up, for gate and up.
    let gateUp: Bool

    init(_ layer: Layer, isLowest: Bool, embedding: Bool) {
      below = !isLowest || embedding
      qkv = below || layer[.q].isTrained || layer[.k].isTrained || layer[.v].isTrained
      o = qkv || layer[.o].isTrained
      gateUp = o || layer[.gate].isTrained || layer[.up].isTrained
    }
  }

  /// dx (+)= dy W and what the adapter adds; dW, dA and dB where they are trained. Nil `dx` where nothing below needs it.
  private func backward(
    _ linear: Linear, _ dy: Matrix, x: Matrix, u: Matrix?, into dx: Matrix?, accumulate: Bool = false, _ rows: Rows
  ) {
    if let dx { matmul(dy, linear.weight, into: dx, accumulate: accumulate) }
    if let gradient = linear.gradient { matmulTransposed(dy, x, into: gradient, accumulate: true) }
    if let adapter = linear.adapter, let u {
      loraBackward(
        dy, x: x, u: u.rows(0..<x.rows), a: adapter.a, b: adapter.b, scale: adapterScale, dropout: mask(adapter, rows), dA: adapter.dA,
        dB: adapter.dB,
        dx: dx)
    }
  }

  // MARK: - Room

  private var attentionShape: AttentionShape {
    AttentionShape(heads: configuration.heads, keyValueHeads: configuration.keyValueHeads, headDimension: configuration.headDimension)
  }

  private func stored(for tokens: Int) -> LlamaActivations {
    if let activations, activations.capacity >= tokens { return activations }
    // The old ones are let go first, so that both are never held at once. An eighth more spares the next slightly larger batch.
    activations = nil
    let made = LlamaActivations(configuration, rank: lora?.r, targets: lora?.targetModules ?? [], capacity: tokens + tokens / 8)
    activations = made
    return made
  }
}
