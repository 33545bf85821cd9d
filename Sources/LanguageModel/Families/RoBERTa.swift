internal import Kernels

/// RoBERTa: a BERT whose positions are counted from behind the padding token's, with a head of its own. XLM-RoBERTa and CamemBERT are the same with other tokenizers.
///
/// Source: transformers' modeling_roberta.py, modeling_xlm_roberta.py, modeling_camembert.py.
extension Family {
  static let roberta = likeRoBERTa(type: "roberta", named: "Roberta")
  static let xlmRoBERTa = likeRoBERTa(type: "xlm-roberta", named: "XLMRoberta")
  static let camemBERT = likeRoBERTa(type: "camembert", named: "Camembert")

  private static func likeRoBERTa(type: String, named name: String) -> Family {
    Family(
      type: type,
      architectures: ["\(name)Model": .base, "\(name)ForMaskedLM": .base, "\(name)ForSequenceClassification": .classification], purpose: .base
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
}
