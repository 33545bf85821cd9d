public import Kernels

/// A LoRA adapter's values over one base: y = W x + b becomes y = f (W + s B A) x + b', where f is 1 but for DoRA; and what was trained in place of the base's own.
///
/// Source: peft/tuners/lora/layer.py and dora.py. The base's tensors are never changed: each is read and a new one is made of it.
public struct LoRAWeights: Sendable {
  /// A low-rank pair beside a linear layer (out, in); or beside an embedding table (rows, hidden), where `in` is rows and `out` is hidden.
  public struct Adapter: Sendable {
    /// (r, in)
    public var a: Matrix
    /// (out, r)
    public var b: Matrix
    /// s = alpha / r, or alpha / sqrt(r) with rsLoRA.
    public var scale: Float
    /// DoRA: the lengths that the rows of W + s B A are given, out numbers.
    public var magnitude: [Float]?
    /// What B adds to its product, out numbers.
    public var bias: [Float]?
  }

  /// By the path of the linear layer or table.
  public let adapters: [String: Adapter]
  /// The adapter's folder, for messages.
  private let file: String
  private let base: ModelConfiguration
  private let untiesHead: Bool
  /// Tensors trained beside the base's, and those that stand for the base's own.
  private let trained: [String: [Float]]
  private let stored: [String: [Float]]
  /// The adapted module of each weight and of each bias, by the tensor's name.
  private let weights: [String: Module]
  private let biases: [String: String]

  /// The weights of an adapter folder.
  public init(_ folder: AdapterFolder) throws {
    (file, base, untiesHead) = (folder.url.path, folder.base, folder.plan.untiesHead)
    var adapters: [String: Adapter] = [:]
    var (trained, stored): ([String: [Float]], [String: [Float]]) = ([:], [:])
    var (weights, biases): ([String: Module], [String: String]) = ([:], [:])
    for pair in folder.plan.pairs {
      let path = pair.module.path
      func values(_ suffix: String) throws -> [Float] { try folder.floats(named: pair.name + suffix) }
      func optional(_ suffix: String) throws -> [Float]? { try folder.tensor(named: pair.name + suffix) == nil ? nil : values(suffix) }
      let magnitude = try optional(".lora_magnitude_vector")
      switch pair.module {
      case .linear(let linear):
        adapters[path] = Adapter(
          a: Matrix(try values(".lora_A.weight"), rows: pair.rank, columns: linear.inputSize),
          b: Matrix(try values(".lora_B.weight"), rows: linear.outputSize, columns: pair.rank), scale: pair.scale, magnitude: magnitude,
          bias: try optional(".lora_B.bias"))
        weights[linear.weight] = pair.module
        if adapters[path]?.bias != nil { biases[linear.bias] = path }
      case .table(let table):
        adapters[path] = Adapter(
          a: Matrix(try values(".lora_embedding_A"), rows: pair.rank, columns: table.rows),
          b: Matrix(try values(".lora_embedding_B"), rows: folder.base.hiddenSize, columns: pair.rank), scale: pair.scale, magnitude: magnitude)
        weights[table.name] = pair.module
      case .norm: preconditionFailure("norms have no pair")
      }
    }
    for replacement in folder.plan.replacements {
      let values = try folder.floats(named: replacement.stored)
      if replacement.kind == .trained { trained[replacement.tensor] = values } else { stored[replacement.tensor] = values }
    }
    (self.adapters, self.trained, self.stored, self.weights, self.biases) = (adapters, trained, stored, weights, biases)
  }

  /// The base's configuration with what the adapter adds to it: a head of its own where it is the embedding table no more, biases of B where there were none.
  public var configuration: ModelConfiguration {
    (untiesHead ? base.untied : base).mapLinears { linear in
      var copy = linear
      copy.hasBias = linear.hasBias || adapters[linear.path]?.bias != nil
      return copy
    }
  }

  /// Biases that are there because of the adapter alone.
  var addedBiases: [String] {
    let own = Set(base.tensorShapes.map(\.name))
    return biases.keys.filter { !own.contains($0) }.sorted()
  }

  /// Whether a tensor has other values with the adapter than without.
  func changes(_ tensor: String) -> Bool { weights[tensor] != nil || biases[tensor] != nil || replaces(tensor) }

