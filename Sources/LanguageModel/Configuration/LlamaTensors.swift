/// The seven linear layers of a Llama block, named as Hugging Face names them; what LoRA may target.
public enum LlamaLinear: String, Sendable, Hashable, CaseIterable, Codable {
  case q = "q_proj"
  case k = "k_proj"
  case v = "v_proj"
  case o = "o_proj"
  case gate = "gate_proj"
  case up = "up_proj"
  case down = "down_proj"

  /// The module's path within a layer, as in `self_attn.q_proj`.
  public var path: String {
    switch self {
    case .q, .k, .v, .o: "self_attn.\(rawValue)"
    case .gate, .up, .down: "mlp.\(rawValue)"
    }
  }

  /// Columns of the stored weight.
  public func inputSize(_ configuration: LlamaConfiguration) -> Int {
    switch self {
    case .q, .k, .v, .gate, .up: configuration.hiddenSize
    case .o: configuration.queryWidth
    case .down: configuration.intermediateSize
    }
  }

  /// Rows of the stored weight.
  public func outputSize(_ configuration: LlamaConfiguration) -> Int {
    switch self {
    case .q: configuration.queryWidth
    case .k, .v: configuration.keyValueWidth
    case .o, .down: configuration.hiddenSize
    case .gate, .up: configuration.intermediateSize
    }
  }
}

/// The tensor names of `LlamaForCausalLM` and of PEFT's LoRA over it.
public enum LlamaTensorName {
  public static let embedding = "model.embed_tokens.weight"
  public static let finalNorm = "model.norm.weight"
  public static let head = "lm_head.weight"

  public static func inputNorm(layer: Int) -> String { "model.layers.\(layer).input_layernorm.weight" }
  public static func postNorm(layer: Int) -> String { "model.layers.\(layer).post_attention_layernorm.weight" }
  public static func linear(_ linear: LlamaLinear, layer: Int) -> String { "model.layers.\(layer).\(linear.path).weight" }

  /// PEFT's name of A, (r, in): `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`.
  public static func loraA(_ linear: LlamaLinear, layer: Int) -> String {
    "base_model.model.model.layers.\(layer).\(linear.path).lora_A.weight"
  }

  /// PEFT's name of B, (out, r).
  public static func loraB(_ linear: LlamaLinear, layer: Int) -> String {
    "base_model.model.model.layers.\(layer).\(linear.path).lora_B.weight"
  }
}

extension LlamaConfiguration {
  /// Every tensor a folder of this configuration holds, with its shape, in the model's order.
  public var tensorShapes: [(name: String, shape: [Int])] {
    var shapes: [(name: String, shape: [Int])] = [(LlamaTensorName.embedding, [vocabularySize, hiddenSize])]
    for layer in 0..<layers {
      shapes.append((LlamaTensorName.inputNorm(layer: layer), [hiddenSize]))
      for linear in LlamaLinear.allCases {
        shapes.append((LlamaTensorName.linear(linear, layer: layer), [linear.outputSize(self), linear.inputSize(self)]))
      }
      shapes.append((LlamaTensorName.postNorm(layer: layer), [hiddenSize]))
    }
    shapes.append((LlamaTensorName.finalNorm, [hiddenSize]))
    if !tiedEmbeddings { shapes.append((LlamaTensorName.head, [vocabularySize, hiddenSize])) }
    return shapes
  }
}
