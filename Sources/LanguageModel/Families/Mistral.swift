/// Mistral 7B and its kin: a Llama whose layers may all have a sliding window (null from version 0.2 on). Source: transformers' modeling_mistral.py.
extension Family {
  static let mistral = Family(type: "mistral", architectures: ["MistralForCausalLM": .causal, "MistralModel": .base], purpose: .causal) {
    reader, purpose in
    let sizes = DecoderSizes(&reader, keyValueHeads: 8)
    let activation = reader.activation("hidden_act", fallback: .silu)
    let window = reader.window(fallback: 4096)
    // The reference passes over layer_types here; a file whose types say something else than its window is not for it.
    if reader.layerTypes(sizes.layers, fallback: { _ in window == nil ? .full : .sliding }).contains(where: { ($0 == .sliding) != (window != nil) }) {
      reader.faults.add("layer_types mixes windows, which MistralForCausalLM does not do")
    }
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention("\(layer).self_attn")
      attention.window = window
      return Block(
        attention: attention, attentionNorms: Norms(before: sizes.norm("\(layer).input_layernorm")),
        feedForward: sizes.gated("\(layer).mlp", activation),
        feedForwardNorms: Norms(before: sizes.norm("\(layer).post_attention_layernorm")))
    }
    return sizes.decoder(&reader, purpose, rotary: reader.rotary(sizes), blocks: blocks)
  }
}
