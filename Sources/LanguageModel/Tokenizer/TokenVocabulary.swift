internal import Files

/// The tokens of a tokenizer, those of the model and those that were added.
struct TokenVocabulary: Sendable {
  /// By id; nil where no token has the id.
  var texts: [String?]
  var ids: ByteStringTable
  /// Added tokens that are normalized, where that changes them: decoders get what the normalizer made of them.
  var normalizedTexts: [Int32: String] = [:]
  var specials: Set<Int32> = []
  /// Texts that are left out when special tokens are.
  var specialTexts: Set<ExactText> = []

  func id(of token: String) -> Int32? { ids.id(Array(token.utf8)[...]) }

  func token(of id: Int32) -> String? { texts.indices.contains(Int(id)) ? texts[Int(id)] : nil }
}
