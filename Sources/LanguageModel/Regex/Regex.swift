/// A regular expression of a tokenizer that has no scanner of its own, or of an adapter: leftmost, alternatives in their order, with backtracking.
///
/// Steps are bounded (`RegexMatcher`): a pattern of a tokenizer that goes wild on some text stops matching there, and the rest of that text is one piece.
struct Regex: Sendable {
  let pattern: String
  let dialect: RegexDialect
  /// Whether it can match between two characters.
  let canBeEmpty: Bool
  private let program: RegexProgram

  /// Matches between all characters, and nothing else.
  static let empty = Regex(pattern: "", program: .empty)

  private init(pattern: String, program: RegexProgram) {
    self.pattern = pattern
    self.program = program
    dialect = .oniguruma
    canBeEmpty = true
  }

  init(_ pattern: String, _ dialect: RegexDialect = .oniguruma) throws(RegexFault) {
    self.pattern = pattern
    self.dialect = dialect
    let node = try RegexParser.parse(pattern, dialect)
    canBeEmpty = node.length.least == 0
    program = try RegexProgram(node, dialect)
  }

  /// The end of the match that begins where the text does; nil if there is none.
  ///
  /// - wholly: whether only the text's end will do
  func end(in text: [Unicode.Scalar], wholly: Bool) -> Int? {
    var matcher = RegexMatcher(text, text.indices, remembers: dialect == .python)
    return matcher.match(program, at: 0, endingAt: wholly ? text.count : nil)
  }

  /// Calls `body` with every match in `text[range]`, in order. The range is the whole text to the pattern: nothing outside is looked at.
  ///
  /// An empty match right behind the match before it is passed over, as the reference's binding to Oniguruma does.
  func forEachMatch(in text: [Unicode.Scalar], _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    var matcher = RegexMatcher(text, range)
    var start = range.lowerBound
    var lastEnd: Int?
    while start <= range.upperBound, let match = matcher.search(program, from: start) {
      if match.isEmpty, lastEnd == match.upperBound {
        start += 1
        continue
      }
      start = match.upperBound
      lastEnd = start
      body(match)
    }
  }
}
