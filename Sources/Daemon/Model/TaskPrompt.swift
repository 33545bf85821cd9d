import LanguageModel

/// How an input becomes the tokens that the model is given: the model's chat template around it, with nothing of the input taken for markup.
struct TaskPrompt: Sendable {
  private let folder: ModelFolder
  private let system: String?
  private let inputTokensMax: Int
  /// Texts that the tokenizer reads as special tokens wherever they stand.
  private let specials: [String]

  struct Tokens: Sendable {
    var ids: [Int32]
    /// The tokens that are the input's own.
    var input: Range<Int>
    /// Whether the end of the input was cut off.
    var truncated: Bool
  }

  init(folder: ModelFolder, system: String?, inputTokensMax: Int) {
    self.folder = folder
    self.system = system
    self.inputTokensMax = inputTokensMax
    let tokenizer = folder.tokenizer
    specials = (0..<Int32(tokenizer.vocabularySize)).compactMap { tokenizer.isSpecial($0) ? tokenizer.token(of: $0) : nil }
  }

  /// - Throws: when the template fails, or nothing is left of the input.
  func tokens(_ input: String) throws -> Tokens {
    let (content, truncated) = fit(input)
    guard !content.isEmpty else { throw EmptyInput() }
    var conversation: [ChatMessage] = system.map { [.system($0)] } ?? []
    conversation.append(.user(content))
    let text = try folder.render(conversation, addGenerationPrompt: true)
    let encoding = folder.tokenizer.encode(text, addSpecialTokens: false)
    let scalars = Array(text.unicodeScalars)
    let wanted = Array(content.unicodeScalars)
    let start = Self.lastOccurrence(of: wanted, in: scalars) ?? 0
    let end = start + wanted.count
    let inside = encoding.offsets.indices.filter { encoding.offsets[$0].lowerBound >= start && encoding.offsets[$0].upperBound <= end }
    let span = inside.first.map { $0..<(inside.last! + 1) } ?? 0..<encoding.ids.count
    return Tokens(ids: encoding.ids, input: span, truncated: truncated)
  }

  /// Without special tokens' texts and outer white space (templates trim it), and no longer than the model is to read.
  private func fit(_ input: String) -> (text: String, truncated: Bool) {
    // A token is at most a few dozen scalars long, so what lies beyond this can never be read: a megabyte costs no more than a page.
    let scalarsMax = inputTokensMax * 32
    var text = String(String.UnicodeScalarView(input.unicodeScalars.prefix(scalarsMax)))
    let long = input.unicodeScalars.count > scalarsMax
    for special in specials { text = text.replacing(special, with: " ") }
    text = Self.trimmed(text)
    let encoding = folder.tokenizer.encode(text, addSpecialTokens: false)
    guard encoding.ids.count > inputTokensMax else { return (text, long) }
    let end = encoding.offsets[inputTokensMax - 1].upperBound
    return (Self.trimmed(String(String.UnicodeScalarView(text.unicodeScalars.prefix(end)))), true)
  }

  private static func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }

  private static func lastOccurrence(of wanted: [Unicode.Scalar], in text: [Unicode.Scalar]) -> Int? {
    guard !wanted.isEmpty, wanted.count <= text.count else { return nil }
    return (0...(text.count - wanted.count)).last { start in
      text[start] == wanted[0] && text[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}

/// Nothing is left of an input once white space and markup are taken away.
struct EmptyInput: Error, CustomStringConvertible {
  var description: String { "the input has no text" }
}
