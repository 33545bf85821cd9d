/// SmolLM 3: a Llama where every fourth layer does not turn its heads (NoPE); such layers may have a window. Source: transformers' modeling_smollm3.py.
extension Family {
  static let smolLM3 = Family(type: "smollm3", architectures: ["SmolLM3ForCausalLM": .causal, "SmolLM3Model": .base], purpose: .causal) {
    reader, purpose in
    let sizes = DecoderSizes(&reader, keyValueHeads: 4)
    let activation = reader.activation("hidden_act", fallback: .silu)
    let (attentionBias, mlpBias) = (reader.bool("attention_bias", fallback: false), reader.bool("mlp_bias", fallback: false))
    let turns = reader.turningLayers(sizes.layers)
    let window = reader.bool("use_sliding_window", fallback: false) ? reader.window(fallback: nil) : nil
    let types = reader.layerTypes(sizes.layers) { window != nil && !turns[$0] ? .sliding : .full }
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention(
        "\(layer).self_attn", inputBias: attentionBias, outputBias: attentionBias, rotary: turns[index] ? 0 : nil)
      attention.window = types[index] == .sliding ? reader.needed(window) : nil
      return Block(
        attention: attention, attentionNorms: Norms(before: sizes.norm("\(layer).input_layernorm")),
        feedForward: sizes.gated("\(layer).mlp", activation, bias: mlpBias),
        feedForwardNorms: Norms(before: sizes.norm("\(layer).post_attention_layernorm")))
    }
    return sizes.decoder(&reader, purpose, rotary: reader.rotary(sizes, theta: 2_000_000), blocks: blocks, tied: true)
  }
}

extension ConfigurationReader {
  /// `no_rope_layers`: 1 where a layer turns its heads (sic), 0 where not; else every `no_rope_layer_interval`-th does not.
  fileprivate mutating func turningLayers(_ count: Int) -> [Bool] {
    guard let value = self["no_rope_layers"] else {
      let interval = int("no_rope_layer_interval", in: 1...1024, fallback: 4)
      return (0..<count).map { ($0 + 1) % interval != 0 }
    }
    let flags = value.arrayValue?.compactMap(\.intValue).filter { $0 == 0 || $0 == 1 } ?? []
    if flags.count < count { faults.add("no_rope_layers must be a list of \(count) times 0 or 1, found \(value.text().prefix(80))") }
    return (0..<count).map { $0 < flags.count ? flags[$0] == 1 : true }
  }
}
