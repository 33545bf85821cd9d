/// The regular expressions that byte-level tokenizers split text with, each as a hand scanner over Unicode scalars.
///
/// A pattern is recognised by its exact text in tokenizer.json, never guessed from a model's name. Each scanner takes the alternatives in the pattern's order,
/// with the backtracking that the engine would do spelt out; all of them match every text from end to end. Linear in the length of the text.
enum SplitPattern: Sendable, Hashable, CaseIterable {
  case gpt2
  case llama3
  case qwen2
  case o200k

  var regex: String {
    switch self {
    case .gpt2: #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    case .llama3:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .qwen2:
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    case .o200k:
      #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
        + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
        + #"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
  }

  /// The pattern with exactly this text, if it is known.
  init?(regex: String) {
    guard let known = Self.allCases.first(where: { $0.regex == regex }) else { return nil }
    self = known
  }

  /// Calls `body` with every piece of `text[range]`, in order; the pieces cover the range.
  func forEachPiece(of text: [Unicode.Scalar], in range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = range.lowerBound
    while start < range.upperBound {
      let end =
        switch self {
        case .gpt2: Self.gpt2End(text, start, range.upperBound)
        case .llama3: Self.llama3End(text, start, range.upperBound, digits: 3)
        case .qwen2: Self.llama3End(text, start, range.upperBound, digits: 1)
        case .o200k: Self.o200kEnd(text, start, range.upperBound)
        }
      body(start..<end)
      start = end
    }
  }

  // MARK: - Scanners: the end of the piece that begins at `start`

  private static func gpt2End(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Int {
    let first = text[start]
    // 's|'t|'re|'ve|'m|'ll|'d
    if first == "'", let length = contraction(text, start, end, foldingCase: false) { return start + length }
    // ` ?` before any of the three runs
    let body = first == " " && start + 1 < end ? start + 1 : start
    let kind = ScalarClass.of(text[body])
    if kind.contains(.letter) { return run(text, body, end) { $0.contains(.letter) } }
    if kind.contains(.number) { return run(text, body, end) { $0.contains(.number) } }
    if kind.isDisjoint(with: [.space, .letter, .number]) { return run(text, body, end) { $0.isDisjoint(with: [.space, .letter, .number]) } }
    return spacesEnd(text, start, end)
  }

  private static func llama3End(_ text: [Unicode.Scalar], _ start: Int, _ end: Int, digits: Int) -> Int {
    let first = text[start]
    let kind = ScalarClass.of(first)
    // (?i:'s|'t|'re|'ve|'m|'ll|'d)
    if first == "'", let length = contraction(text, start, end, foldingCase: true) { return start + length }
    // [^\r\n\p{L}\p{N}]?\p{L}+
    if kind.contains(.letter) { return run(text, start, end) { $0.contains(.letter) } }
    if kind.isDisjoint(with: [.lineEnd, .number]), start + 1 < end, ScalarClass.of(text[start + 1]).contains(.letter) {
      return run(text, start + 1, end) { $0.contains(.letter) }
    }
    return otherEnd(text, start, end, digits: digits) { $0.contains(.lineEnd) }
  }

  /// A word, its capitals first, with a contraction; or what `otherEnd` says.
  private static func o200kEnd(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Int {
    // [^\r\n\p{L}\p{N}]? before both kinds of words
    let hasPrefix = ScalarClass.of(text[start]).isDisjoint(with: [.lineEnd, .letter, .number])
    let body = hasPrefix ? start + 1 : start
    let capitals = run(text, body, end) { $0.contains(.notLower) }
    var word: Int?
    if capitals < end, ScalarClass.of(text[capitals]).contains(.notUpper) {
      word = run(text, capitals, end) { $0.contains(.notUpper) }
    } else if let last = text[body..<capitals].lastIndex(where: { ScalarClass.of($0).contains(.notUpper) }) {
      // The greedy capitals give back up to the last character that can also be the other kind.
      word = last + 1
    } else if hasPrefix, ScalarClass.of(text[start]).contains(.notUpper) {
      // A mark before capitals is no prefix but a word.
      word = start + 1
    } else if capitals > body {
      word = capitals
    }
    guard let word else {
      return otherEnd(text, start, end, digits: 3) { !$0.isDisjoint(with: [.lineEnd, .slash]) }
    }
    guard word < end, text[word] == "'", let length = contraction(text, word, end, foldingCase: true) else { return word }
    return word + length
  }

  /// `\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
  ///
  /// - trails: what may follow the marks of the second alternative.
  private static func otherEnd(_ text: [Unicode.Scalar], _ start: Int, _ end: Int, digits: Int, trails: (ScalarClass) -> Bool) -> Int {
    let first = text[start]
    if ScalarClass.of(first).contains(.number) { return run(text, start, min(end, start + digits)) { $0.contains(.number) } }
    //  ?[^\s\p{L}\p{N}]+[\r\n]*
    let body = first == " " && start + 1 < end ? start + 1 : start
    if ScalarClass.of(text[body]).isDisjoint(with: [.space, .letter, .number]) {
      let marks = run(text, body, end) { $0.isDisjoint(with: [.space, .letter, .number]) }
      return run(text, marks, end, trails)
    }
    // \s*[\r\n]+: the greedy \s* gives back up to the last line end of the run
    let spaces = run(text, start, end) { $0.contains(.space) }
    if let last = text[start..<spaces].lastIndex(where: { $0 == "\n" || $0 == "\r" }) { return last + 1 }
    return spacesEnd(text, start, end)
  }

  /// `\s+(?!\S)|\s+`: a run of spaces leaves its last one to a word that follows, unless it has only one.
  private static func spacesEnd(_ text: [Unicode.Scalar], _ start: Int, _ end: Int) -> Int {
    let spaces = run(text, start, end) { $0.contains(.space) }
    return spaces == end || spaces - start == 1 ? spaces : spaces - 1
  }

  private static func run(_ text: [Unicode.Scalar], _ start: Int, _ end: Int, _ belongs: (ScalarClass) -> Bool) -> Int {
    var place = start
    while place < end, belongs(ScalarClass.of(text[place])) { place += 1 }
    return place
  }

  /// Length of 's 't 're 've 'm 'll 'd at `start`, which holds the apostrophe. Folding case, the long ſ (U+017F) is an s.
  private static func contraction(_ text: [Unicode.Scalar], _ start: Int, _ end: Int, foldingCase: Bool) -> Int? {
    func letter(_ place: Int) -> Unicode.Scalar? {
      guard place < end else { return nil }
      let scalar = text[place]
      guard foldingCase else { return scalar }
      if scalar == "\u{17F}" { return "s" }
      return ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
    }
    switch (letter(start + 1), letter(start + 2)) {
    case ("s", _), ("t", _), ("m", _), ("d", _): return 2
    case ("r", "e"), ("v", "e"), ("l", "l"): return 3
    default: return nil
    }
  }
}
