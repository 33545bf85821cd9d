import Kernels

/// Reads weights by name and packs them; what an adapter leaves as it is, it takes from a transformer that is there already.
final class WeightLoader {
  /// What was packed, by the name of its first tensor.
  struct Parts: Sendable {
    var dense: [String: Dense] = [:]
    var norms: [String: NormWeights] = [:]
    var tables: [String: PackedMatrix] = [:]
  }

  /// A transformer's parts and the adapter that goes over them.
  struct Over {
    let parts: Parts
    let adapter: LoRAWeights
    let mode: AdapterMode
  }

  private(set) var parts = Parts()
  /// The base's tensors.
  private let source: any TensorSource
  private let precision: EnginePrecision
  private let over: Over?

  init(source: any TensorSource, precision: EnginePrecision, over: Over? = nil) {
    (self.source, self.precision, self.over) = (source, precision, over)
  }

  // MARK: - Parts

  /// Linear layers of the same input as one, their rows under one another.
  func dense(_ linears: [Linear]) throws -> Dense { try keep(linears[0].weight, \.dense) { try packed(linears) } }

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

  /// - isHead: whether products are made with it too, because it is the head as well
  func table(_ table: Embedding.Table, columns: Int, isHead: Bool = false) throws -> PackedMatrix {
    try keep(table.name, \.tables) {
      if let known = over?.parts.tables[table.name], !changes([table.name]) { return known }
      let isBFloat16 = source.isBFloat16(table.name) && !changes([table.name])
      let form = isHead ? precision.form(isBFloat16: isBFloat16) : isBFloat16 ? .bfloat16 : .float32
      let packed = PackedMatrix(outer: table.rows, inner: columns, form: form)
      if isBFloat16 {
        try copy(table.name, rows: table.rows, into: packed, from: 0)
      } else {
        packed.store(Matrix(try values(table.name), rows: table.rows, columns: columns), from: 0)
      }
      return packed
    }
  }

  private func keep<Part>(_ name: String, _ path: WritableKeyPath<Parts, [String: Part]>, _ make: () throws -> Part) rethrows -> Part {
    let part = try make()
    parts[keyPath: path][name] = part
    return part
  }

  // MARK: - Values

  private func changes(_ tensors: [String]) -> Bool { over.map { tensors.contains(where: $0.adapter.changes) } ?? false }

  /// A tensor with the adapter merged into it.
  private func values(_ tensor: String) throws -> [Float] {
    try over?.adapter.merged(tensor, source.floats(named:)) ?? source.floats(named: tensor)
  }

  /// W under a pair, (out, in).
  private func plain(_ linear: Linear) throws -> Matrix {
    linear.matrix(try over?.adapter.plain(linear.weight, source.floats(named:)) ?? source.floats(named: linear.weight))
  }

  // MARK: - Linear layers

  private func packed(_ linears: [Linear]) throws -> Dense {
    let known = over?.parts.dense[linears[0].weight]
    let isBeside = over?.mode == .beside
    /// Beside a pair the weight stays the base's, unless it was replaced as a whole.
    func isChanged(_ linear: Linear) -> Bool { isBeside ? over?.adapter.replaces(linear.weight) == true : changes([linear.weight]) }
    let shared = linears.contains(where: isChanged) ? nil : known?.weight
    let weight = try shared ?? pack(linears, isChanged: isChanged) { try isBeside ? plain($0) : $0.matrix(values($0.weight)) }
    let keepsBias = known != nil && !changes(linears.map(\.bias))
    let bias = try keepsBias ? known?.bias : biases(linears)
    return try Dense(weight: weight, bias: bias, pairs: isBeside ? pairs(linears) : [])
  }

  private func pack(_ linears: [Linear], isChanged: (Linear) -> Bool, _ matrix: (Linear) throws -> Matrix) throws -> PackedMatrix {
    let areStored = linears.map { source.isBFloat16($0.weight) && !isChanged($0) }
    let packed = PackedMatrix(
      outer: linears.reduce(0) { $0 + $1.outputSize }, inner: linears[0].inputSize, form: precision.form(isBFloat16: areStored.allSatisfy { $0 }))
    var row = 0
    for (linear, isStored) in zip(linears, areStored) {
      if isStored && !linear.isTransposed {
        try copy(linear.weight, rows: linear.outputSize, into: packed, from: row)
      } else {
        packed.store(try matrix(linear), from: row)
      }
      row += linear.outputSize
    }
    return packed
  }

  /// Rows of a tensor stored as bfloat16, as many at a time as stay in the cache between reading and packing.
  private func copy(_ tensor: String, rows: Int, into packed: PackedMatrix, from first: Int) throws {
    let some = max(32, (256 << 10) / max(1, packed.inner) / 32 * 32)
    var bits: [UInt16] = []
    for row in stride(from: 0, to: rows, by: some) {
      let count = min(some, rows - row) * packed.inner
      if bits.count != count { bits = [UInt16](repeating: 0, count: count) }
      try source.readBFloat16(named: tensor, from: row * packed.inner, into: &bits)
      packed.store(bfloat16: bits, from: first + row)
    }
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
}
