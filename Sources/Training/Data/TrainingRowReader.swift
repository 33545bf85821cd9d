import Files
import LanguageModel

/// Turns rows of a training file into sequences with labels.
///
/// Four shapes, the ones TRL reads plus ids: `prompt` and `completion` (text or messages; the loss is on the completion and its end token), `messages`
/// (rendered through the chat template; the loss is on the last assistant turn with what ends it), `text` (every token), `token_ids` with `labels`
/// (-100 where nothing is taught). A `weight` multiplies the row's loss. Other keys are the caller's own and are passed over.
struct TrainingRowReader {
  /// What happened to the rows, for the run's record.
  struct Counts: Sendable, Hashable, Codable {
    var rows = 0
    var sequences = 0
    var tokens = 0
    var supervisedTokens = 0
    /// Rows whose prompt's last tokens changed when the completion followed, so that supervision begins at the last common token.
    var mergedBoundaries = 0
    /// Rows that lost tokens to `max_length`.
    var truncated = 0
    /// Rows whose completion teaches no stop token: a model trained on them alone would not stop.
    var withoutStop = 0

    enum CodingKeys: String, CodingKey {
      case rows, sequences, tokens
      case supervisedTokens = "supervised_tokens"
      case mergedBoundaries = "merged_boundaries"
      case truncated
      case withoutStop = "without_stop"
    }
  }

  let model: ModelFolder
  let maximumLength: Int
  let truncation: TrainingConfiguration.Truncation?
  private let stops: Set<Int32>
  private let terminator: Int32?
  private(set) var counts = Counts()

  init(model: ModelFolder, maximumLength: Int, truncation: TrainingConfiguration.Truncation?) {
    self.model = model
    self.maximumLength = maximumLength
    self.truncation = truncation
    stops = Set(model.generation.eos + model.configuration.eos)
    // The tokenizer's own end token, as TRL takes it; it may be another than the model's list begins with.
    terminator =
      model.chat.specialTokens["eos_token"]?.stringValue.flatMap(model.tokenizer.id(of:)) ?? model.configuration.eos.first
      ?? model.generation.eos.first
  }

  /// What is wrong with a row.
  struct Fault: Error {
    /// Where it stands; filled in by `read`.
    var line = 0
    var problem: String
    var hint: String?

    init(_ problem: String, hint: String? = nil) {
      self.problem = problem
      self.hint = hint
    }
  }

  /// The sequences of one row: one, or several for a `text` longer than the limit.
  mutating func read(_ row: OrderedJSON, line: Int) throws -> [TrainingExample] {
    do {
      return try examples(of: row, line: line)
    } catch var fault as Fault {
      fault.line = line
      throw fault
    }
  }

  private mutating func examples(of row: OrderedJSON, line: Int) throws -> [TrainingExample] {
    guard row.objectValue != nil else { throw Fault("must be a JSON object, got \(row.kindName)") }
    let shapes = ["token_ids", "messages", "prompt", "text"].filter { row[$0] != nil }
    guard let shape = shapes.first else {
      throw Fault("has none of prompt and completion, messages, text, token_ids", hint: "each row is one of these shapes")
    }
    guard shapes.count == 1 else { throw Fault("has both \(shapes[0]) and \(shapes[1]); which to train on is not clear", hint: "leave one out") }
    let weight = try weight(of: row)
    var examples: [TrainingExample]
    switch shape {
    case "token_ids": examples = [try tokenRow(row)]
    case "messages": examples = [try messagesRow(row)]
    case "prompt": examples = [try promptRow(row)]
    default: examples = try textRow(row)
    }
    for index in examples.indices {
      examples[index] = try fit(examples[index])
      examples[index].line = line
      examples[index].weight = weight
    }
    try check(examples)
    counts.rows += 1
    counts.sequences += examples.count
    for example in examples {
      counts.tokens += example.tokens.count
      counts.supervisedTokens += example.supervisedCount
    }
    return examples
  }

  // MARK: - Shapes

