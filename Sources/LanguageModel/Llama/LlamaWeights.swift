public import Kernels

/// The weights of a Llama decoder as Hugging Face stores them, widened to Float: every linear (out, in), norms (1, hidden).
public struct LlamaWeights: Sendable {
  /// One block's weights.
  public struct Layer: Sendable {
    public var inputNorm: Matrix
    public var q: Matrix
    public var k: Matrix
    public var v: Matrix
    public var o: Matrix
    public var postNorm: Matrix
    public var gate: Matrix
    public var up: Matrix
    public var down: Matrix

    public subscript(linear: LlamaLinear) -> Matrix {
      get {
        switch linear {
        case .q: q
        case .k: k
        case .v: v
        case .o: o
        case .gate: gate
        case .up: up
        case .down: down
        }
      }
      set {
        switch linear {
        case .q: q = newValue
        case .k: k = newValue
        case .v: v = newValue
        case .o: o = newValue
        case .gate: gate = newValue
        case .up: up = newValue
        case .down: down = newValue
        }
      }
    }
  }

  public let configuration: LlamaConfiguration
  /// (vocabulary, hidden)
  public var embedding: Matrix
  public var layers: [Layer]
  public var finalNorm: Matrix
  /// (vocabulary, hidden); the embedding itself where they are tied.
  public var head: Matrix

  /// Takes every tensor of `configuration.tensorShapes` from `source`, which gives the values of a name, row by row.
  public init(_ configuration: LlamaConfiguration, source: (String) throws -> [Float]) throws {
    func matrix(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix { Matrix(try source(name), rows: rows, columns: columns) }
    let hidden = configuration.hiddenSize
    self.configuration = configuration
    embedding = try matrix(LlamaTensorName.embedding, configuration.vocabularySize, hidden)
    layers = try (0..<configuration.layers).map { layer in
      func linear(_ which: LlamaLinear) throws -> Matrix {
        try matrix(LlamaTensorName.linear(which, layer: layer), which.outputSize(configuration), which.inputSize(configuration))
      }
      return Layer(
        inputNorm: try matrix(LlamaTensorName.inputNorm(layer: layer), 1, hidden), q: try linear(.q), k: try linear(.k), v: try linear(.v),
        o: try linear(.o), postNorm: try matrix(LlamaTensorName.postNorm(layer: layer), 1, hidden), gate: try linear(.gate), up: try linear(.up),
        down: try linear(.down))
    }
    finalNorm = try matrix(LlamaTensorName.finalNorm, 1, hidden)
    head = configuration.tiedEmbeddings ? embedding : try matrix(LlamaTensorName.head, configuration.vocabularySize, hidden)
  }

  /// The weights of a model folder.
  public init(_ folder: ModelFolder) throws {
    try self.init(folder.configuration) { try folder.floats(named: $0) }
  }

  /// Every tensor with the name and shape it has in a folder, in the model's order: for the writer.
  public var tensors: [(name: String, shape: [Int], values: Matrix)] {
    var byName: [String: Matrix] = [LlamaTensorName.embedding: embedding, LlamaTensorName.finalNorm: finalNorm, LlamaTensorName.head: head]
    for (index, layer) in layers.enumerated() {
      byName[LlamaTensorName.inputNorm(layer: index)] = layer.inputNorm
      byName[LlamaTensorName.postNorm(layer: index)] = layer.postNorm
      for linear in LlamaLinear.allCases { byName[LlamaTensorName.linear(linear, layer: index)] = layer[linear] }
    }
    return configuration.tensorShapes.map { name, shape in
      guard let values = byName[name] else { preconditionFailure("the tensors of a Llama do not include \(name)") }
      return (name, shape, values)
    }
  }

  /// W + s B A for every adapted linear, in Float; the original is not touched.
  public func merging(_ lora: LoRAWeights) -> LlamaWeights {
    var merged = self
    for (index, adapters) in lora.layers.enumerated() {
      for (linear, adapter) in adapters {
        let original = layers[index][linear]
        let sum = Matrix(rows: original.rows, columns: original.columns)
        matmul(adapter.b, adapter.a, into: sum)
        scale(sum, by: lora.scale)
        add(original, to: sum)
        merged.layers[index][linear] = sum
      }
    }
    return merged
  }
}
