public import Kernels

/// A LoRA adapter over a Llama: y = W x + s B A x for the linears it targets, s = alpha / r, or alpha / sqrt(r) with rsLoRA.
public struct LoRAWeights: Sendable {
  public struct Adapter: Sendable {
    /// (r, in)
    public var a: Matrix
    /// (out, r)
    public var b: Matrix

    public init(a: Matrix, b: Matrix) {
      (self.a, self.b) = (a, b)
    }
  }

  /// For each layer, the adapters of its linears.
  public var layers: [[LlamaLinear: Adapter]]
  /// s
  public var scale: Float

  /// Takes A and B of every targeted linear of every layer from `source`, under the names PEFT gives them.
  public init(
    _ configuration: LlamaConfiguration, rank: Int, scale: Float, targets: [LlamaLinear], source: (String) throws -> [Float]
  ) throws {
    self.scale = scale
    layers = try (0..<configuration.layers).map { layer in
      var adapters: [LlamaLinear: Adapter] = [:]
      for linear in targets {
        adapters[linear] = Adapter(
          a: Matrix(try source(LlamaTensorName.loraA(linear, layer: layer)), rows: rank, columns: linear.inputSize(configuration)),
          b: Matrix(try source(LlamaTensorName.loraB(linear, layer: layer)), rows: linear.outputSize(configuration), columns: rank))
      }
      return adapters
    }
  }

  /// The weights of an adapter folder.
  /// - base: the configuration of the model it was opened against
  public init(_ folder: AdapterFolder, base: LlamaConfiguration) throws {
    try self.init(base, rank: folder.configuration.rank, scale: Float(folder.configuration.scale), targets: folder.configuration.targets) {
      try folder.floats(named: $0)
    }
  }

  /// Every tensor under PEFT's name: for the writer.
  public var tensors: [(name: String, shape: [Int], values: Matrix)] {
    layers.enumerated().flatMap { index, adapters in
      LlamaLinear.allCases.flatMap { linear -> [(name: String, shape: [Int], values: Matrix)] in
        guard let adapter = adapters[linear] else { return [] }
        return [
          (LlamaTensorName.loraA(linear, layer: index), [adapter.a.rows, adapter.a.columns], adapter.a),
          (LlamaTensorName.loraB(linear, layer: index), [adapter.b.rows, adapter.b.columns], adapter.b),
        ]
      }
    }
  }
}