  private func tokenRow(_ row: OrderedJSON) throws -> TrainingExample {
    let tokens = try ids(row["token_ids"], name: "token_ids")
    let labels = row["labels"] == nil ? tokens : try ids(row["labels"], name: "labels")
    guard labels.count == tokens.count else { throw Fault("has \(tokens.count) token_ids and \(labels.count) labels; they must be as many") }
    for (name, values) in [("token_ids", tokens), ("labels", labels)] {
      for (place, id) in values.enumerated() where !(0..<Int32(model.configuration.vocabularySize) ~= id) {
        if name == "labels", id == TrainingExample.unsupervised { continue }
        throw Fault("\(name)[\(place)] is \(id), outside the vocabulary of \(model.configuration.vocabularySize)")
      }
    }
    return TrainingExample(line: 0, tokens: tokens, labels: labels, weight: 1)
  }

  private mutating func messagesRow(_ row: OrderedJSON) throws -> TrainingExample {
    let conversation = try messages(row["messages"], name: "messages")
    guard let last = conversation.last, last["role"]?.stringValue == "assistant" else {
      throw Fault("the last message is not the assistant's, so there is nothing to learn", hint: "end messages with {\"role\": \"assistant\", ...}")
    }
    guard saysSomething(last) else { throw Fault("the assistant's last message is empty") }
    return try rendered(prompt: Array(conversation.dropLast()), whole: conversation, tools: row["tools"])
  }

  private mutating func promptRow(_ row: OrderedJSON) throws -> TrainingExample {
    guard let completion = row["completion"] else { throw Fault("has a prompt and no completion") }
    if row["prompt"]?.arrayValue != nil || completion.arrayValue != nil {
      let prompt = try messages(row["prompt"], name: "prompt")
      let answer = try messages(completion, name: "completion")
      guard answer.contains(where: saysSomething) else { throw Fault("the completion is empty") }
      return try rendered(prompt: prompt, whole: prompt + answer, tools: row["tools"])
    }
    guard let prompt = row["prompt"]?.stringValue, let answer = completion.stringValue else {
      throw Fault("prompt and completion must both be text, or both lists of messages")
    }
    guard !answer.utf8.isEmpty else { throw Fault("the completion is empty") }
    var whole = model.tokenizer.ids(prompt + answer, addSpecialTokens: true)
    if let terminator, whole.last != terminator { whole.append(terminator) }
    return completionOnly(prompt: model.tokenizer.ids(prompt, addSpecialTokens: true), whole: whole)
  }

  private func textRow(_ row: OrderedJSON) throws -> [TrainingExample] {
    guard let text = row["text"]?.stringValue else { throw Fault("text must be a string, got \(row["text"]?.kindName ?? "nothing")") }
    guard !text.utf8.isEmpty else { throw Fault("the text is empty") }
    var ids = model.tokenizer.ids(text, addSpecialTokens: true)
    if let terminator, ids.last != terminator { ids.append(terminator) }
    var pieces = stride(from: 0, to: ids.count, by: maximumLength).map { Array(ids[$0..<min($0 + maximumLength, ids.count)]) }
    // One token alone has nothing before it, so nothing could be learned from it.
    if pieces.count > 1, pieces.last?.count == 1 { pieces.removeLast() }
    return pieces.map { TrainingExample(line: 0, tokens: $0, labels: $0, weight: 1) }
  }

  // MARK: - Parts

  private mutating func rendered(prompt: [OrderedJSON], whole: [OrderedJSON], tools: OrderedJSON?) throws -> TrainingExample {
    let before: String
    let text: String
    do {
      before = try model.render(messages: .array(prompt), addGenerationPrompt: true, tools: tools)
      text = try model.render(messages: .array(whole), addGenerationPrompt: false, tools: tools)
    } catch {
      throw Fault("could not be rendered: \(error)")
    }
    // The template writes the special tokens itself; the tokenizer adding its own would give a second beginning-of-text.
    return completionOnly(
      prompt: model.tokenizer.ids(before, addSpecialTokens: false), whole: model.tokenizer.ids(text, addSpecialTokens: false))
  }

