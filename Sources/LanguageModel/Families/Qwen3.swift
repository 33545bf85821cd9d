/// Qwen 3, dense: a Llama whose heads are normalised before they are turned; heads of 128 whatever the hidden size. Source: transformers' modeling_qwen3.py.
extension Family {
  static let qwen3 = Family(type: "qwen3", architectures: ["Qwen3ForCausalLM": .causal, "Qwen3Model": .base], purpose: .causal) { reader, purpose in
    let sizes = DecoderSizes(&reader, headDimension: 128, keyValueHeads: 32)
    let activation = reader.activation("hidden_act", fallback: .silu)
    let bias = reader.bool("attention_bias", fallback: false)
    let windows = reader.qwenWindows(sizes.layers)
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention("\(layer).self_attn", inputBias: bias, outputBias: bias)
      attention.queryNorm = Norm("\(layer).self_attn.q_norm", sizes.headDimension, .rms, sizes.epsilon)
      attention.keyNorm = Norm("\(layer).self_attn.k_norm", sizes.headDimension, .rms, sizes.epsilon)
      attention.window = windows[index]
      return Block(
        attention: attention, attentionNorms: Norms(before: sizes.norm("\(layer).input_layernorm")),
        feedForward: sizes.gated("\(layer).mlp", activation),
        feedForwardNorms: Norms(before: sizes.norm("\(layer).post_attention_layernorm")))
    }
    return sizes.decoder(&reader, purpose, rotary: reader.rotary(sizes), blocks: blocks)
  }
}
