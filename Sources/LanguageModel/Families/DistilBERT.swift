internal import Kernels

/// DistilBERT: BERT under other names, without token types and pooler. Source: transformers' modeling_distilbert.py.
extension Family {
  static let distilBERT = Family(
    type: "distilbert",
    architectures: ["DistilBertModel": .base, "DistilBertForMaskedLM": .base, "DistilBertForSequenceClassification": .classification],
    purpose: .base
  ) { reader, purpose in
    let size = 1...(1 << 24)
    let (vocabulary, hidden) = (reader.int("vocab_size", in: size), reader.int("dim", in: size))
    let (layers, heads) = (reader.int("n_layers", in: 1...1024), reader.int("n_heads", in: 1...4096))
    let (intermediate, positions) = (reader.int("hidden_dim", in: size), reader.int("max_position_embeddings", in: size))
    let activation = reader.activation("activation", fallback: .gelu)
    if hidden % heads != 0 { reader.faults.add("dim \(hidden) is not a multiple of n_heads \(heads)") }
    let headDimension = max(hidden / heads, 1)

    func linear(_ path: String, _ input: Int, _ output: Int) -> Linear { Linear(path, input, output, bias: true) }
    func norm(_ path: String) -> Norm { Norm(path, hidden, .layer, 1e-12) }
    let blocks = (0..<layers).map { index in
      let layer = "distilbert.transformer.layer.\(index)"
      return Block(
        attention: Attention(
          inputs: ["q_lin", "k_lin", "v_lin"].map { linear("\(layer).attention.\($0)", hidden, hidden) },
          output: linear("\(layer).attention.out_lin", hidden, hidden), heads: heads, keyValueHeads: heads, headDimension: headDimension,
          scale: 1 / Double(headDimension).squareRoot(), isCausal: false),
        attentionNorms: Norms(after: norm("\(layer).sa_layer_norm")),
        feedForward: FeedForward(
          inputs: [linear("\(layer).ffn.lin1", hidden, intermediate)], isGated: false, activation: activation,
          output: linear("\(layer).ffn.lin2", intermediate, hidden)),
        feedForwardNorms: Norms(after: norm("\(layer).output_layer_norm")))
    }
    let head: Head =
      purpose != .classification
      ? .none : .classification(reader.classifier(dense: linear("pre_classifier", hidden, hidden), .relu, output: "classifier", hidden: hidden))
    return ModelConfiguration(
      &reader, prefix: "distilbert.", vocabulary: vocabulary, hidden: hidden, positions: positions,
      embedding: Embedding(
        tokens: "distilbert.embeddings.word_embeddings.weight",
        positions: Embedding.Table(name: "distilbert.embeddings.position_embeddings.weight", rows: positions),
        norm: norm("distilbert.embeddings.LayerNorm")), rotaries: [], blocks: blocks, finalNorm: nil, head: head)
  }
}
