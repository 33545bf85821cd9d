/// What is done to the tokens at the end: special tokens put around them, white space taken out of the offsets.
enum PostProcessor: Sendable {
  /// `ByteLevel`: offsets leave out the spaces that belong to tokens.
  case byteLevel(trimsOffsets: Bool, addsPrefixSpace: Bool)
  /// `TemplateProcessing`
  case template(single: [Piece], pair: [Piece])
  case sequence([PostProcessor])

  enum Piece: Sendable, Hashable {
    case first(typeID: Int32)
    case second(typeID: Int32)
    /// Tokens that the template adds.
    case special(ids: [Int32], tokens: [String], typeID: Int32)
  }

  /// A run of tokens on its way to the result.
  private struct Part {
    var encoding: Encoding
    var typeID: Int32
  }

  /// Puts one or two encoded texts together. Without special tokens the templates still order the texts and set their type ids.
  static func process(_ processor: PostProcessor?, _ first: Encoding, _ second: Encoding?, addSpecialTokens: Bool) -> Encoding {
    var parts = [Part(encoding: first, typeID: 0)]
    if let second { parts.append(Part(encoding: second, typeID: 1)) }
    processor?.apply(to: &parts, addSpecialTokens: addSpecialTokens)
    return parts.reduce(into: Encoding()) { $0.append($1.encoding, typeID: $1.typeID) }
  }

  /// How many tokens a text gets in addition to its own.
  func addedCount(isPair: Bool) -> Int {
    switch self {
    case .byteLevel: return 0
    case .sequence(let processors): return processors.reduce(0) { $0 + $1.addedCount(isPair: isPair) }
    case .template(let single, let pair):
      return (isPair ? pair : single).reduce(0) {
        if case .special(let ids, _, _) = $1 { return $0 + ids.count }
        return $0
      }
    }
  }

  private func apply(to parts: inout [Part], addSpecialTokens: Bool) {
    switch self {
    case .byteLevel(let trims, let addsPrefixSpace):
      guard trims else { return }
      for i in parts.indices { Self.trimOffsets(&parts[i].encoding, addsPrefixSpace: addsPrefixSpace) }
    case .sequence(let processors):
      for processor in processors { processor.apply(to: &parts, addSpecialTokens: addSpecialTokens) }
    case .template(let single, let pair):
      var result: [Part] = []
      for piece in parts.count > 1 ? pair : single {
        switch piece {
        case .first(let typeID): result.append(Part(encoding: parts[0].encoding, typeID: typeID))
        case .second(let typeID): if parts.count > 1 { result.append(Part(encoding: parts[1].encoding, typeID: typeID)) }
        case .special(let ids, let tokens, let typeID):
          guard addSpecialTokens else { continue }
          let none = Array(repeating: 0..<0, count: ids.count)
          result.append(Part(encoding: Encoding(ids: ids, tokens: tokens, offsets: none, typeIDs: []), typeID: typeID))
        }
      }
      parts = result
    }
  }

  /// Source: huggingface/tokenizers, pre_tokenizers/byte_level.rs (`process_offsets`).
  private static func trimOffsets(_ encoding: inout Encoding, addsPrefixSpace: Bool) {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{120}" || ScalarClass.of(scalar).contains(.space) }
    for i in encoding.tokens.indices {
      let scalars = encoding.tokens[i].unicodeScalars
      var leading = scalars.prefix(while: isSpace).count
      let trailing = scalars.reversed().prefix(while: isSpace).count
      var (start, end) = (encoding.offsets[i].lowerBound, encoding.offsets[i].upperBound)
      if leading > 0 {
        // One space may be the one that was put before the text: it is in no offset, so it is not taken out of one either.
        if addsPrefixSpace && (i == 0 || start == 0) && leading == 1 { leading = 0 }
        start = min(start + leading, end)
      }
      if trailing > 0 && end >= trailing { end = max(end - trailing, start) }
      encoding.offsets[i] = start..<end
    }
  }
}
