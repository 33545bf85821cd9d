internal import Files

/// A token that is found in the text before anything else is done with it.
struct AddedToken: Sendable {
  var id: Int32
  var content: String
  /// Left out by `decode(skipSpecial: true)`.
  var isSpecial: Bool
  /// Found only where no word character touches it.
  var singleWord: Bool
  /// Takes the white space before it.
  var stripsLeft: Bool
  /// Takes the white space after it.
  var stripsRight: Bool
  /// Looked for in the normalized text, not in the raw one.
  var isNormalized: Bool

  /// What is looked for in normalized text.
  func normalizedContent(_ normalizer: Normalizer?) -> [Unicode.Scalar] {
    var text = NormalizedText(Array(content.unicodeScalars), start: 0)
    normalizer?.apply(to: &text)
    return text.scalars
  }
}

/// Finds added tokens in text: leftmost first, the longest of those that begin together.
///
/// Source: huggingface/tokenizers, tokenizer/added_vocabulary.rs (`find_matches`). The search goes on after a match even when the match is then thrown out
/// for touching a word.
struct AddedTokenMatcher: Sendable {
  enum Part: Sendable {
    case text(Range<Int>)
    case token(AddedToken, Range<Int>)
  }

  private struct Node: Sendable {
    var next: [UInt32: Int] = [:]
    var token: Int?
  }

  private var nodes: [Node] = [Node()]
  private var tokens: [AddedToken] = []
  /// Whether a token begins with a character of this low byte: most characters are passed over by it.
  private var begins = [Bool](repeating: false, count: 256)

  /// - contents: what is looked for, if not the tokens' own contents (they may be normalized).
  init(_ tokens: [AddedToken], contents: (AddedToken) -> [Unicode.Scalar] = { Array($0.content.unicodeScalars) }) {
    for token in tokens {
      var node = 0
      for scalar in contents(token) {
        if let known = nodes[node].next[scalar.value] {
          node = known
        } else {
          nodes.append(Node())
          nodes[node].next[scalar.value] = nodes.count - 1
          node = nodes.count - 1
        }
      }
      // A token without content would match everywhere; the first of two that look the same stays.
      if node != 0 && nodes[node].token == nil {
        if let first = contents(token).first { begins[Int(first.value & 0xFF)] = true }
        nodes[node].token = self.tokens.count
        self.tokens.append(token)
      }
    }
  }

  /// The text cut into tokens and what is between them. The parts cover it; where the white space that a token takes holds another token, they overlap, as the
  /// reference's do.
  func split(_ text: [Unicode.Scalar]) -> [Part] {
    if tokens.isEmpty { return text.isEmpty ? [] : [.text(text.indices)] }
    var parts: [Part] = []
    var done = 0
    var place = 0
    while place < text.count {
      guard begins[Int(text[place].value & 0xFF)], let (token, matchEnd) = longestMatch(text, at: place) else {
        place += 1
        continue
      }
      var start = place
      var end = matchEnd
      place = matchEnd
      if token.singleWord, touchesWord(text, start, end) { continue }
      if token.stripsLeft {
        if start < done { start = done }
        while start > done, text[start - 1].isWhiteSpace { start -= 1 }
      }
      if token.stripsRight {
        while end < text.count, text[end].isWhiteSpace { end += 1 }
      }
      // Where white space was taken by the token before, this one may have nothing left.
      if start > end { continue }
      if done < start { parts.append(.text(done..<start)) }
      parts.append(.token(token, start..<end))
      done = end
    }
    if done < text.count { parts.append(.text(done..<text.count)) }
    return parts
  }

  private func longestMatch(_ text: [Unicode.Scalar], at start: Int) -> (AddedToken, Int)? {
    var node = 0
    var place = start
    var found: (AddedToken, Int)?
    while place < text.count, let next = nodes[node].next[text[place].value] {
      node = next
      place += 1
      if let token = nodes[node].token { found = (tokens[token], place) }
    }
    return found
  }

  private func touchesWord(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Bool {
    (start > 0 && ScalarFlags.of(text[start - 1]).contains(.word)) || (end < text.count && ScalarFlags.of(text[end]).contains(.word))
  }
}
