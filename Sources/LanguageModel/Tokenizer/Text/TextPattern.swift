/// What `Split`, `Replace` and their kin look for in a text.
enum TextPattern: Sendable {
  /// One character.
  case scalar(Unicode.Scalar)
  /// Characters, one after the other; never empty.
  case literal([Unicode.Scalar])
  /// Any one character that is so.
  case whiteSpace
  case flags(ScalarFlags)
  /// `\w+|[^\w\s]+` of Rust's regex
  case words
  /// A pattern that has a scanner of its own.
  case scanner(SplitPattern)
  case regex(Regex)

  /// Calls `body` with every match and everything between matches, in order; the parts cover the range.
  ///
  /// Source: huggingface/tokenizers, tokenizer/pattern.rs.
  func forEachPart(of text: [Unicode.Scalar], in range: Range<Int>, _ body: (Range<Int>, _ isMatch: Bool) -> Void) {
    if range.isEmpty { return body(range, false) }
    switch self {
    case .scalar(let wanted): Self.forEachScalar(of: text, in: range, { $0 == wanted }, body)
    case .whiteSpace: Self.forEachScalar(of: text, in: range, \.isWhiteSpace, body)
    case .flags(let flags): Self.forEachScalar(of: text, in: range, { !ScalarFlags.of($0).isDisjoint(with: flags) }, body)
    case .literal(let wanted): Self.forEachLiteral(wanted, of: text, in: range, body)
    case .words: Self.forEachWord(of: text, in: range, body)
    case .scanner(let pattern): pattern.forEachPiece(of: text, in: range) { body($0, true) }
    case .regex(let regex):
      var done = range.lowerBound
      regex.forEachMatch(in: text, range) { match in
        if done < match.lowerBound { body(done..<match.lowerBound, false) }
        body(match, true)
        done = match.upperBound
      }
      if done < range.upperBound { body(done..<range.upperBound, false) }
    }
  }

  private static func forEachScalar(
    of text: [Unicode.Scalar], in range: Range<Int>, _ isWanted: (Unicode.Scalar) -> Bool, _ body: (Range<Int>, Bool) -> Void
  ) {
    var done = range.lowerBound
    for place in range where isWanted(text[place]) {
      if done < place { body(done..<place, false) }
      body(place..<(place + 1), true)
      done = place + 1
    }
    if done < range.upperBound { body(done..<range.upperBound, false) }
  }

  private static func forEachLiteral(
    _ wanted: [Unicode.Scalar], of text: [Unicode.Scalar], in range: Range<Int>, _ body: (Range<Int>, Bool) -> Void
  ) {
    var done = range.lowerBound
    var place = done
    while place + wanted.count <= range.upperBound {
      guard text[place] == wanted[0], text[place..<(place + wanted.count)].elementsEqual(wanted) else {
        place += 1
        continue
      }
      if done < place { body(done..<place, false) }
      body(place..<(place + wanted.count), true)
      place += wanted.count
      done = place
    }
    if done < range.upperBound { body(done..<range.upperBound, false) }
  }

  private static func forEachWord(of text: [Unicode.Scalar], in range: Range<Int>, _ body: (Range<Int>, Bool) -> Void) {
    enum Kind { case word, space, other }
    func kind(_ scalar: Unicode.Scalar) -> Kind { ScalarFlags.of(scalar).contains(.word) ? .word : scalar.isWhiteSpace ? .space : .other }
    var start = range.lowerBound
    while start < range.upperBound {
      let first = kind(text[start])
      var end = start + 1
      while end < range.upperBound, kind(text[end]) == first { end += 1 }
      body(start..<end, first != .space)
      start = end
    }
  }
}

/// What becomes of the matches that a text is split at.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// The parts that stay, in order. `Removed` leaves the matches out.
  ///
  /// Source: huggingface/tokenizers, tokenizer/normalizer.rs (`split`).
  func split(_ text: [Unicode.Scalar], in range: Range<Int>, by pattern: TextPattern, invert: Bool, _ body: (Range<Int>) -> Void) {
    var kept: [(range: Range<Int>, isMatch: Bool)] = []
    switch self {
    case .isolated: return pattern.forEachPart(of: text, in: range) { part, _ in body(part) }
    case .removed: return pattern.forEachPart(of: text, in: range) { part, isMatch in if isMatch == invert { body(part) } }
    default: pattern.forEachPart(of: text, in: range) { kept.append(($0, $1 != invert)) }
    }
    if self == .mergedWithNext { kept.reverse() }
    var merged: [Range<Int>] = []
    var lastIsMatch = false
    for (part, isMatch) in kept {
      let joins = self == .contiguous ? isMatch == lastIsMatch : isMatch && !lastIsMatch
      if joins, let last = merged.last {
        merged[merged.count - 1] = min(last.lowerBound, part.lowerBound)..<max(last.upperBound, part.upperBound)
      } else {
        merged.append(part)
      }
      lastIsMatch = isMatch
    }
    if self == .mergedWithNext { merged.reverse() }
    for part in merged { body(part) }
  }
}