  /// Whether the tensor under a low-rank pair, or without one, is another than the base's.
  func replaces(_ tensor: String) -> Bool {
    trained[tensor] != nil || stored[tensor] != nil || isTiedHead(tensor) && stored[base.embedding.tokens] != nil
  }

  // MARK: - Values

  /// A tensor with the adapter merged into it, in Float, as stored.
  /// - source: the base's tensors
  /// - Throws: what `source` throws; `ModelFault` where DoRA divides by zero
  func merged(_ tensor: String, _ source: (String) throws -> [Float]) throws -> [Float] {
    if let path = biases[tensor], let adapter = adapters[path], let ofB = adapter.bias {
      let own = try addedBiases.contains(tensor) ? [Float](repeating: 0, count: ofB.count) : plain(tensor, source)
      return zip(own, ofB).map { $0 + $1 * adapter.scale }
    }
    let values = try plain(tensor, source)
    guard let module = weights[tensor], let adapter = adapters[module.path] else { return values }
    switch module {
    case .linear(let linear):
      let sum = try scaledRows(adapter, path: linear.path, linear.matrix(values))
      return linear.isTransposed ? transposed(sum).array : sum.array
    case .table(let table):
      // A column of the table is a row of B.
      let turned = transposed(Matrix(values, rows: table.rows, columns: base.hiddenSize))
      return transposed(try scaledRows(adapter, path: module.path, turned)).array
    case .norm: preconditionFailure("norms have no pair")
    }
  }

  /// The tensor that stands under a low-rank pair: the base's, or what was trained or stored in its place.
  func plain(_ tensor: String, _ source: (String) throws -> [Float]) throws -> [Float] {
    if let values = trained[tensor] ?? stored[tensor] { return values }
    if isTiedHead(tensor) { return try stored[base.embedding.tokens] ?? source(base.embedding.tokens) }
    return try source(tensor)
  }

  /// DoRA's f of each row: the trained length over that of W + s B A; nil without DoRA.
  /// - weight: W, (out, in)
  func factors(_ linear: Linear, _ weight: () throws -> Matrix) throws -> [Float]? {
    guard let adapter = adapters[linear.path], adapter.magnitude != nil else { return nil }
    return try factors(adapter, path: linear.path, of: sum(adapter, try weight()))
  }

  private func isTiedHead(_ tensor: String) -> Bool { base.tiedHead?.weight == tensor }

  /// f (W + s B A), a new matrix.
  private func scaledRows(_ adapter: Adapter, path: String, _ weight: Matrix) throws -> Matrix {
    let sum = sum(adapter, weight)
    guard let factors = try factors(adapter, path: path, of: sum) else { return sum }
    for (row, factor) in factors.enumerated() { scale(sum.rows(row..<row + 1), by: factor) }
    return sum
  }

  /// W + s B A, a new matrix.
  private func sum(_ adapter: Adapter, _ weight: Matrix) -> Matrix {
    let sum = Matrix(rows: weight.rows, columns: weight.columns)
    matmul(adapter.b, adapter.a, into: sum)
    scale(sum, by: adapter.scale)
    add(weight, to: sum)
    return sum
  }

  private func factors(_ adapter: Adapter, path: String, of sum: Matrix) throws -> [Float]? {
    guard let magnitude = adapter.magnitude else { return nil }
    let factors = magnitude.enumerated().map { row, length in length / Float(sumOfSquares(sum.rows(row..<row + 1)).squareRoot()) }
    guard let bad = factors.firstIndex(where: { !$0.isFinite }) else { return factors }
    var faults = FaultList(file)
    faults.add("DoRA cannot scale row \(bad) of \(path), which is 0 or overflows with the adapter", hint: "the adapter broke down in training")
    throw ModelFault(faults.faults)
  }
}

extension Linear {
  /// W, (out, in), from the values as stored.
  func matrix(_ values: [Float]) -> Matrix {
    isTransposed
      ? transposed(Matrix(values, rows: inputSize, columns: outputSize)) : Matrix(values, rows: outputSize, columns: inputSize)
  }
}

/// The transpose, a new matrix.
func transposed(_ matrix: Matrix) -> Matrix {
  let turned = Matrix(rows: matrix.columns, columns: matrix.rows)
  for r in 0..<matrix.rows { for c in 0..<matrix.columns { turned[c, r] = matrix[r, c] } }
  return turned
}
