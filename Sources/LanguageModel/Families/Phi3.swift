/// Phi-3, 3.5 and 4 (mini, medium): q, k and v in one layer, gate and up in another; LongRoPE over the first part of each head.
/// Source: transformers' modeling_phi3.py.
extension Family {
  static let phi3 = Family(type: "phi3", architectures: ["Phi3ForCausalLM": .causal, "Phi3Model": .base], purpose: .causal) { reader, purpose in
    let sizes = DecoderSizes(&reader, epsilon: 1e-5)
    let activation = reader.activation("hidden_act", fallback: .silu)
    let window = reader.window(fallback: nil)
    let (key, members) = reader.rotaryMembers()
    // Phi-3's first files say "su" or "yarn" for LongRoPE.
    let rotary = reader.rotary(
      key, members, headDimension: sizes.headDimension, theta: reader.double("rope_theta", in: 1...1e12, fallback: 10_000),
      positions: sizes.positions, original: reader.originalPositions() ?? 4096,
      partial: reader.double("partial_rotary_factor", in: 0...1, fallback: 1), aliases: ["su": "longrope", "yarn": "longrope"])
    if !["default", "longrope"].contains(rotary.rotary.type) {
      reader.faults.add("\(key) has the rope_type \(rotary.rotary.type); Phi-3 has default or longrope")
    }
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention("\(layer).self_attn")
      attention.inputs = [Linear("\(layer).self_attn.qkv_proj", sizes.hidden, sizes.queryWidth + 2 * sizes.keyValueWidth)]
      attention.window = window
      var mlp = sizes.gated("\(layer).mlp", activation)
      mlp.inputs = [Linear("\(layer).mlp.gate_up_proj", sizes.hidden, 2 * sizes.intermediate)]
      return Block(
        attention: attention, attentionNorms: Norms(before: sizes.norm("\(layer).input_layernorm")), feedForward: mlp,
        feedForwardNorms: Norms(before: sizes.norm("\(layer).post_attention_layernorm")))
    }
    return sizes.decoder(&reader, purpose, rotary: rotary, blocks: blocks)
  }
}
