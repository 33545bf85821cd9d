/// Qwen 2 and 2.5: a Llama with biases on q, k and v alone, and a window on the layers from `max_window_layers` on if `use_sliding_window`.
/// Source: transformers' modeling_qwen2.py.
extension Family {
  static let qwen2 = Family(type: "qwen2", architectures: ["Qwen2ForCausalLM": .causal, "Qwen2Model": .base], purpose: .causal) { reader, purpose in
    let sizes = DecoderSizes(&reader, keyValueHeads: 32)
    let activation = reader.activation("hidden_act", fallback: .silu)
    let windows = reader.qwenWindows(sizes.layers)
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention("\(layer).self_attn", inputBias: true)
      attention.window = windows[index]
      return Block(
        attention: attention, attentionNorms: Norms(before: sizes.norm("\(layer).input_layernorm")),
        feedForward: sizes.gated("\(layer).mlp", activation),
        feedForwardNorms: Norms(before: sizes.norm("\(layer).post_attention_layernorm")))
    }
    return sizes.decoder(&reader, purpose, rotary: reader.rotary(sizes), blocks: blocks)
  }
}

extension ConfigurationReader {
  /// The window of each layer of a Qwen.
  mutating func qwenWindows(_ count: Int) -> [Int?] {
    let window = bool("use_sliding_window", fallback: false) ? window(fallback: 4096) : nil
    let first = int("max_window_layers", in: 0...(1 << 24), fallback: 28)
    return layerTypes(count) { window != nil && $0 >= first ? .sliding : .full }.map { $0 == .sliding ? needed(window) : nil }
  }
}
