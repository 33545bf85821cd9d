extension ModelConfiguration {
  /// Every linear layer in the blocks, in the model's order: what an adapter may target.
  public var linears: [Linear] {
    blocks.flatMap { $0.attention.inputs + [$0.attention.output] + $0.feedForward.inputs + [$0.feedForward.output] }
  }

  /// Every tensor a folder of this configuration holds, with its shape as stored.
  public var tensorShapes: [(name: String, shape: [Int])] {
    var shapes: [(name: String, shape: [Int])] = [(embedding.tokens, [vocabularySize, hiddenSize])]
    func add(_ table: Embedding.Table?) { if let table { shapes.append((table.name, [table.rows, hiddenSize])) } }
    func add(_ norm: Norm?) {
      guard let norm else { return }
      shapes.append((norm.weight, [norm.size]))
      if norm.kind == .layer { shapes.append((norm.bias, [norm.size])) }
    }
    func add(_ linear: Linear) {
      shapes.append((linear.weight, linear.isTransposed ? [linear.inputSize, linear.outputSize] : [linear.outputSize, linear.inputSize]))
      if linear.hasBias { shapes.append((linear.bias, [linear.outputSize])) }
    }
    add(embedding.positions)
    add(embedding.types)
    add(embedding.norm)
    for block in blocks {
      block.attentionNorms.all.forEach(add)
      (block.attention.inputs + [block.attention.output]).forEach(add)
      add(block.attention.queryNorm)
      add(block.attention.keyNorm)
      block.feedForwardNorms.all.forEach(add)
      (block.feedForward.inputs + [block.feedForward.output]).forEach(add)
    }
    add(finalNorm)
    switch head {
    case .none, .language(nil, _): break
    case .language(let linear?, _): add(linear)
    case .classification(let classifier):
      add(classifier.dense)
      add(classifier.output)
    }
    return shapes
  }

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
