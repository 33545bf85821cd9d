import Kernels

// The Llama decoder for inference, in reading order: attention, MLP, block, model. Follows transformers' modeling_llama.py (without biases, rotary
// embedding unscaled), computed in Float. Where we differ: rows of all sequences stand one after the other without padding; q, k and v are one product,
// as are gate and up; an adapter is merged into the weights before packing.

/// Who a row looks at: given one layer's q, k and v, already turned, fills the attention's output.
typealias Attend = (_ layer: Int, _ q: Matrix, _ k: Matrix, _ v: Matrix, _ out: Matrix) -> Void

/// Activations of one forward pass, allocated once for the largest batch.
struct LlamaWorkspace {
  /// The residual stream, (R, hidden).
  let x: Matrix
  /// What a norm put out, (R, hidden); at the end of a pass, the last hidden states.
  let normed: Matrix
  /// (R, heads * d + 2 * keyValueHeads * d)
  let qkv: Matrix
  /// (R, heads * d)
  let attended: Matrix
  /// (R, 2 * intermediate)
  let gateUp: Matrix
  /// Logits of some rows at a time, (`logitRows`, vocabulary).
  let logits: Matrix

  static let logitRows = 224

  init(_ configuration: LlamaConfiguration, rows: Int) {
    x = Matrix(rows: rows, columns: configuration.hiddenSize)
    normed = Matrix(rows: rows, columns: configuration.hiddenSize)
    qkv = Matrix(rows: rows, columns: configuration.queryWidth + 2 * configuration.keyValueWidth)
    attended = Matrix(rows: rows, columns: configuration.queryWidth)
    gateUp = Matrix(rows: rows, columns: 2 * configuration.intermediateSize)
    logits = Matrix(rows: Self.logitRows, columns: configuration.vocabularySize)
  }
}

/// x += o(attention(norm(x)))
struct LlamaAttention: Sendable {
  let norm: Matrix
  let qkv: PackedMatrix
  let o: PackedMatrix

  init(_ layer: LlamaWeights.Layer) {
    norm = layer.inputNorm
    qkv = PackedMatrix(transposing: stacked([layer.q, layer.k, layer.v]))
    o = PackedMatrix(transposing: layer.o)
  }

  func forward(_ rows: Range<Int>, positions: [Int32], layer: Int, model: Llama, in workspace: LlamaWorkspace, attend: Attend) {
    let configuration = model.configuration
    let (x, normed, attended) = (workspace.x.rows(rows), workspace.normed.rows(rows), workspace.attended.rows(rows))
    let projected = workspace.qkv.rows(rows)
    rmsNormForward(x, weight: norm, eps: Float(configuration.rmsNormEpsilon), into: normed)
    matmul(normed, packed: qkv, into: projected)
    let keyStart = configuration.queryWidth
    let valueStart = keyStart + configuration.keyValueWidth
    let q = projected.columns(0..<keyStart)
    let k = projected.columns(keyStart..<valueStart)
    let v = projected.columns(valueStart..<projected.columns)
    ropeForward(q, heads: configuration.heads, positions: positions, table: model.rope)
    ropeForward(k, heads: configuration.keyValueHeads, positions: positions, table: model.rope)
    attend(layer, q, k, v, attended)
    matmul(attended, packed: o, into: x, accumulate: true)
  }
}

/// x += down(silu(gate(norm(x))) * up(norm(x)))
struct LlamaMLP: Sendable {
  let norm: Matrix
  let gateUp: PackedMatrix
  let down: PackedMatrix

  init(_ layer: LlamaWeights.Layer) {
    norm = layer.postNorm
    gateUp = PackedMatrix(transposing: stacked([layer.gate, layer.up]))
    down = PackedMatrix(transposing: layer.down)
  }

