import Kernels

// A transformer's weights that are no linear layers, and what they do.

/// Root mean square without a bias, LayerNorm with one.
struct NormWeights: Sendable {
  let weight: Matrix
  let bias: Matrix?
  let epsilon: Float

  func forward(_ x: Matrix, into y: Matrix) {
    if let bias {
      layerNormForward(x, weight: weight, bias: bias, eps: epsilon, into: y)
    } else {
      rmsNormForward(x, weight: weight, eps: epsilon, into: y)
    }
  }

  func forwardHeads(_ x: Matrix, heads: Int) { rmsNormHeads(x, heads: heads, weight: weight, eps: epsilon) }
}

/// The norms around a branch.
struct NormsWeights: Sendable {
  let before: NormWeights?
  let inside: NormWeights?
  let after: NormWeights?

  init(_ norms: Norms, _ loader: WeightLoader) throws {
    before = try norms.before.map(loader.norm)
    inside = try norms.inside.map(loader.norm)
    after = try norms.after.map(loader.norm)
  }

  /// What goes into the branch: before(x).
  func input(_ rows: Range<Int>, in workspace: Workspace) -> Matrix {
    let (x, normed) = (workspace.x.rows(rows), workspace.normed.rows(rows))
    guard let before else { return x }
    before.forward(x, into: normed)
    return normed
  }

  /// x = after(x + inside(branch)), where `branch` writes to its argument, or adds to it where the second is true.
  func add(_ rows: Range<Int>, in workspace: Workspace, _ branch: (_ output: Matrix, _ accumulate: Bool) -> Void) {
    let (x, output) = (workspace.x.rows(rows), workspace.branch.rows(rows))
    if let inside {
      branch(output, false)
      inside.forward(output, into: output)
      Kernels.add(output, to: x)
    } else {
      branch(x, true)
    }
    after?.forward(x, into: x)
  }
}

struct EmbeddingWeights: Sendable {
  /// (vocabulary, hidden)
  let tokens: PackedMatrix
  let scale: Float
  let positions: PackedMatrix?
  let counting: Embedding.Counting
  let types: PackedMatrix?
  let norm: NormWeights?

  init(_ configuration: ModelConfiguration, _ loader: WeightLoader) throws {
    let (embedding, columns) = (configuration.embedding, configuration.hiddenSize)
    tokens = try loader.table(
      Embedding.Table(name: embedding.tokens, rows: configuration.vocabularySize), columns: columns, isHead: configuration.tiedHead != nil)
    (scale, counting) = (embedding.scale, embedding.counting)
    positions = try embedding.positions.map { try loader.table($0, columns: columns) }
    types = try embedding.types.map { try loader.table($0, columns: columns) }
    norm = try embedding.norm.map(loader.norm)
  }

  func forward(_ pass: Pass, into x: Matrix, scratch: Matrix) {
    embeddingForward(pass.ids, table: tokens, into: x)
    if scale != 1 { Kernels.scale(x, by: scale) }
    if let types {
      embeddingForward(pass.types ?? pass.ids.map { _ in 0 }, table: types, into: scratch)
      add(scratch, to: x)
    }
    if let positions {
      embeddingForward(places(pass), table: positions, into: scratch)
      add(scratch, to: x)
    }
    norm?.forward(x, into: x)
  }

  /// The row of the position table of each token.
  private func places(_ pass: Pass) -> [Int32] {
    guard case .afterPadding(let pad) = counting else { return pass.positions }
    var counted: Int32 = 0
    return zip(pass.ids, pass.positions).map { id, position in
      if position == 0 { counted = 0 }
      if id == pad { return pad }
      counted += 1
      return pad + counted
    }
  }
}

enum HeadWeights: Sendable {
  case none
  case language(Dense, softcap: Float?)
  case classification(dense: Dense, Activation, output: Dense)

  /// - embedding: the head where the configuration names none
  init(_ configuration: ModelConfiguration, embedding: PackedMatrix, _ loader: WeightLoader) throws {
    switch configuration.head {
    case .none: self = .none
    case .language(let linear, let cap):
      self = .language(try linear.map { try loader.dense([$0]) } ?? Dense(weight: embedding, bias: nil), softcap: cap.map { Float($0) })
    case .classification(let classifier):
      self = .classification(dense: try loader.dense([classifier.dense]), classifier.activation, output: try loader.dense([classifier.output]))
    }
  }
}
