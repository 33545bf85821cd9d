import Kernels

/// Reads weights by name and packs them; what an adapter leaves as it is, it takes from a transformer that is there already.
final class WeightLoader {
  /// What was packed, by the name of its first tensor.
  struct Parts: Sendable {
    var dense: [String: Dense] = [:]
    var norms: [String: NormWeights] = [:]
    var tables: [String: Matrix] = [:]
  }

  /// A transformer's parts and the adapter that goes over them.
  struct Over {
    let parts: Parts
    let adapter: LoRAWeights
    let mode: AdapterMode
  }

  private(set) var parts = Parts()
  /// The values of the base's tensors, row by row as stored.
  private let source: (String) throws -> [Float]
  private let over: Over?

  init(source: @escaping (String) throws -> [Float], over: Over? = nil) {
    (self.source, self.over) = (source, over)
  }

  /// Linear layers of the same input as one, their rows under one another.
  func dense(_ linears: [Linear]) throws -> Dense { try keep(linears[0].weight, \.dense) { try packed(linears) } }

  /// The head of a model whose head is the embedding table.
  func tiedHead(_ linear: Linear, embedding: Matrix) -> Dense {
    keep(linear.weight, \.dense) {
      if let known = over?.parts.dense[linear.weight], over?.adapter.replaces(linear.weight) == false { return known }
      return Dense(weight: PackedMatrix(transposing: embedding), bias: nil)
    }
  }

  func norm(_ norm: Norm) throws -> NormWeights {
    try keep(norm.weight, \.norms) {
      if let known = over?.parts.norms[norm.weight], !changes([norm.weight, norm.bias]) { return known }
      var weight = try values(norm.weight)
      if norm.kind == .rmsPlusOne { weight = weight.map { 1 + $0 } }
      return NormWeights(
        weight: Matrix(weight, rows: 1, columns: norm.size),
        bias: norm.kind == .layer ? Matrix(try values(norm.bias), rows: 1, columns: norm.size) : nil,
        epsilon: Float(norm.epsilon))
    }
  }

  func table(_ table: Embedding.Table, columns: Int) throws -> Matrix {
    try keep(table.name, \.tables) {
      if let known = over?.parts.tables[table.name], !changes([table.name]) { return known }
      return Matrix(try values(table.name), rows: table.rows, columns: columns)
    }
  }

  private func keep<Part>(_ name: String, _ path: WritableKeyPath<Parts, [String: Part]>, _ make: () throws -> Part) rethrows -> Part {
    let part = try make()
    parts[keyPath: path][name] = part
    return part
  }

  private func changes(_ tensors: [String]) -> Bool { over.map { tensors.contains(where: $0.adapter.changes) } ?? false }

  /// A tensor with the adapter merged into it.
  private func values(_ tensor: String) throws -> [Float] { try over?.adapter.merged(tensor, source) ?? source(tensor) }

  private func packed(_ linears: [Linear]) throws -> Dense {
    let known = over?.parts.dense[linears[0].weight]
    let isBeside = over?.mode == .beside
    // Beside a pair the weight stays the base's, and is shared, unless it was replaced as a whole.
    let keepsWeight = known != nil && !linears.contains { isBeside ? over?.adapter.replaces($0.weight) == true : changes([$0.weight]) }
    let weight = try known.flatMap { keepsWeight ? $0.weight : nil } ?? pack(linears) { try isBeside ? plain($0) : $0.matrix(values($0.weight)) }
    let keepsBias = known != nil && !changes(linears.map(\.bias))
    let bias = try keepsBias ? known?.bias : biases(linears)
    return try Dense(weight: weight, bias: bias, pairs: isBeside ? pairs(linears) : [])
  }

  private func pack(_ linears: [Linear], _ matrix: (Linear) throws -> Matrix) rethrows -> PackedMatrix {
    let weights = try linears.map(matrix)
    return PackedMatrix(transposing: weights.count == 1 ? weights[0] : stacked(weights))
  }

  private func biases(_ linears: [Linear]) throws -> Matrix? {
    guard linears.contains(where: \.hasBias) else { return nil }
    let biases = try linears.flatMap { try $0.hasBias ? values($0.bias) : [Float](repeating: 0, count: $0.outputSize) }
    return Matrix(biases, rows: 1, columns: biases.count)
  }

  /// The low-rank pairs of linear layers whose rows stand under one another.
  private func pairs(_ linears: [Linear]) throws -> [LowRankPair] {
    guard let adapter = over?.adapter else { return [] }
    var first = 0
    return try linears.compactMap { linear in
      let columns = first..<first + linear.outputSize
      first = columns.upperBound
      guard let pair = adapter.adapters[linear.path] else { return nil }
      let b = Matrix(rows: pair.b.rows, columns: pair.b.columns)
      b.copy(from: pair.b)
      scale(b, by: pair.scale)
      let factors = try adapter.factors(linear) { try plain(linear) }
      return LowRankPair(
        columns: columns, a: PackedMatrix(transposing: pair.a), b: PackedMatrix(transposing: b),
        factors: factors.map { Matrix($0, rows: 1, columns: $0.count) })
    }
  }

  /// W under a pair, (out, in).
  private func plain(_ linear: Linear) throws -> Matrix { linear.matrix(try over?.adapter.plain(linear.weight, source) ?? source(linear.weight)) }

  private func stacked(_ weights: [Matrix]) -> Matrix {
    let all = Matrix(rows: weights.reduce(0) { $0 + $1.rows }, columns: weights.first?.columns ?? 0)
    var row = 0
    for weight in weights {
      all.rows(row..<row + weight.rows).copy(from: weight)
      row += weight.rows
    }
    return all
  }
}

/// y = x Wᵀ + b, with low-rank pairs beside some of the columns.
struct Dense: Sendable {
  let weight: PackedMatrix
  let bias: Matrix?
  var pairs: [LowRankPair] = []

  func forward(_ x: Matrix, into y: Matrix, accumulate: Bool = false) {
    if accumulate, pairs.contains(where: { $0.factors != nil }) {
      // The factors are for this product alone, not for what is there.
      let product = Matrix(rows: y.rows, columns: y.columns)
      forward(x, into: product)
      add(product, to: y)
      return
    }
    matmul(x, packed: weight, into: y, accumulate: accumulate)
    for pair in pairs { pair.forward(x, into: y.columns(pair.columns)) }
    if let bias { add(bias: bias, to: y) }
  }
}

/// y = f (y + x Aᵀ Bᵀ), with s in B.
struct LowRankPair: Sendable {
  /// The columns of the whole product that are this layer's.
  let columns: Range<Int>
  let a: PackedMatrix
  let b: PackedMatrix
  /// DoRA's f, (1, out).
  let factors: Matrix?

  func forward(_ x: Matrix, into y: Matrix) {
    let inner = Matrix(rows: x.rows, columns: a.outer)
    matmul(x, packed: a, into: inner)
    matmul(inner, packed: b, into: y, accumulate: true)
    if let factors { multiply(y, byColumns: factors) }
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
    tokens = try loader.table(Embedding.Table(name: embedding.tokens, rows: configuration.vocabularySize), columns: columns)
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
      let dense =
        try linear.map { try loader.dense([$0]) } ?? loader.tiedHead(Linear("lm_head", embedding.columns, embedding.rows), embedding: embedding)
      self = .language(dense, softcap: cap.map { Float($0) })
    case .classification(let classifier):
      self = .classification(dense: try loader.dense([classifier.dense]), classifier.activation, output: try loader.dense([classifier.output]))
    }
  }
}