  func forward(_ rows: Range<Int>, model: Llama, in workspace: LlamaWorkspace) {
    let (x, normed, both) = (workspace.x.rows(rows), workspace.normed.rows(rows), workspace.gateUp.rows(rows))
    rmsNormForward(x, weight: norm, eps: Float(model.configuration.rmsNormEpsilon), into: normed)
    matmul(normed, packed: gateUp, into: both)
    let half = model.configuration.intermediateSize
    let gate = both.columns(0..<half)
    swiGLUForward(gate: gate, up: both.columns(half..<2 * half), into: gate)
    matmul(gate, packed: down, into: x, accumulate: true)
  }
}

struct LlamaBlock: Sendable {
  let attention: LlamaAttention
  let mlp: LlamaMLP

  init(_ layer: LlamaWeights.Layer) {
    attention = LlamaAttention(layer)
    mlp = LlamaMLP(layer)
  }
}

struct Llama: Sendable {
  let configuration: LlamaConfiguration
  let shape: AttentionShape
  let embedding: Matrix
  let blocks: [LlamaBlock]
  let norm: Matrix
  let head: PackedMatrix
  let rope: RopeTable

  init(_ weights: LlamaWeights) {
    configuration = weights.configuration
    shape = AttentionShape(
      heads: configuration.heads, keyValueHeads: configuration.keyValueHeads, headDimension: configuration.headDimension)
    embedding = weights.embedding
    blocks = weights.layers.map(LlamaBlock.init)
    norm = weights.finalNorm
    head = PackedMatrix(transposing: weights.head)
    rope = RopeTable(headDimension: configuration.headDimension, theta: configuration.ropeTheta, positions: configuration.maximumPositions)
  }

  /// The last hidden states (after the final norm) of all rows: (T, hidden), a view of the workspace, good until the next pass.
  func forward(_ ids: [Int32], positions: [Int32], in workspace: LlamaWorkspace, attend: Attend) -> Matrix {
    let rows = 0..<ids.count
    embeddingForward(ids, table: embedding, into: workspace.x.rows(rows))
    for (layer, block) in blocks.enumerated() {
      block.attention.forward(rows, positions: positions, layer: layer, model: self, in: workspace, attend: attend)
      block.mlp.forward(rows, model: self, in: workspace)
    }
    let hidden = workspace.normed.rows(rows)
    rmsNormForward(workspace.x.rows(rows), weight: norm, eps: Float(configuration.rmsNormEpsilon), into: hidden)
    return hidden
  }

  /// Each row looks at its own sequence up to itself.
  func causal(_ sequences: Sequences) -> Attend {
    { _, q, k, v, out in attentionForward(q: q, k: k, v: v, sequences: sequences, shape: shape, into: out) }
  }

  /// Logits of the listed rows of `hidden`, some at a time: `body` gets their numbers in `rows` and the logits, (count, vocabulary).
  func logits(_ hidden: Matrix, rows: [Int], in workspace: LlamaWorkspace, _ body: (_ numbers: Range<Int>, _ logits: Matrix) throws -> Void) rethrows
  {
    for first in stride(from: 0, to: rows.count, by: LlamaWorkspace.logitRows) {
      let numbers = first..<min(first + LlamaWorkspace.logitRows, rows.count)
      let gathered = workspace.x.rows(0..<numbers.count)
      for (i, n) in numbers.enumerated() { gathered.rows(i..<i + 1).copy(from: hidden.rows(rows[n]..<rows[n] + 1)) }
      let logits = workspace.logits.rows(0..<numbers.count)
      matmul(gathered, packed: head, into: logits)
      try body(numbers, logits)
    }
  }
}

/// Weights one under the other, for one product instead of several.
private func stacked(_ weights: [Matrix]) -> Matrix {
  let all = Matrix(rows: weights.reduce(0) { $0 + $1.rows }, columns: weights.first?.columns ?? 0)
  var row = 0
  for weight in weights {
    all.rows(row..<row + weight.rows).copy(from: weight)
    row += weight.rows
  }
  return all
}
