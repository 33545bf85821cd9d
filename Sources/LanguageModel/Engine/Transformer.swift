import Kernels

// The transformer for inference, in reading order: attention, MLP, block, model. It runs what a `ModelConfiguration` describes, in Float. Where we differ from
// transformers: rows of all sequences stand one after the other without padding; q, k and v are one product, as are gate and up; an adapter is merged into the
// weights before packing, or stands beside them.

/// Rows that go through the model together.
struct Pass {
  var ids: [Int32]
  /// Each row's place in its text, from 0.
  var positions: [Int32]
  /// Tokens of the text each row belongs to: some rotary embeddings turn by it.
  var lengths: [Int]
  /// Token types; nil where all are 0.
  var types: [Int32]?

  /// Whole texts, one after the other.
  init(_ texts: some Collection<[Int32]>, types: [Int32]? = nil) {
    let sequences = Sequences(lengths: texts.map(\.count))
    self.init(
      ids: texts.flatMap { $0 }, positions: sequences.positions, lengths: texts.flatMap { text in text.map { _ in text.count } }, types: types)
  }

  init(ids: [Int32], positions: [Int32], lengths: [Int], types: [Int32]? = nil) {
    (self.ids, self.positions, self.lengths, self.types) = (ids, positions, lengths, types)
  }
}

/// Who a row looks at: given one layer's q, k and v, already turned, fills the attention's output.
typealias Attend = (_ layer: Int, _ shape: AttentionShape, _ q: Matrix, _ k: Matrix, _ v: Matrix, _ out: Matrix) -> Void

/// Activations of one forward pass, allocated once for the largest batch.
struct Workspace {
  /// The residual stream, (R, hidden).
  let x: Matrix
  /// What a norm put out, (R, hidden); at the end of a pass, the last hidden states.
  let normed: Matrix
  /// What a branch put out before it is normalised, and rows on their way to the head, (R, hidden).
  let branch: Matrix
  /// (R, heads * d + 2 * keyValueHeads * d)
  let qkv: Matrix
  /// (R, heads * d)
  let attended: Matrix
  /// (R, intermediate), twice that where gated
  let inner: Matrix
  /// Logits of some rows at a time, (`logitRows`, vocabulary).
  let logits: Matrix
  /// The angles of each rotary embedding.
  let angles: [RopeRows]

  init(_ configuration: ModelConfiguration, rows: Int) {
    let (attentions, mlps) = (configuration.blocks.map(\.attention), configuration.blocks.map(\.feedForward))
    x = Matrix(activations: rows, columns: configuration.hiddenSize)
    normed = Matrix(activations: rows, columns: configuration.hiddenSize)
    branch = Matrix(activations: rows, columns: configuration.hiddenSize)
    qkv = Matrix(activations: rows, columns: attentions.map { $0.queryWidth + 2 * $0.keyValueWidth }.max() ?? 0)
    attended = Matrix(activations: rows, columns: attentions.map(\.queryWidth).max() ?? 0)
    inner = Matrix(activations: rows, columns: mlps.map { $0.isGated ? 2 * $0.width : $0.width }.max() ?? 0)
    if case .language = configuration.head {
      logits = Matrix(activations: Self.logitRows(configuration), columns: configuration.vocabularySize)
    } else {
      logits = Matrix(activations: 0, columns: 0)
    }
    angles = configuration.rotaries.map { RopeRows(dimension: $0.dimension, rows: rows) }
  }

  /// As many rows as the product likes, but no more than 128 MiB of them.
  static func logitRows(_ configuration: ModelConfiguration) -> Int { max(14, min(224, (32 << 20) / configuration.vocabularySize)) }
}

/// x = after(x + inside(o(attention(before(x)))))
struct AttentionWeights: Sendable {
  let description: Attention
  let shape: AttentionShape
  let norms: NormsWeights
  let qkv: Dense
  let queryNorm: NormWeights?
  let keyNorm: NormWeights?
  let o: Dense

  init(_ block: Block, _ loader: WeightLoader) throws {
    description = block.attention
    shape = AttentionShape(
      heads: description.heads, keyValueHeads: description.keyValueHeads, headDimension: description.headDimension,
      scale: Float(description.scale), softcap: description.softcap.map { Float($0) }, window: description.window, isCausal: description.isCausal)
    norms = try NormsWeights(block.attentionNorms, loader)
    qkv = try loader.dense(description.inputs)
    queryNorm = try description.queryNorm.map(loader.norm)
    keyNorm = try description.keyNorm.map(loader.norm)
    o = try loader.dense([description.output])
  }

  /// q, k and v of some rows, turned.
  func project(_ rows: Range<Int>, in workspace: Workspace) {
    let (q, k, v) = projected(rows, in: workspace)
    qkv.forward(norms.input(rows, in: workspace), into: workspace.qkv.rows(rows).columns(0..<q.columns + k.columns + v.columns))
    queryNorm?.forwardHeads(q, heads: description.heads)
    keyNorm?.forwardHeads(k, heads: description.keyValueHeads)
    if let rotary = description.rotary {
      ropeForward(q, heads: description.heads, angles: workspace.angles[rotary], from: rows.lowerBound)
      ropeForward(k, heads: description.keyValueHeads, angles: workspace.angles[rotary], from: rows.lowerBound)
    }
  }

  func attend(_ rows: Range<Int>, layer: Int, in workspace: Workspace, attend: Attend) {
    let (q, k, v) = projected(rows, in: workspace)
    attend(layer, shape, q, k, v, attended(rows, in: workspace))
  }

  /// What some rows have attended to goes into the residual stream.
  func output(_ rows: Range<Int>, in workspace: Workspace) {
    norms.add(rows, in: workspace) { output, accumulate in o.forward(attended(rows, in: workspace), into: output, accumulate: accumulate) }
  }

