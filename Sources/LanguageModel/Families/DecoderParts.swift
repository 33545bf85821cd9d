internal import Files
internal import Kernels

/// What most decoders' files state under the same names.
struct DecoderSizes {
  var vocabulary: Int
  var hidden: Int
  var intermediate: Int
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  var headDimension: Int
  var epsilon: Double
  var positions: Int

  /// - epsilon: the family's default of `rms_norm_eps`
  /// - headDimension: its default of `head_dim`; nil for hidden_size / num_attention_heads
  /// - keyValueHeads: its default of `num_key_value_heads`; nil, and a null in the file, for as many as there are heads
  init(_ reader: inout ConfigurationReader, epsilon: Double = 1e-6, headDimension: Int? = nil, keyValueHeads: Int? = nil) {
    let size = 1...(1 << 24)
    vocabulary = reader.int("vocab_size", in: size)
    hidden = reader.int("hidden_size", in: size)
    intermediate = reader.int("intermediate_size", in: size)
    layers = reader.int("num_hidden_layers", in: 1...1024)
    heads = reader.int("num_attention_heads", in: 1...4096)
    let isMissing = reader.object["num_key_value_heads"] == nil
    self.keyValueHeads = reader.int("num_key_value_heads", in: 1...4096, fallback: isMissing ? keyValueHeads ?? heads : heads)
    self.headDimension = reader.int("head_dim", in: 2...4096, fallback: headDimension ?? max(hidden / heads, 1))
    self.epsilon = reader.double("rms_norm_eps", in: 0...1, fallback: epsilon)
    positions = reader.int("max_position_embeddings", in: size)
    if reader["head_dim"] == nil && headDimension == nil && hidden % heads != 0 {
      reader.faults.add("hidden_size \(hidden) is not a multiple of num_attention_heads \(heads), and head_dim is missing")
    }
    if self.headDimension % 2 != 0 { reader.faults.add("head_dim \(self.headDimension) is odd; rotary embeddings turn pairs") }
    if heads % self.keyValueHeads != 0 {
      reader.faults.add("num_attention_heads \(heads) is not a multiple of num_key_value_heads \(self.keyValueHeads)")
      self.keyValueHeads = heads
    }
  }

  var queryWidth: Int { heads * headDimension }
  var keyValueWidth: Int { keyValueHeads * headDimension }

  /// The attention under Llama's names; families change what they do otherwise.
  func attention(_ path: String, inputBias: Bool = false, outputBias: Bool = false, rotary: Int? = 0) -> Attention {
    Attention(
      inputs: [
        Linear("\(path).q_proj", hidden, queryWidth, bias: inputBias), Linear("\(path).k_proj", hidden, keyValueWidth, bias: inputBias),
        Linear("\(path).v_proj", hidden, keyValueWidth, bias: inputBias),
      ],
      output: Linear("\(path).o_proj", queryWidth, hidden, bias: outputBias), heads: heads, keyValueHeads: keyValueHeads,
      headDimension: headDimension, rotary: rotary, scale: 1 / Double(headDimension).squareRoot())
  }

  /// The gated MLP under Llama's names.
  func gated(_ path: String, _ activation: Activation, bias: Bool = false) -> FeedForward {
    FeedForward(
      inputs: [Linear("\(path).gate_proj", hidden, intermediate, bias: bias), Linear("\(path).up_proj", hidden, intermediate, bias: bias)],
      isGated: true, activation: activation, output: Linear("\(path).down_proj", intermediate, hidden, bias: bias))
  }

  func norm(_ path: String, _ kind: Norm.Kind = .rms) -> Norm { Norm(path, hidden, kind, epsilon) }

  /// The whole decoder under Llama's names.
  /// - tied: the family's default of `tie_word_embeddings`
  func decoder(
    _ reader: inout ConfigurationReader, _ purpose: Family.Purpose, rotary: (rotary: RotaryEmbedding, positions: Int), blocks: [Block],
    norm: Norm.Kind = .rms, tied: Bool = false
  ) -> ModelConfiguration {
    let tied = reader.bool("tie_word_embeddings", fallback: tied)
    return ModelConfiguration(
      &reader, prefix: "model.", vocabulary: vocabulary, hidden: hidden, positions: rotary.positions,
      embedding: Embedding(tokens: "model.embed_tokens.weight"), rotaries: [rotary.rotary], blocks: blocks,
      finalNorm: self.norm("model.norm", norm),
      head: purpose == .causal ? .language(tied ? nil : Linear("lm_head", hidden, vocabulary), softcap: nil) : .none)
  }
}

