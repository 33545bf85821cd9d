/// Turns tokens into text as they come, without ever giving out half a character.
///
/// The pieces put together are `Tokenizer.decode` of all the ids. What a later token can still change waits: an open character, a run of byte tokens, the last token of a
/// decoder that treats the last one differently.
public struct StreamDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipSpecial: Bool
  private var chain: DecodingChain

  init(_ tokenizer: Tokenizer, skipSpecial: Bool) {
    self.tokenizer = tokenizer
    self.skipSpecial = skipSpecial
    chain = DecodingChain(tokenizer.decoder)
  }

  /// The text that the next token completes; empty while nothing is complete.
  public mutating func append(_ id: Int32) -> String {
    guard let token = tokenizer.decodedToken(of: id, skipSpecial: skipSpecial) else { return "" }
    return chain.take(token)
  }

  /// What is left at the end: a character that never became whole, as U+FFFD.
  public mutating func finish() -> String {
    defer { chain = DecodingChain(tokenizer.decoder) }
    return chain.finish()
  }
}
