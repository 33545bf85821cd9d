internal import Files

/// Gemma 3, text: Gemma 2 without the cap on scores, with normalised heads; five layers with a window and a rotary embedding of their own, then one without.
/// Source: transformers' modeling_gemma3.py.
extension Family {
  static let gemma3 = Family(
    type: "gemma3_text", architectures: ["Gemma3ForCausalLM": .causal, "Gemma3TextModel": .base], purpose: .causal
  ) { reader, purpose in
    let sizes = DecoderSizes(&reader, headDimension: 256, keyValueHeads: 4)
    reader.refuseBidirectional()
    if reader["attn_logit_softcapping"] != nil { reader.faults.add("attn_logit_softcapping is set, which Gemma 3 does not do") }
    let activation = reader.activation("hidden_activation", fallback: .geluTanh)
    let bias = reader.bool("attention_bias", fallback: false)
    let scale = 1 / reader.double("query_pre_attn_scalar", in: 1e-6...1e9, fallback: 256).squareRoot()
    let window = reader.window(fallback: 4096)
    let pattern = reader.int("sliding_window_pattern", in: 1...1024, fallback: 6)
    let types = reader.layerTypes(sizes.layers) { ($0 + 1) % pattern != 0 ? .sliding : .full }
    let (global, local) = reader.gemma3Rotaries(sizes)
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention("\(layer).self_attn", inputBias: bias, outputBias: bias, rotary: types[index] == .sliding ? 1 : 0)
      attention.queryNorm = Norm("\(layer).self_attn.q_norm", sizes.headDimension, .rmsPlusOne, sizes.epsilon)
      attention.keyNorm = Norm("\(layer).self_attn.k_norm", sizes.headDimension, .rmsPlusOne, sizes.epsilon)
      attention.scale = scale
      attention.window = types[index] == .sliding ? reader.needed(window) : nil
      return sizes.gemmaBlock(layer, attention, activation)
    }
    var decoder = sizes.decoder(&reader, purpose, rotary: global, blocks: blocks, norm: .rmsPlusOne, tied: true)
    decoder.rotaries.append(local.rotary)
    return sizes.gemma(decoder, logitCap: reader.cap("final_logit_softcapping", fallback: nil))
  }
}

extension ConfigurationReader {
  /// Of the full and of the sliding layers: nested by layer type (transformers 5), or `rope_theta` and `rope_local_base_freq` (4), whose `rope_scaling` is for
  /// the full layers alone.
  fileprivate mutating func gemma3Rotaries(
    _ sizes: DecoderSizes
  ) -> (global: (rotary: RotaryEmbedding, positions: Int), local: (rotary: RotaryEmbedding, positions: Int)) {
    let nested = self["rope_parameters"]?.objectValue ?? JSONObject()
    for key in nested.keys where LayerType(rawValue: key) == nil {
      faults.add("rope_parameters has the key \(key), which is not understood", hint: "Gemma 3 has full_attention and sliding_attention there")
    }
    func members(_ type: LayerType) -> JSONObject { nested[type.rawValue]?.objectValue ?? JSONObject() }
    var full = members(.full)
    for (key, value) in (self["rope_scaling"]?.objectValue ?? JSONObject()).members { full[key] = value }
    let bounds = 1.0...1e12
    return (
      rotary(
        "rope_parameters.full_attention", full, headDimension: sizes.headDimension, theta: double("rope_theta", in: bounds, fallback: 1e6),
        positions: sizes.positions),
      rotary(
        "rope_parameters.sliding_attention", members(.sliding), headDimension: sizes.headDimension,
        theta: double("rope_local_base_freq", in: bounds, fallback: 1e4), positions: sizes.positions)
    )
  }
}