  /// Masks what `whole` has in common with `prompt`.
  private mutating func completionOnly(prompt: [Int32], whole: [Int32]) -> TrainingExample {
    var common = 0
    while common < min(prompt.count, whole.count), prompt[common] == whole[common] { common += 1 }
    if common < prompt.count { counts.mergedBoundaries += 1 }
    var labels = whole
    for place in 0..<common { labels[place] = TrainingExample.unsupervised }
    if !stops.isEmpty, !whole[common...].contains(where: stops.contains) { counts.withoutStop += 1 }
    return TrainingExample(line: 0, tokens: whole, labels: labels, weight: 1)
  }

  private mutating func check(_ examples: [TrainingExample]) throws {
    for example in examples {
      guard example.tokens.count >= 2 else {
        throw Fault("has \(example.tokens.count == 1 ? "one token" : "no tokens"); at least two are needed, one to read and one to say")
      }
      guard example.supervisedCount > 0 else {
        throw Fault("teaches nothing: every label after the first is masked", hint: "supervise at least one token")
      }
      for id in example.tokens where !(0..<Int32(model.configuration.vocabularySize) ~= id) {
        throw Fault(
          "the tokenizer gave id \(id), beyond the model's vocabulary of \(model.configuration.vocabularySize)",
          hint: "the folder's tokenizer is not the model's")
      }
    }
  }

  private func weight(of row: OrderedJSON) throws -> Float {
    guard let value = row["weight"], !value.isNull else { return 1 }
    guard let number = value.doubleValue, number > 0, number <= 1e6 else {
      throw Fault("weight must be a number greater than 0 and at most 1000000, got \(value.text())", hint: "leave rows that should not count out")
    }
    return Float(number)
  }

  private func ids(_ value: OrderedJSON?, name: String) throws -> [Int32] {
    guard let values = value?.arrayValue else { throw Fault("\(name) must be a list of whole numbers") }
    return try values.enumerated().map { place, value in
      guard let id = value.intValue.flatMap(Int32.init(exactly:)) else { throw Fault("\(name)[\(place)] is not a whole number: \(value.text())") }
      return id
    }
  }

  private func messages(_ value: OrderedJSON?, name: String) throws -> [OrderedJSON] {
    guard let values = value?.arrayValue, !values.isEmpty else { throw Fault("\(name) must be a list of messages, not empty") }
    for (place, value) in values.enumerated() where value["role"]?.stringValue == nil {
      throw Fault("\(name)[\(place)] must be an object with a role and a content")
    }
    return values
  }

  private func saysSomething(_ message: OrderedJSON) -> Bool {
    if let content = message["content"]?.stringValue { return !content.utf8.isEmpty }
    // A turn may consist of tool calls, or of content in parts.
    return !(message["tool_calls"]?.arrayValue ?? message["content"]?.arrayValue ?? []).isEmpty
  }

  /// Cuts a sequence to the limit, or refuses it where the configuration does not say which end to keep.
  private mutating func fit(_ example: TrainingExample) throws -> TrainingExample {
    guard example.tokens.count > maximumLength else { return example }
    var example = example
    switch truncation {
    case nil:
      throw Fault(
        "has \(example.tokens.count) tokens, more than max_length \(maximumLength)",
        hint: "shorten the row, raise max_length (the model's limit is \(model.configuration.maximumPositions)), or set truncation_mode")
    case .keepStart:
      example.tokens.removeLast(example.tokens.count - maximumLength)
      example.labels.removeLast(example.labels.count - maximumLength)
    case .keepEnd:
      example.tokens.removeFirst(example.tokens.count - maximumLength)
      example.labels.removeFirst(example.labels.count - maximumLength)
    }
    counts.truncated += 1
    guard example.supervisedCount > 0 else { throw Fault("teaches nothing once it is cut to max_length \(maximumLength)") }
    return example
  }
}
