import Kernels
import LanguageModel

/// A Llama decoder being trained: its weights, which of them move, and where their gradients go.
///
/// With LoRA the base is frozen and the adapters' A and B are the parameters; without, every tensor of the model is. A tied head is the embedding, and its
/// gradient is the sum of both uses.
final class LlamaTrainee {
  /// One of the seven linears.
  struct Linear {
    let weight: Matrix
    /// Nil where the weight is frozen.
    let gradient: Matrix?
    let adapter: Adapter?

    var isTrained: Bool { gradient != nil || adapter != nil }
  }

  struct Adapter {
    let a: Matrix
    let b: Matrix
    let dA: Matrix
    let dB: Matrix
    /// Which mask of dropout it takes; no two adapters share one.
    let stream: Int
  }

  /// A norm's weight, the embedding or the head.
  struct Tensor {
    let weight: Matrix
    let gradient: Matrix?
  }

  struct Layer {
    let inputNorm: Tensor
    let postNorm: Tensor
    let linears: [LlamaLinear: Linear]

    subscript(linear: LlamaLinear) -> Linear {
      guard let found = linears[linear] else { preconditionFailure("a Llama layer has all seven linears; \(linear.rawValue) is missing") }
      return found
    }
  }

  let configuration: LlamaConfiguration
  let lora: TrainingConfiguration.LoRA?
  let parameters: ParameterSet
  let embedding: Tensor
  let layers: [Layer]
  let finalNorm: Tensor
  let head: Tensor
  let rope: RopeTable
  /// Activations of the last forward pass; grown when a batch is larger than any before.
  var activations: LlamaActivations?

  /// Gives a tensor's values by its name.
  typealias Source = (String) throws -> [Float]

  /// - lora: nil trains all parameters
  /// - base: the model's weights; nil for random ones
  /// - adapter: the adapter to continue from; nil for a new one
  init(_ configuration: LlamaConfiguration, lora: TrainingConfiguration.LoRA?, seed: UInt64, base: Source?, adapter: Source? = nil) throws {
    self.configuration = configuration
    self.lora = lora
    rope = RopeTable(headDimension: configuration.headDimension, theta: configuration.ropeTheta, positions: configuration.maximumPositions)

    let parameters: ParameterSet
    var places: [String: Tensor] = [:]
    if let lora {
      parameters = try Self.adapterParameters(lora, configuration, from: adapter, seed: seed)
      for (name, shape) in configuration.tensorShapes {
        let weight = Matrix(rows: shape.count > 1 ? shape[0] : 1, columns: shape.last ?? 1)
        try Self.fill(weight, named: name, configuration, from: base, seed: seed)
        places[name] = Tensor(weight: weight, gradient: nil)
      }
    } else {
      parameters = ParameterSet(configuration.tensorShapes)
      for tensor in parameters.tensors {
        let weight = parameters.values(of: tensor)
        try Self.fill(weight, named: tensor.name, configuration, from: base, seed: seed)
        places[tensor.name] = Tensor(weight: weight, gradient: parameters.gradients(of: tensor))
      }
    }
    self.parameters = parameters
    let byName = Dictionary(uniqueKeysWithValues: parameters.tensors.map { ($0.name, $0) })
    func place(_ name: String) -> Tensor {
      guard let found = places[name] else { preconditionFailure("the tensors of a Llama include \(name)") }
      return found
    }
    embedding = place(LlamaTensorName.embedding)
    finalNorm = place(LlamaTensorName.finalNorm)
    head = configuration.tiedEmbeddings ? embedding : place(LlamaTensorName.head)
    layers = (0..<configuration.layers).map { layer in
      var linears: [LlamaLinear: Linear] = [:]
      for (index, linear) in LlamaLinear.allCases.enumerated() {
        let base = place(LlamaTensorName.linear(linear, layer: layer))
        var adapter: Adapter?
        if let a = byName[LlamaTensorName.loraA(linear, layer: layer)], let b = byName[LlamaTensorName.loraB(linear, layer: layer)] {
          adapter = Adapter(
            a: parameters.values(of: a), b: parameters.values(of: b), dA: parameters.gradients(of: a), dB: parameters.gradients(of: b),
            stream: layer * 16 + index)
        }
        linears[linear] = Linear(weight: base.weight, gradient: base.gradient, adapter: adapter)
      }
      return Layer(
        inputNorm: place(LlamaTensorName.inputNorm(layer: layer)), postNorm: place(LlamaTensorName.postNorm(layer: layer)), linears: linears)
    }
  }

  // MARK: - Where the weights come from

  private static func adapterParameters(
    _ lora: TrainingConfiguration.LoRA, _ configuration: LlamaConfiguration, from adapter: Source?, seed: UInt64
  ) throws -> ParameterSet {
    var shapes: [(name: String, shape: [Int])] = []
    for layer in 0..<configuration.layers {
      for linear in lora.targetModules {
        shapes.append((LlamaTensorName.loraA(linear, layer: layer), [lora.r, linear.inputSize(configuration)]))
        shapes.append((LlamaTensorName.loraB(linear, layer: layer), [linear.outputSize(configuration), lora.r]))
      }
    }
    let parameters = ParameterSet(shapes)
    for (index, tensor) in parameters.tensors.enumerated() {
      let matrix = parameters.values(of: tensor)
      if let adapter {
        matrix.copy(from: try adapter(tensor.name))
      } else if index % 2 == 0 {
        // PEFT's default: A by kaiming_uniform(a = sqrt 5), which is uniform within 1 / sqrt(in); B stays 0.
        var random = RandomWeights(seed: seed, name: tensor.name)
        random.fillUniform(matrix, bound: 1 / Double(tensor.columns).squareRoot())
      }
    }
    return parameters
  }

  /// From the source; without one, as transformers' `_init_weights`: norms 1, the rest normal, the padding token's embedding 0.
  private static func fill(_ weight: Matrix, named name: String, _ configuration: LlamaConfiguration, from source: Source?, seed: UInt64) throws {
    if let source { return weight.copy(from: try source(name)) }
    guard weight.rows > 1 else { return weight.fill(1) }
    var random = RandomWeights(seed: seed, name: name)
    random.fillNormal(weight, deviation: configuration.initializerRange)
    if name == LlamaTensorName.embedding, let pad = configuration.pad, pad >= 0, Int(pad) < weight.rows {
      weight.rows(Int(pad)..<Int(pad) + 1).fill(0)
    }
  }
}
