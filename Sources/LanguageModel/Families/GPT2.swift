/// GPT-2 and DistilGPT-2: learned positions, LayerNorm, a plain MLP; weights stored (in, out), q, k and v in one. Source: transformers' modeling_gpt2.py.
extension Family {
  static let gpt2 = Family(type: "gpt2", architectures: ["GPT2LMHeadModel": .causal, "GPT2Model": .base], purpose: .causal) { reader, purpose in
    let size = 1...(1 << 24)
    let (vocabulary, hidden) = (reader.int("vocab_size", in: size), reader.int("n_embd", in: size))
    let (layers, heads) = (reader.int("n_layer", in: 1...1024), reader.int("n_head", in: 1...4096))
    let positions = reader.int("n_positions", in: size)
    let intermediate = reader.int("n_inner", in: size, fallback: 4 * hidden)
    let epsilon = reader.double("layer_norm_epsilon", in: 0...1, fallback: 1e-5)
    let activation = reader.activation("activation_function", fallback: .geluTanh)
    let isScaled = reader.bool("scale_attn_weights", fallback: true)
    let isScaledByLayer = reader.bool("scale_attn_by_inverse_layer_idx", fallback: false)
    if hidden % heads != 0 { reader.faults.add("n_embd \(hidden) is not a multiple of n_head \(heads)") }
    let headDimension = max(hidden / heads, 1)

    func conv(_ path: String, _ input: Int, _ output: Int) -> Linear { Linear(path, input, output, bias: true, transposed: true) }
    func norm(_ path: String) -> Norm { Norm(path, hidden, .layer, epsilon) }
    let blocks = (0..<layers).map { index in
      let layer = "transformer.h.\(index)"
      return Block(
        attention: Attention(
          inputs: [conv("\(layer).attn.c_attn", hidden, 3 * hidden)], output: conv("\(layer).attn.c_proj", hidden, hidden), heads: heads,
          keyValueHeads: heads, headDimension: headDimension,
          scale: (isScaled ? 1 / Double(headDimension).squareRoot() : 1) / (isScaledByLayer ? Double(index + 1) : 1)),
        attentionNorms: Norms(before: norm("\(layer).ln_1")),
        feedForward: FeedForward(
          inputs: [conv("\(layer).mlp.c_fc", hidden, intermediate)], isGated: false, activation: activation,
          output: conv("\(layer).mlp.c_proj", intermediate, hidden)),
        feedForwardNorms: Norms(before: norm("\(layer).ln_2")))
    }
    let tied = reader.bool("tie_word_embeddings", fallback: true)
    return ModelConfiguration(
      &reader, prefix: "transformer.", vocabulary: vocabulary, hidden: hidden, positions: positions,
      embedding: Embedding(tokens: "transformer.wte.weight", positions: Embedding.Table(name: "transformer.wpe.weight", rows: positions)),
      rotaries: [], blocks: blocks, finalNorm: norm("transformer.ln_f"),
      head: purpose == .causal ? .language(tied ? nil : Linear("lm_head", hidden, vocabulary), softcap: nil) : .none)
  }
}
