/// Why the engine cannot compute what it was asked.
public enum EngineFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// A prompt without tokens: there is nothing to condition on.
  case emptyPrompt(index: Int)
  /// `tokens` with what is to follow exceed the model's `limit` positions.
  case tooLong(index: Int, tokens: Int, limit: Int)
  /// A token id the model has no embedding for.
  case unknownToken(index: Int, id: Int32, vocabulary: Int)
  /// A token type the model has no embedding for.
  case unknownType(index: Int, type: Int32, types: Int)
  case noLabels
  case emptyLabel(index: Int)
  /// A span that is empty or reaches over its prompt's end.
  case spanOutside(index: Int, span: Range<Int>, tokens: Int)
  /// Not one span (or seed, or number of prompt tokens) for each prompt.
  case countDiffers(what: String, expected: Int, got: Int)
  /// The model's output is NaN or infinite.
  case notFinite(index: Int)
  /// Stop strings and text need a tokenizer, which this engine was made without.
  case noTokenizer
  /// What this architecture has no head for.
  case cannot(String, architecture: String)
  /// An adapter was merged when the weights were read, and the base is not there any more.
  case baseNotKept
  /// A generation option outside its range.
  case option(String)

  public var description: String { words { "\($0) \($1)" } }

  /// The same where there is one prompt or text only, and its number would say nothing.
  public var descriptionOfOne: String { words { kind, _ in "the \(kind)" } }

  private func words(_ name: (_ kind: String, _ index: Int) -> String) -> String {
    switch self {
    case .emptyPrompt(let index):
      "\(name("prompt", index)) has no tokens\nhint: an empty text becomes at least one token through the chat template or a beginning-of-sequence token"
    case .tooLong(let index, let tokens, let limit):
      "\(name("prompt", index)) needs \(tokens) positions, the model has \(limit)\nhint: shorten the input before rendering it"
    case .unknownToken(let index, let id, let vocabulary):
      "\(name("prompt", index)) holds token id \(id), the model's vocabulary has \(vocabulary)\nhint: the tokenizer belongs to another model"
    case .unknownType(let index, let type, let types): "\(name("text", index)) has a token of type \(type), the model knows \(types)"
    case .noLabels: "there are no labels to choose from"
    case .emptyLabel(let index): "\(name("label", index)) has no tokens"
    case .spanOutside(let index, let span, let tokens):
      "span \(span.lowerBound)..<\(span.upperBound) of \(name("prompt", index)) is empty or outside its \(tokens) tokens"
    case .countDiffers(let what, let expected, let got): "\(got) \(what) were given for \(expected) prompts"
    case .notFinite(let index):
      "the model's output for \(name("prompt", index)) is not a finite number\nhint: the weights are damaged or training diverged; verify the model's hash"
    case .noTokenizer: "stop strings and text need a tokenizer, and the engine was made from weights alone"
    case .cannot(let what, let architecture): "the model is a \(architecture), which cannot \(what)"
    case .baseNotKept:
      "the engine's base was not kept\nhint: load the base without an adapter, then put adapters over it"
    case .option(let what): what
    }
  }
}
