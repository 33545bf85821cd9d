/// How text is cut into words before the model sees it: `pre_tokenizer` of tokenizer.json.
///
/// Source: huggingface/tokenizers, pre_tokenizers/.
indirect enum PreTokenizer: Sendable {
  case split(TextPattern, SplitBehavior, invert: Bool)
  /// - addsPrefixSpace: a space is put before a piece that does not begin with one.
  /// - usesPattern: cuts by GPT-2's pattern.
  /// - spells: writes bytes as characters; off where the model takes the bytes themselves.
  case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool, spells: Bool)
  case metaspace(Metaspace)
  case unicodeScripts
  case fixedLength(Int)
  case sequence([PreTokenizer])

  /// The words of some pieces, none of them empty.
  func cut(_ pieces: [TextSlice]) -> [TextSlice] {
    switch self {
    case .split(let pattern, let behavior, let invert):
      return Self.flatMap(pieces) { piece, add in
        behavior.split(piece.text.scalars, in: piece.range, by: pattern, invert: invert) { add(TextSlice(piece.text, $0)) }
      }
    case .byteLevel(let addsPrefixSpace, let usesPattern, let spells):
      let words = Self.flatMap(pieces) { piece, add in Self.cutByteLevel(piece, addsPrefixSpace, usesPattern, add) }
      return spells ? words.map(Self.spelled) : words
    case .metaspace(let metaspace): return Self.flatMap(pieces, metaspace.cut)
    case .unicodeScripts: return Self.flatMap(pieces, Self.cutScripts)
    case .fixedLength(let length):
      return Self.flatMap(pieces) { piece, add in
        for start in stride(from: piece.range.lowerBound, to: piece.range.upperBound, by: length) {
          add(TextSlice(piece.text, start..<min(start + length, piece.range.upperBound)))
        }
      }
    case .sequence(let parts): return parts.reduce(pieces) { $1.cut($0) }
    }
  }

  private static func flatMap(_ pieces: [TextSlice], _ cut: (TextSlice, (TextSlice) -> Void) -> Void) -> [TextSlice] {
    var result: [TextSlice] = []
    result.reserveCapacity(pieces.count)
    for piece in pieces { cut(piece) { if !$0.range.isEmpty { result.append($0) } } }
    return result
  }

  private static func cutByteLevel(_ piece: TextSlice, _ addsPrefixSpace: Bool, _ usesPattern: Bool, _ add: (TextSlice) -> Void) {
    var piece = piece
    if addsPrefixSpace && piece.first != " " {
      var text = NormalizedText(piece)
      text.prepend([" "])
      piece = TextSlice(text)
    }
    guard usesPattern else { return add(piece) }
    SplitPattern.gpt2.forEachPiece(of: piece.text.scalars, in: piece.range) { add(TextSlice(piece.text, $0)) }
  }

  private static func spelled(_ word: TextSlice) -> TextSlice {
    var text = NormalizedText(word)
    ByteAlphabet.spell(&text)
    return TextSlice(text)
  }

  /// Cuts where the script changes; Hiragana and Katakana go with Han, and spaces with anything (as the table has it).
  private static func cutScripts(_ piece: TextSlice, _ add: (TextSlice) -> Void) {
    var start: Int?
    var last: UInt8?
    for place in piece.range {
      let script = SentencePieceScripts.number(of: piece.text.scalars[place])
      if script != 0, last != script {
        if let begin = start { add(TextSlice(piece.text, begin..<place)) }
        start = place
      }
      if script != 0 { last = script }
    }
    if let start { add(TextSlice(piece.text, start..<piece.range.upperBound)) }
  }
}
