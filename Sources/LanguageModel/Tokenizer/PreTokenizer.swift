/// How text is cut into words before byte-pair encoding, as `pre_tokenizer` of tokenizer.json says: some cuts, then the byte level.
struct PreTokenizer: Sendable {
  enum Cut: Sendable, Hashable {
    /// `Split` with one of the known patterns.
    case pattern(SplitPattern)
    /// `Digits`: numerals apart from the rest, one by one or run by run.
    case digits(individual: Bool)
  }

  var cuts: [Cut] = []
  /// `ByteLevel.add_prefix_space`: a space is put before a piece that does not begin with one.
  var addsPrefixSpace = false
  /// `ByteLevel.use_regex`: GPT-2's pattern as the last cut.
  var usesPattern = true

  /// Calls `body` with every word of a piece. The text given to it is `text`, or a copy of a part with the prefix space; `origins` goes along.
  func forEachWord(of piece: TextPiece, _ body: (TextPiece, Range<Int>) -> Void) {
    var ranges = [piece.scalars.indices]
    for cut in cuts {
      var finer: [Range<Int>] = []
      for range in ranges { Self.forEachPart(cut, piece.scalars, range) { finer.append($0) } }
      ranges = finer
    }
    for range in ranges where !range.isEmpty {
      if addsPrefixSpace && piece.scalars[range.lowerBound] != " " {
        let part = piece.withPrefixSpace(range)
        lastCut(part, part.scalars.indices, body)
      } else {
        lastCut(piece, range, body)
      }
    }
  }

  private func lastCut(_ piece: TextPiece, _ range: Range<Int>, _ body: (TextPiece, Range<Int>) -> Void) {
    if usesPattern {
      SplitPattern.gpt2.forEachPiece(of: piece.scalars, in: range) { body(piece, $0) }
    } else {
      body(piece, range)
    }
  }

  private static func forEachPart(_ cut: Cut, _ text: [Unicode.Scalar], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    switch cut {
    case .pattern(let pattern): pattern.forEachPiece(of: text, in: range, body)
    case .digits(let individual):
      var start = range.lowerBound
      while start < range.upperBound {
        let isNumber = ScalarClass.of(text[start]).contains(.number)
        var end = start + 1
        if !(individual && isNumber) {
          while end < range.upperBound, ScalarClass.of(text[end]).contains(.number) == isNumber { end += 1 }
        }
        body(start..<end)
        start = end
      }
    }
  }
}

/// A stretch of the text that is encoded together, and where each of its characters comes from.
struct TextPiece: Sendable {
  var scalars: [Unicode.Scalar]
  /// Place in the original text of every scalar; nil where that is `base` plus its own place.
  var origins: [Int]?
  var base: Int

  func origin(_ place: Int) -> Int { origins?[place] ?? base + place }

  func part(_ range: Range<Int>) -> TextPiece {
    TextPiece(scalars: Array(scalars[range]), origins: origins.map { Array($0[range]) }, base: base + range.lowerBound)
  }

  /// A part with a space before it, which counts as coming from the part's first character (as the reference implementation has it).
  func withPrefixSpace(_ range: Range<Int>) -> TextPiece {
    let first = origin(range.lowerBound)
    return TextPiece(scalars: [" "] + scalars[range], origins: [first] + range.map(origin), base: 0)
  }
}
