import ArgumentParser
import Files
import Foundation
import LanguageModel

/// What the commands that run a model take.
struct EngineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir")) var model: String
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(help: "Rows that are computed together; results do not depend on it.") var batchSize = 32
  @Option(help: "float32; bfloat16 (products twice as fast where the processor has them); or int8 (weights of 8 bits, for generation).")
  var precision = EnginePrecision.float32
  @OptionGroup var rows: RowOptions

  func validate() throws {
    guard batchSize >= 1 else { throw ValidationError("--batch-size must be at least 1") }
  }

  /// The folder and its engine.
  func load() throws -> (folder: ModelFolder, engine: LanguageEngine) {
    let folder = try ModelFolder.open(URL(filePath: model, directoryHint: .isDirectory))
    let adapter = try adapter.map { try AdapterFolder.open(URL(filePath: $0, directoryHint: .isDirectory), base: folder) }
    return (folder, try LanguageEngine(folder, adapter: adapter, precision: precision))
  }
}

/// `vigil model score`
struct ModelScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Log-probabilities of completions.",
    discussion: """
      Rows have prompt and completion; or text, of which all but the first token is scored; or token_ids and prompt_tokens. Out come logprob (sum, nats),
      greedy (whether every token was the most probable one), token_ids and token_logprobs of the scored tokens, and top with --top.
      The prompt and the completion are tokenized together; a token that spans both counts as the completion's.
      """)

  @Option(help: "List the K most probable tokens of every position.") var top = 0
  @OptionGroup var options: EngineOptions

  func validate() throws {
    guard (0...1000).contains(top) else { throw ValidationError("--top must be in 0...1000") }
  }

  func run() throws {
    try ModelFailure.translate {
      let (folder, engine) = try options.load()
      var runner = try RowRunner(options.rows)
      try runner.run(batch: options.batchSize) { row in
        let request = try Self.request(row, folder.tokenizer)
        guard request.tokens.count > max(1, request.promptTokens) else { throw RowFault("there is nothing to score: no token follows the prompt") }
        return request
      } work: { requests in
        try engine.score(requests, top: top).map(describe)
      }
    }
  }

  private static func request(_ row: InputRow, _ tokenizer: Tokenizer) throws -> ScoreRequest {
    if row["token_ids"] != nil { return ScoreRequest(tokens: try row.ids("token_ids"), promptTokens: try row.naturalNumber("prompt_tokens") ?? 0) }
    if row["text"] != nil { return ScoreRequest(tokens: tokenizer.ids(try row.text("text"))) }
    guard row["prompt"] != nil else { throw RowFault("a row needs prompt and completion, or text, or token_ids") }
    let prompt = try row.text("prompt")
    let tokens = tokenizer.ids(prompt + (try row.text("completion")))
    let common = zip(tokenizer.ids(prompt), tokens).prefix { $0 == $1 }.count
    return ScoreRequest(tokens: tokens, promptTokens: common)
  }

  private func describe(_ score: Score) -> JSONObject {
    var result = JSONObject([
      ("logprob", .double(score.logProbability)), ("greedy", .bool(score.isGreedy)), ("token_ids", .array(score.tokens.map { .int(Int($0)) })),
      ("token_logprobs", .array(score.logProbabilities.map { .double($0) })),
    ])
    if top > 0 {
      result["top"] = .array(
        score.top.map { position in .array(position.map { ["id": .int(Int($0.id)), "logprob": .double($0.logProbability)] }) })
    }
    return result
  }
}

