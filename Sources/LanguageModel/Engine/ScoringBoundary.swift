internal import Files

/// Where a context ends and its continuation begins, in tokens, as lm-evaluation-harness 0.4.13 draws the line for decoders
/// (`EleutherAI/lm-evaluation-harness: lm_eval/api/model.py` `_encode_pair` and `loglikelihood`, `models/huggingface.py`, `utils.py`):
///
/// - white space at the context's end (Python's) goes to the continuation; context and continuation are tokenized as one text, and the continuation's tokens are
///   those behind as many as the context alone has. A token that merges across the boundary so shifts it: scores compare because that is not mended;
/// - special tokens are put around a text as the tokenizer does by itself, but not when the text begins with the prefix token's text already;
/// - an empty context is the prefix token: the tokenizer's beginning of sequence, else its end. A continuation that begins with it has it for its context;
/// - of a text that is too long the end is kept: as many tokens as the model has positions, and one more, which is only predicted;
/// - a rolling score cuts a text into windows that each predict what the window before has not, the first behind the prefix token.
///
/// How we differ: a context of white space alone is the prefix token too where the tokenizer puts nothing around an empty text (the reference fails), and what the
/// reference asserts, a continuation of some tokens that fits the context, is a fault of that request.
public struct ScoringBoundary: Sendable {
  /// What stands before a text that nothing else stands before; nil for a tokenizer without special tokens.
  public let prefix: Int32?
  /// The model's positions.
  public let tokensMax: Int
  private let tokenizer: Tokenizer
  private let prefixText: String?

  public init(tokenizer: Tokenizer, prefix: Int32?, tokensMax: Int) {
    self.tokenizer = tokenizer
    self.prefix = prefix
    self.tokensMax = tokensMax
    prefixText = prefix.map { tokenizer.decode([$0], skipSpecial: false) }
  }

  /// The tokenizer's own tokens come first, as its files name them; then the model's.
  public init(_ folder: ModelFolder) {
    let named = ["bos_token", "eos_token"].lazy.compactMap { folder.specialTokens[$0]?.stringValue.flatMap(folder.tokenizer.id(of:)) }.first
    let prefix = named ?? folder.generation.bos ?? folder.generation.eos.first
    self.init(tokenizer: folder.tokenizer, prefix: prefix, tokensMax: folder.configuration.maximumPositions)
  }

  // MARK: - Requests

  /// A continuation behind a context.
  public func request(context: String, continuation: String) throws(ScoringFault) -> ScoreRequest {
    guard !context.isEmpty else {
      let own = tokenizer.ids(continuation, addSpecialTokens: false)
      guard !own.isEmpty else { throw .nothingToScore }
      let prefix = try neededPrefix()
      return try own[0] == prefix ? fitted(Array(own[..<1]), Array(own[1...])) : fitted([prefix], own)
    }
    let (text, space) = context.splitBeforeTrailingSpace()
    let before = ids(text)
    let whole = ids(text + space + continuation)
    return try fitted(before.isEmpty ? [neededPrefix()] : before, Array(whole.dropFirst(before.count)))
  }

  /// A whole text, of which all but the first token is scored.
  public func request(text: String) throws(ScoringFault) -> ScoreRequest { try request(tokens: ids(text), promptTokens: 1) }

  /// Tokens that somebody else made, of which those behind the prompt's are scored, and never the first.
  public func request(tokens: [Int32], promptTokens: Int) throws(ScoringFault) -> ScoreRequest {
    let scored = max(1, promptTokens)
    return try fitted(Array(tokens.prefix(scored)), Array(tokens.dropFirst(scored)))
  }

  /// A whole text in windows, of which every token is scored; none for a text without tokens. The text's score is the sum over its windows.
  public func rolling(text: String) throws(ScoringFault) -> [ScoreRequest] {
    let tokens = ids(text)
    guard !tokens.isEmpty else { return [] }
    let first = min(tokensMax, tokens.count)
    var windows = [ScoreRequest(tokens: try [neededPrefix()] + tokens[..<first], promptTokens: 1)]
    for start in stride(from: first, to: tokens.count, by: tokensMax) {
      // The last window reaches back, so that its tokens have as much before them as there is room for.
      let end = min(start + tokensMax, tokens.count)
      windows.append(ScoreRequest(tokens: Array(tokens[(end - tokensMax - 1)..<end]), promptTokens: tokensMax + 1 - (end - start)))
    }
    return windows
  }

  /// The tokens of a text, special tokens around it unless it begins with the prefix token's text itself. May be empty.
  public func ids(_ text: String) -> [Int32] {
    let hasPrefix = prefixText.map { !$0.isEmpty && text.utf8.starts(with: $0.utf8) } ?? false
    return tokenizer.ids(text, addSpecialTokens: !hasPrefix)
  }

  // MARK: - Private

  private func neededPrefix() throws(ScoringFault) -> Int32 {
    guard let prefix else { throw .noPrefix }
    return prefix
  }

  private func fitted(_ context: [Int32], _ continuation: [Int32]) throws(ScoringFault) -> ScoreRequest {
    guard !context.isEmpty, !continuation.isEmpty else { throw .nothingToScore }
    guard continuation.count <= tokensMax else { throw .tooLong(tokens: continuation.count, limit: tokensMax) }
    let dropped = max(0, context.count + continuation.count - (tokensMax + 1))
    let kept = context.dropFirst(dropped)
    return ScoreRequest(tokens: kept + continuation, promptTokens: kept.count, truncated: dropped)
  }
}

/// Why a text cannot be scored.
public enum ScoringFault: Error, Hashable, Sendable, CustomStringConvertible {
  case nothingToScore
  /// More tokens are to be scored than the model has positions.
  case tooLong(tokens: Int, limit: Int)
  /// Nothing stands before the first token, and the tokenizer has no token to put there.
  case noPrefix

  public var description: String {
    switch self {
    case .nothingToScore: "there is nothing to score: no token follows the prompt"
    case .tooLong(let tokens, let limit):
      "\(tokens) tokens are to be scored, the model's context has \(limit)\nhint: a whole text of any length can be scored in windows (--rolling)"
    case .noPrefix: "nothing stands before the text, and the tokenizer names no bos_token or eos_token to put there\nhint: give a prompt"
    }
  }
}