  private func projected(_ rows: Range<Int>, in workspace: Workspace) -> (q: Matrix, k: Matrix, v: Matrix) {
    let all = workspace.qkv.rows(rows)
    let (keys, values) = (description.queryWidth, description.queryWidth + description.keyValueWidth)
    return (all.columns(0..<keys), all.columns(keys..<values), all.columns(values..<values + description.keyValueWidth))
  }

  private func attended(_ rows: Range<Int>, in workspace: Workspace) -> Matrix {
    workspace.attended.rows(rows).columns(0..<description.queryWidth)
  }
}

/// x = after(x + inside(output(f(gate(before(x))) * up(before(x))))), without up where the MLP is plain.
struct FeedForwardWeights: Sendable {
  let description: FeedForward
  let norms: NormsWeights
  let input: Dense
  let output: Dense

  init(_ block: Block, _ loader: WeightLoader) throws {
    description = block.feedForward
    norms = try NormsWeights(block.feedForwardNorms, loader)
    input = try loader.dense(description.inputs)
    output = try loader.dense([description.output])
  }

  func forward(_ rows: Range<Int>, in workspace: Workspace) {
    let width = description.width
    let inner = workspace.inner.rows(rows).columns(0..<(description.isGated ? 2 * width : width))
    let first = inner.columns(0..<width)
    input.forward(norms.input(rows, in: workspace), into: inner)
    if description.isGated {
      gatedForward(gate: first, up: inner.columns(width..<2 * width), description.activation, into: first)
    } else {
      activate(first, description.activation, into: first)
    }
    norms.add(rows, in: workspace) { out, accumulate in output.forward(first, into: out, accumulate: accumulate) }
  }
}

struct BlockWeights: Sendable {
  let attention: AttentionWeights
  let feedForward: FeedForwardWeights

  init(_ block: Block, _ loader: WeightLoader) throws {
    attention = try AttentionWeights(block, loader)
    feedForward = try FeedForwardWeights(block, loader)
  }
}

struct Transformer: Sendable {
  let configuration: ModelConfiguration
  let embedding: EmbeddingWeights
  let blocks: [BlockWeights]
  let finalNorm: NormWeights?
  let head: HeadWeights
  /// All of its weights, for adapters to share.
  let parts: WeightLoader.Parts

  /// - Throws: what `loader`'s source throws
  init(_ configuration: ModelConfiguration, _ loader: WeightLoader) throws {
    self.configuration = configuration
    embedding = try EmbeddingWeights(configuration, loader)
    blocks = try configuration.blocks.map { try BlockWeights($0, loader) }
    finalNorm = try configuration.finalNorm.map(loader.norm)
    head = try HeadWeights(configuration, embedding: embedding.tokens, loader)
    parts = loader.parts
  }

  /// The last hidden states (after the final norm) of all rows: (T, hidden), a view of the workspace, good until the next pass.
  func forward(_ pass: Pass, in workspace: Workspace, attend: Attend) -> Matrix {
    let rows = 0..<pass.ids.count
    embedding.forward(pass, into: workspace.x.rows(rows), scratch: workspace.branch.rows(rows))
    for (rotary, angles) in zip(configuration.rotaries, workspace.angles) { turn(pass, rotary, angles) }
    // Only attention looks at other rows: all else, up to the next attention, is a chain that each row goes through by itself.
    inRowBlocks(rows) { blocks.first?.attention.project($0, in: workspace) }
    for (layer, block) in blocks.enumerated() {
      block.attention.attend(rows, layer: layer, in: workspace, attend: attend)
      inRowBlocks(rows) { some in
        block.attention.output(some, in: workspace)
        block.feedForward.forward(some, in: workspace)
        if layer + 1 < blocks.count { blocks[layer + 1].attention.project(some, in: workspace) }
      }
    }
    let hidden = workspace.normed.rows(rows)
    if let finalNorm { finalNorm.forward(workspace.x.rows(rows), into: hidden) } else { hidden.copy(from: workspace.x.rows(rows)) }
    return hidden
  }

  /// Each row looks at its own sequence: all of it, or up to itself.
  func within(_ sequences: Sequences) -> Attend {
    { _, shape, q, k, v, out in attentionForward(q: q, k: k, v: v, sequences: sequences, shape: shape, into: out) }
  }

  /// Logits of hidden states, some at a time: `body` gets their numbers in `rows` and the logits, (count, vocabulary).
  /// - rows: each (1, hidden)
  func logits(_ rows: [Matrix], in workspace: Workspace, _ body: (_ numbers: Range<Int>, _ logits: Matrix) throws -> Void) rethrows {
    guard case .language(let dense, let cap) = head else { preconditionFailure("only language models have logits over the vocabulary") }
    for first in stride(from: 0, to: rows.count, by: workspace.logits.rows) {
      let numbers = first..<min(first + workspace.logits.rows, rows.count)
      let gathered = workspace.branch.rows(0..<numbers.count)
      for (i, n) in numbers.enumerated() { gathered.rows(i..<i + 1).copy(from: rows[n]) }
      let logits = workspace.logits.rows(0..<numbers.count)
      dense.forward(gathered, into: logits)
      if let cap { softcap(logits, cap) }
      try body(numbers, logits)
    }
  }

  private func turn(_ pass: Pass, _ rotary: RotaryEmbedding, _ angles: RopeRows) {
    var byLength: [Int: [Float]] = [:]
    for length in Set(pass.lengths) { byLength[length] = rotary.frequencies(length: length) }
    angles.fill(positions: pass.positions, factor: rotary.factor) { byLength[pass.lengths[$0]] ?? [] }
  }
}