/// `vigil model generate`
struct ModelGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "prompt, messages or token_ids; optional seed -> text, token_ids, finish_reason, prompt_tokens.",
    discussion: "Greedy unless --temperature is above 0. The same seed gives the same text, whatever else is in the batch.")

  @Option(help: "Tokens to generate at most.") var maxTokens = 64
  @Option(help: "0 is greedy; else logits are divided by it before sampling.") var temperature = 0.0
  @Option(help: "Only the K most probable tokens; 0 for all.") var topK = 0
  @Option(help: "Only the most probable tokens whose probabilities reach P together.") var topP = 1.0
  @Option(help: "Only tokens at least P times as probable as the best.") var minP = 0.0
  @Option(help: "Logits of tokens seen before are made smaller by this factor.") var repetitionPenalty = 1.0
  @Option(help: "Seed of rows without one of their own.") var seed: UInt64 = 0
  @Option(parsing: .singleValue, help: "Text that ends a generation and is cut off; may be repeated.") var stop: [String] = []
  @Flag(help: "Go on after the model's own end.") var ignoreEos = false
  @OptionGroup var options: EngineOptions

  private struct Job {
    var prompt: [Int32]
    var seed: UInt64
  }

  func validate() throws {
    guard maxTokens >= 1 else { throw ValidationError("--max-tokens must be at least 1") }
    guard temperature >= 0, temperature.isFinite else { throw ValidationError("--temperature must be at least 0") }
    guard topK >= 0 else { throw ValidationError("--top-k must be at least 0") }
    guard topP > 0, topP <= 1 else { throw ValidationError("--top-p must be above 0 and at most 1") }
    guard minP >= 0, minP <= 1 else { throw ValidationError("--min-p must be in 0...1") }
    guard repetitionPenalty > 0, repetitionPenalty.isFinite else { throw ValidationError("--repetition-penalty must be above 0") }
    guard !stop.contains(where: \.isEmpty) else { throw ValidationError("--stop cannot be empty") }
  }

  func run() throws {
    try ModelFailure.translate {
      let (folder, engine) = try options.load()
      var generation = GenerationOptions()
      generation.maximumTokens = maxTokens
      generation.temperature = temperature
      generation.topK = topK
      generation.topP = topP
      generation.minP = minP
      generation.repetitionPenalty = repetitionPenalty
      generation.stop = stop
      generation.ignoreEndOfSequence = ignoreEos
      var runner = try RowRunner(options.rows)
      try runner.run(batch: options.batchSize) { row in
        Job(prompt: try Self.prompt(row, folder), seed: try row.naturalNumber("seed").map(UInt64.init) ?? seed)
      } work: { jobs in
        try engine.generate(jobs.map(\.prompt), options: generation, seeds: jobs.map(\.seed)).map { generation in
          JSONObject([
            ("text", .string(generation.text)), ("token_ids", .array(generation.tokens.map { .int(Int($0)) })),
            ("finish_reason", .string(generation.finishReason.rawValue)), ("prompt_tokens", .int(generation.promptTokens)),
          ])
        }
      }
    }
  }

  private static func prompt(_ row: InputRow, _ folder: ModelFolder) throws -> [Int32] {
    if row["token_ids"] != nil { return try row.ids("token_ids") }
    // The template writes the special tokens itself.
    if row["messages"] != nil { return folder.tokenizer.ids(try folder.chat.render(row, addGenerationPrompt: true), addSpecialTokens: false) }
    guard row["prompt"] != nil else { throw RowFault("a row needs prompt, messages or token_ids") }
    return folder.tokenizer.ids(try row.text("prompt"))
  }
}

/// `vigil model embed`
struct ModelEmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "text or token_ids -> embedding, from the last hidden states (after the final norm).")

  @Option(
    help: ArgumentHelp("mean over all tokens, cls (the first) or last; else what modules.json says, else mean.", valueName: "mean|cls|last"),
    transform: Self.pooling)
  var pooling: Pooling?
  @Flag(inversion: .prefixedNo, help: "Scale every embedding to length 1; else what modules.json says, else not.") var normalize: Bool?
  @OptionGroup var options: EngineOptions

  func run() throws {
    try ModelFailure.translate {
      let (folder, engine) = try options.load()
      var runner = try RowRunner(options.rows)
      try runner.run(batch: options.batchSize) { row in
        if row["token_ids"] != nil { return try row.ids("token_ids") }
        guard row["text"] != nil else { throw RowFault("a row needs text or token_ids") }
        let text = try row.text("text")
        return folder.sentence?.tokens(text, folder.tokenizer) ?? folder.tokenizer.ids(text)
      } work: { texts in
        try engine.embed(texts, pooling: pooling, normalize: normalize).map { vector in
          JSONObject([("embedding", .array(vector.map { .float($0) }))])
        }
      }
    }
  }

  private static func pooling(_ text: String) throws -> Pooling {
    guard let pooling = Pooling(rawValue: text) else { throw ValidationError("--pooling must be mean, cls or last, got \(text)") }
    return pooling
  }
}

/// `vigil model classify`
struct ModelClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "text or token_ids -> label, scores, of a sequence classifier.",
    discussion:
      "scores has a number for every label: probabilities that sum to 1, or one for each label alone, or the head's output, as the model says.")

  @OptionGroup var options: EngineOptions

  func run() throws {
    try ModelFailure.translate {
      let (folder, engine) = try options.load()
      guard let labels = engine.labels else { throw EngineFault.cannot("classify", architecture: folder.configuration.architecture) }
      var runner = try RowRunner(options.rows)
      try runner.run(batch: options.batchSize) { row in
        if row["token_ids"] != nil { return try row.ids("token_ids") }
        guard row["text"] != nil else { throw RowFault("a row needs text or token_ids") }
        return folder.tokenizer.ids(try row.text("text"))
      } work: { texts in
        try engine.classify(texts).map { judged in
          let scores = JSONObject(zip(labels, judged.scores).map { ($0, .double($1)) })
          return JSONObject([("label", .string(labels[judged.best])), ("scores", .object(scores))])
        }
      }
    }
  }
}