/// Which tokens a layer sees; the values of `layer_types`.
enum LayerType: String {
  case full = "full_attention"
  case sliding = "sliding_attention"
}

extension ModelConfiguration {
  init(
    _ reader: inout ConfigurationReader, prefix: String, vocabulary: Int, hidden: Int, positions: Int, embedding: Embedding,
    rotaries: [RotaryEmbedding], blocks: [Block], finalNorm: Norm?, head: Head
  ) {
    self.init(
      architecture: "", prefix: prefix, vocabularySize: vocabulary, hiddenSize: hidden, maximumPositions: positions, embedding: embedding,
      rotaries: rotaries, blocks: blocks, finalNorm: finalNorm, head: head, bos: reader.ids("bos_token_id").first, eos: reader.ids("eos_token_id"),
      pad: reader.ids("pad_token_id").first, initializerRange: reader.double("initializer_range", in: 0...10, fallback: 0.02),
      dtype: (reader["dtype"] ?? reader["torch_dtype"])?.stringValue ?? "float32")
  }
}

extension ConfigurationReader {
  /// An activation by transformers' name.
  mutating func activation(_ key: String, fallback: Activation) -> Activation {
    guard let value = self[key] else { return fallback }
    let known: [String: Activation] = [
      "silu": .silu, "swish": .silu, "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
      "gelu_accurate": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "gelu_python_tanh": .geluTanh, "relu": .relu, "tanh": .tanh,
    ]
    guard let name = value.stringValue, let activation = known[name] else {
      faults.add(
        "\(key) is \(value.stringValue ?? value.text()), which is not known", hint: "known are \(known.keys.sorted().joined(separator: ", "))")
      return fallback
    }
    return activation
  }

  /// The one rotary embedding of a family that has no peculiarities.
  mutating func rotary(_ sizes: DecoderSizes, theta: Double = 10_000) -> (rotary: RotaryEmbedding, positions: Int) {
    let (key, members) = rotaryMembers()
    if let share = double("partial_rotary_factor", in: 0...1), share != 1 {
      faults.add("partial_rotary_factor is \(share), which this family does not know")
    }
    return rotary(
      key, members, headDimension: sizes.headDimension, theta: double("rope_theta", in: 1...1e12, fallback: theta), positions: sizes.positions,
      original: originalPositions())
  }

  /// `original_max_position_embeddings` beside the rotary members, where Phi-3 has it.
  mutating func originalPositions() -> Int? {
    self["original_max_position_embeddings"] == nil ? nil : int("original_max_position_embeddings", in: 1...(1 << 30))
  }

  /// `layer_types`, one for each layer; `fallback` where the file has none.
  mutating func layerTypes(_ count: Int, fallback: (Int) -> LayerType) -> [LayerType] {
    guard let value = self["layer_types"] else { return (0..<count).map(fallback) }
    let names = value.arrayValue?.map { $0.stringValue ?? $0.text() } ?? []
    for name in Set(names).sorted() where LayerType(rawValue: name) == nil {
      faults.add("layer_types has \(name), which is not known", hint: "known are full_attention and sliding_attention")
    }
    if names.count != count { faults.add("layer_types must be a list of \(count) names, one for each layer, found \(names.count)") }
    return (0..<count).map { $0 < names.count ? LayerType(rawValue: names[$0]) ?? .full : .full }
  }

  /// `sliding_window`, unless it is null; `fallback` where the file does not have the key.
  mutating func window(fallback: Int?) -> Int? {
    guard object["sliding_window"] != nil else { return fallback }
    return self["sliding_window"] == nil ? nil : int("sliding_window", in: 1...(1 << 30))
  }

  /// The window of a sliding layer, which must have one.
  mutating func needed(_ window: Int?) -> Int? {
    if window == nil { faults.add("layer_types has sliding_attention, but there is no sliding_window") }
    return window
  }
}
