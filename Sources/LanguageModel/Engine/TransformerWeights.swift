import Kernels

/// Reads weights by name, merges an adapter into them and packs them.
struct WeightLoader {
  /// The values of a tensor, row by row as stored.
  let source: (String) throws -> [Float]
  let adapter: LoRAWeights?

  /// Linear layers of the same input as one, their rows under one another.
  func dense(_ linears: [Linear]) throws -> Dense {
    let weights = try linears.map(weight)
    let hasBias = linears.contains(where: \.hasBias)
    let biases = try linears.flatMap { try $0.hasBias ? source($0.bias) : [Float](repeating: 0, count: $0.outputSize) }
    return Dense(
      weight: PackedMatrix(transposing: weights.count == 1 ? weights[0] : stacked(weights)),
      bias: hasBias ? Matrix(biases, rows: 1, columns: biases.count) : nil)
  }

  /// W (out, in), with s B A added where the adapter has this layer.
  private func weight(_ linear: Linear) throws -> Matrix {
    let values = try source(linear.weight)
    let stored =
      linear.isTransposed
      ? transposed(values, rows: linear.inputSize, columns: linear.outputSize)
      : Matrix(values, rows: linear.outputSize, columns: linear.inputSize)
    return adapter?.merged(linear, into: stored) ?? stored
  }

  func norm(_ norm: Norm) throws -> NormWeights {
    var weight = try source(norm.weight)
    if norm.kind == .rmsPlusOne { weight = weight.map { 1 + $0 } }
    return NormWeights(
      weight: Matrix(weight, rows: 1, columns: norm.size),
      bias: norm.kind == .layer ? Matrix(try source(norm.bias), rows: 1, columns: norm.size) : nil,
      epsilon: Float(norm.epsilon))
  }

  func table(_ table: Embedding.Table, columns: Int) throws -> Matrix { Matrix(try source(table.name), rows: table.rows, columns: columns) }

  private func stacked(_ weights: [Matrix]) -> Matrix {
    let all = Matrix(rows: weights.reduce(0) { $0 + $1.rows }, columns: weights.first?.columns ?? 0)
    var row = 0
    for weight in weights {
      all.rows(row..<row + weight.rows).copy(from: weight)
      row += weight.rows
    }
    return all
  }

  private func transposed(_ values: [Float], rows: Int, columns: Int) -> Matrix {
    let turned = Matrix(rows: columns, columns: rows)
    for r in 0..<rows { for c in 0..<columns { turned[c, r] = values[r * columns + c] } }
    return turned
  }
}

/// y = x Wᵀ + b
struct Dense: Sendable {
  let weight: PackedMatrix
  let bias: Matrix?

  func forward(_ x: Matrix, into y: Matrix, accumulate: Bool = false) {
    matmul(x, packed: weight, into: y, accumulate: accumulate)
    if let bias { add(bias: bias, to: y) }
  }
}

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

  /// x = after(x + inside(body(before(x)))), where `body` writes to its second argument, or adds to it where the third is true.
  func around(_ rows: Range<Int>, in workspace: Workspace, _ body: (_ input: Matrix, _ output: Matrix, _ accumulate: Bool) -> Void) {
    let (x, normed, branch) = (workspace.x.rows(rows), workspace.normed.rows(rows), workspace.branch.rows(rows))
    before?.forward(x, into: normed)
    let input = before == nil ? x : normed
    if let inside {
      body(input, branch, false)
      inside.forward(branch, into: branch)
      add(branch, to: x)
    } else {
      body(input, x, true)
    }
    after?.forward(x, into: x)
  }
}

struct EmbeddingWeights: Sendable {
  /// (vocabulary, hidden)
  let tokens: Matrix
  let scale: Float
  let positions: Matrix?
  let counting: Embedding.Counting
  let types: Matrix?
  let norm: NormWeights?

  init(_ configuration: ModelConfiguration, _ loader: WeightLoader) throws {
    let (embedding, columns) = (configuration.embedding, configuration.hiddenSize)
    tokens = Matrix(try loader.source(embedding.tokens), rows: configuration.vocabularySize, columns: columns)
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

  init(_ configuration: ModelConfiguration, embedding: Matrix, _ loader: WeightLoader) throws {
    switch configuration.head {
    case .none: self = .none
    case .language(let linear, let cap):
      let dense = try linear.map { try loader.dense([$0]) } ?? Dense(weight: PackedMatrix(transposing: embedding), bias: nil)
      self = .language(dense, softcap: cap.map { Float($0) })
    case .classification(let classifier):
      self = .classification(dense: try loader.dense([classifier.dense]), classifier.activation, output: try loader.dense([classifier.output]))
    }
  }
}
