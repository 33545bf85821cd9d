internal import Files
internal import Kernels

/// BERT, and MiniLM and most sentence embedders, which are BERTs: learned positions and token types, norms after every branch, every token sees all.
/// Source: transformers' modeling_bert.py. The classes' head reads the first token through the pooler.
extension Family {
  static let bert = Family(
    type: "bert",
    architectures: [
      "BertModel": .base, "BertForMaskedLM": .base, "BertForPreTraining": .base, "BertForSequenceClassification": .classification,
    ], purpose: .base
  ) { reader, purpose in
    let sizes = EncoderSizes(&reader)
    let head: Head =
      purpose != .classification
      ? .none
      : .classification(
        reader.classifier(
          dense: Linear("bert.pooler.dense", sizes.hidden, sizes.hidden, bias: true), .tanh, output: "classifier", hidden: sizes.hidden))
    return sizes.encoder(&reader, prefix: "bert.", counting: .fromZero, head: head)
  }
}

/// What BERT and RoBERTa share, which is nearly all.
struct EncoderSizes {
  var vocabulary: Int
  var hidden: Int
  var intermediate: Int
  var layers: Int
  var heads: Int
  var positions: Int
  var types: Int
  var epsilon: Double

  init(_ reader: inout ConfigurationReader) {
    let size = 1...(1 << 24)
    vocabulary = reader.int("vocab_size", in: size)
    hidden = reader.int("hidden_size", in: size)
    intermediate = reader.int("intermediate_size", in: size)
    layers = reader.int("num_hidden_layers", in: 1...1024)
    heads = reader.int("num_attention_heads", in: 1...4096)
    positions = reader.int("max_position_embeddings", in: size)
    types = reader.int("type_vocab_size", in: size, fallback: 2)
    epsilon = reader.double("layer_norm_eps", in: 0...1, fallback: 1e-12)
    if hidden % heads != 0 { reader.faults.add("hidden_size \(hidden) is not a multiple of num_attention_heads \(heads)") }
    if let kind = reader["position_embedding_type"]?.stringValue, kind != "absolute" {
      reader.faults.add("position_embedding_type is \(kind), only absolute is done")
    }
    if reader.bool("is_decoder", fallback: false) { reader.faults.add("is_decoder is true; BERTs are run as encoders") }
  }

  func encoder(_ reader: inout ConfigurationReader, prefix: String, counting: Embedding.Counting, head: Head) -> ModelConfiguration {
    let activation = reader.activation("hidden_act", fallback: .gelu)
    func linear(_ path: String, _ input: Int, _ output: Int) -> Linear { Linear(path, input, output, bias: true) }
    func norm(_ path: String) -> Norm { Norm("\(path).LayerNorm", hidden, .layer, epsilon) }
    let headDimension = max(hidden / heads, 1)
    let blocks = (0..<layers).map { index in
      let layer = "\(prefix)encoder.layer.\(index)"
      return Block(
        attention: Attention(
          inputs: ["query", "key", "value"].map { linear("\(layer).attention.self.\($0)", hidden, hidden) },
          output: linear("\(layer).attention.output.dense", hidden, hidden), heads: heads, keyValueHeads: heads, headDimension: headDimension,
          scale: 1 / Double(headDimension).squareRoot(), isCausal: false),
        attentionNorms: Norms(after: norm("\(layer).attention.output")),
        feedForward: FeedForward(
          inputs: [linear("\(layer).intermediate.dense", hidden, intermediate)], isGated: false, activation: activation,
          output: linear("\(layer).output.dense", intermediate, hidden)),
        feedForwardNorms: Norms(after: norm("\(layer).output")))
    }
    var places = positions
    if case .afterPadding(let id) = counting {
      places = positions - Int(id) - 1
      if places < 1 { reader.faults.add("max_position_embeddings \(positions) leaves no place after the padding id \(id)") }
    }
    return ModelConfiguration(
      &reader, prefix: prefix, vocabulary: vocabulary, hidden: hidden, positions: places,
      embedding: Embedding(
        tokens: "\(prefix)embeddings.word_embeddings.weight",
        positions: Embedding.Table(name: "\(prefix)embeddings.position_embeddings.weight", rows: positions), counting: counting,
        types: Embedding.Table(name: "\(prefix)embeddings.token_type_embeddings.weight", rows: types), norm: norm("\(prefix)embeddings")),
      rotaries: [], blocks: blocks, finalNorm: nil, head: head)
  }
}

extension ConfigurationReader {
  /// The classes of `id2label` (else `num_labels`, else two, without names of their own, as in transformers), and what becomes of their logits.
  mutating func classifier(dense: Linear, _ activation: Activation, output: String, hidden: Int) -> Classifier {
    var labels = (0..<int("num_labels", in: 1...(1 << 20), fallback: 2)).map { "LABEL_\($0)" }
    if let value = self["id2label"] {
      let members = value.objectValue ?? JSONObject()
      labels = (0..<members.keys.count).map { members["\($0)"]?.stringValue ?? "" }
      if labels.isEmpty || labels.contains("") { faults.add("id2label must name the classes 0, 1, …, found \(value.text().prefix(80))") }
    }
    let problem = self["problem_type"]?.stringValue
    let scoring: Classifier.Scoring
    switch problem {
    case "regression": scoring = .none
    case "multi_label_classification": scoring = .sigmoid
    case nil, "single_label_classification": scoring = labels.count == 1 ? .sigmoid : .softmax
    default:
      faults.add("problem_type is \(problem ?? ""), which is not known")
      scoring = .none
    }
    return Classifier(
      dense: dense, activation: activation, output: Linear(output, hidden, max(labels.count, 1), bias: true), labels: labels, scoring: scoring)
  }
}
