internal import Kernels

/// RoBERTa: a BERT whose positions are counted from behind the padding token's, with a head of its own. Source: transformers' modeling_roberta.py.
extension Family {
  static let roberta = Family(
    type: "roberta",
    architectures: ["RobertaModel": .base, "RobertaForMaskedLM": .base, "RobertaForSequenceClassification": .classification], purpose: .base
  ) { reader, purpose in
    let sizes = EncoderSizes(&reader)
    let pad = reader.int("pad_token_id", in: 0...(1 << 24), fallback: 1)
    let head: Head =
      purpose != .classification
      ? .none
      : .classification(
        reader.classifier(
          dense: Linear("classifier.dense", sizes.hidden, sizes.hidden, bias: true), .tanh, output: "classifier.out_proj", hidden: sizes.hidden))
    return sizes.encoder(&reader, prefix: "roberta.", counting: .afterPadding(id: Int32(pad)), head: head)
  }
}
