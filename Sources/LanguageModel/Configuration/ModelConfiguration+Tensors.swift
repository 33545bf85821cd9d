extension ModelConfiguration {
  /// Tensors that some files hold and that change nothing: buffers of older versions, a tied head, heads that this architecture does not use.
  func isHarmless(_ name: String) -> Bool {
    let buffers = ["rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias", "embeddings.position_ids", "embeddings.token_type_ids"]
    if buffers.contains(where: name.hasSuffix) { return true }
    if tiedEmbeddings && name == "lm_head.weight" { return true }
    // What masked language models were pretrained with, beside the encoder.
    let others = ["cls.", "lm_head.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "pooler.", "\(prefix)pooler."]
    return !isCausal && others.contains(where: name.hasPrefix)
  }

  /// The names a tensor may be stored under: its own, without the prefix where the bare model was saved, and LayerNorm's of TensorFlow's time.
  func spellings(_ name: String) -> [String] {
    let own = name.hasPrefix(prefix) ? [name, String(name.dropFirst(prefix.count))] : [name]
    let old = own.flatMap { name -> [String] in
      if name.hasSuffix("LayerNorm.weight") { return [name.dropLast("weight".count) + "gamma"] }
      if name.hasSuffix("LayerNorm.bias") { return [name.dropLast("bias".count) + "beta"] }
      return []
    }
    return own + old
  }
}
