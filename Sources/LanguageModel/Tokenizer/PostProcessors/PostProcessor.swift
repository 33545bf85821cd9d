/// What is done to the tokens at the end: special tokens put around them, white space taken out of the offsets.
///
/// Source: huggingface/tokenizers, processors/.
enum PostProcessor: Sendable {
  /// `ByteLevel`: offsets leave out the spaces that belong to tokens.
  case byteLevel(trimsOffsets: Bool, addsPrefixSpace: Bool)
  /// `BertProcessing`: [CLS] A [SEP] B [SEP]
  case bert(classify: Special, separate: Special)
  /// `RobertaProcessing`: <s> A </s></s> B </s>, all of type 0
  case roberta(classify: Special, separate: Special, trimsOffsets: Bool, addsPrefixSpace: Bool)
  /// `TemplateProcessing`
  case template(single: [Piece], pair: [Piece])
  case sequence([PostProcessor])

  struct Special: Sendable, Hashable {
    var id: Int32
    var token: String
  }

  enum Piece: Sendable, Hashable {
    case first(typeID: Int32)
    case second(typeID: Int32)
    /// Tokens that the template adds.
    case special(ids: [Int32], tokens: [String], typeID: Int32)
  }

  /// Puts one or two encoded texts together. Without special tokens the templates still order the texts and set their type ids.
  static func process(_ processor: PostProcessor?, _ first: Encoding, _ second: Encoding?, addSpecialTokens: Bool) -> Encoding {
    var parts = [first]
    parts[0].typeIDs = Array(repeating: 0, count: first.count)
    if var second {
      second.typeIDs = Array(repeating: 1, count: second.count)
      parts.append(second)
    }
    processor?.apply(to: &parts, addSpecialTokens: addSpecialTokens)
    return parts.dropFirst().reduce(into: parts.first ?? Encoding()) { $0.append($1) }
  }

  /// The ids it may add.
  var ids: [Int32] {
    switch self {
    case .byteLevel: return []
    case .bert(let classify, let separate), .roberta(let classify, let separate, _, _): return [classify.id, separate.id]
    case .sequence(let processors): return processors.flatMap(\.ids)
    case .template(let single, let pair):
      return (single + pair).flatMap { piece -> [Int32] in
        if case .special(let ids, _, _) = piece { return ids }
        return []
      }
    }
  }

  /// How many tokens a text gets in addition to its own.
  func addedCount(isPair: Bool) -> Int {
    switch self {
    case .byteLevel: return 0
    case .bert: return isPair ? 3 : 2
    case .roberta: return isPair ? 4 : 2
    case .sequence(let processors): return processors.reduce(0) { $0 + $1.addedCount(isPair: isPair) }
    case .template(let single, let pair):
      return (isPair ? pair : single).reduce(0) {
        if case .special(let ids, _, _) = $1 { return $0 + ids.count }
        return $0
      }
    }
  }

  private func apply(to parts: inout [Encoding], addSpecialTokens: Bool) {
    switch self {
    case .byteLevel(let trims, let addsPrefixSpace):
      guard trims else { return }
      for i in parts.indices { OffsetTrimmer.trim(&parts[i], addsPrefixSpace: addsPrefixSpace) }
    case .bert(let classify, let separate):
      guard addSpecialTokens else { return }
      for i in parts.indices { parts[i] = Encoding(i == 0 ? classify : nil, parts[i], separate, typeID: i == 0 ? 0 : 1) }
    case .roberta(let classify, let separate, let trims, let addsPrefixSpace):
      for i in parts.indices {
        if trims { OffsetTrimmer.trim(&parts[i], addsPrefixSpace: addsPrefixSpace) }
        parts[i].typeIDs = Array(repeating: 0, count: parts[i].count)
        if addSpecialTokens { parts[i] = Encoding(i == 0 ? classify : separate, parts[i], separate, typeID: 0) }
      }
    case .sequence(let processors):
      for processor in processors { processor.apply(to: &parts, addSpecialTokens: addSpecialTokens) }
    case .template(let single, let pair):
      parts = (parts.count > 1 ? pair : single).compactMap { Self.fill($0, parts, addSpecialTokens) }
    }
  }

  private static func fill(_ piece: Piece, _ parts: [Encoding], _ addSpecialTokens: Bool) -> Encoding? {
    switch piece {
    case .first(let typeID): return typed(parts.first, typeID)
    case .second(let typeID): return typed(parts.dropFirst().first, typeID)
    case .special(let ids, let tokens, let typeID):
      guard addSpecialTokens else { return nil }
      return Encoding(
        ids: ids, tokens: tokens, offsets: Array(repeating: 0..<0, count: ids.count), typeIDs: Array(repeating: typeID, count: ids.count))
    }
  }

  private static func typed(_ encoding: Encoding?, _ typeID: Int32) -> Encoding? {
    guard var encoding else { return nil }
    encoding.typeIDs = Array(repeating: typeID, count: encoding.count)
    return encoding
  }
}

extension Encoding {
  /// A text between two special tokens.
  fileprivate init(_ before: PostProcessor.Special?, _ encoding: Encoding, _ after: PostProcessor.Special, typeID: Int32) {
    self.init()
    if let before { append(before, typeID) }
    append(encoding)
    append(after, typeID)
  }

  private mutating func append(_ special: PostProcessor.Special, _ typeID: Int32) {
    ids.append(special.id)
    tokens.append(special.token)
    offsets.append(0..<0)
    typeIDs.append(typeID)
  }
}
