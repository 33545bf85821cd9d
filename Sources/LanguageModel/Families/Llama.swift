/// Llama 1 to 3, SmolLM 1 and 2, TinyLlama, and all who save themselves as LlamaForCausalLM. Source: transformers' modeling_llama.py.
extension Family {
  static let llama = Family(type: "llama", architectures: ["LlamaForCausalLM": .causal, "LlamaModel": .base], purpose: .causal) { reader, purpose in
    let sizes = DecoderSizes(&reader)
    let activation = reader.activation("hidden_act", fallback: .silu)
    let (attentionBias, mlpBias) = (reader.bool("attention_bias", fallback: false), reader.bool("mlp_bias", fallback: false))
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      return Block(
        attention: sizes.attention("\(layer).self_attn", inputBias: attentionBias, outputBias: attentionBias),
        attentionNorms: Norms(before: sizes.norm("\(layer).input_layernorm")),
        feedForward: sizes.gated("\(layer).mlp", activation, bias: mlpBias),
        feedForwardNorms: Norms(before: sizes.norm("\(layer).post_attention_layernorm")))
    }
    return sizes.decoder(&reader, purpose, rotary: reader.rotary(sizes), blocks: blocks)
  }
}
