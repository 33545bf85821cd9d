import ArgumentParser
import Files
import Foundation
import LanguageModel

/// What the commands that run a model take.
struct EngineOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir")) var model: String
  @Option(
    help: ArgumentHelp(
      "A PEFT adapter folder, or a name for it and the folder. May be repeated: a row's `adapter` names the one it wants, or \"base\" for none; rows without one get the first.",
      valueName: "[name=]dir"))
  var adapter: [AdapterArgument] = []
  @Option(help: "Rows that are computed together; results do not depend on it.") var batchSize = 32
  @Option(help: "float32; bfloat16 (products twice as fast where the processor has them); or int8 (weights of 8 bits, for generation).")
  var precision = EnginePrecision.float32
  @OptionGroup var rows: RowOptions

  func validate() throws {
    guard batchSize >= 1 else { throw ValidationError("--batch-size must be at least 1") }
    var names: Set<String> = [EngineSet.baseName]
    for one in adapter where !names.insert(one.name).inserted {
      throw ValidationError("there are two adapters of the name \"\(one.name)\" (\"base\" is the model without one); give --adapter NAME=\(one.path)")
    }
  }

  /// The folder and its engines.
  func load() throws -> EngineSet {
    try EngineSet(ModelFolder.open(URL(filePath: model, directoryHint: .isDirectory)), adapter, precision: precision)
  }

  /// Does all rows: `prepare` makes a job of a row, `work` has some jobs done by one engine.
  func run<Job>(_ engines: EngineSet, prepare: (InputRow) throws -> Job, work: (LanguageEngine, [Job]) throws -> [JSONObject]) throws {
    var runner = try RowRunner(rows)
    try runner.run(batch: batchSize) { row in
      (choice: try engines.choice(row), job: try prepare(row))
    } work: { jobs in
      try engines.map(jobs, work)
    }
  }
}

/// `vigil model score`
struct ModelScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Log-probabilities of completions.",
    discussion: """
      Rows have prompt and completion; or text, of which all but the first token is scored; or token_ids and prompt_tokens. Out come logprob (sum, nats),
      greedy (whether every token was the most probable one), token_ids and token_logprobs of the scored tokens, truncated, and top with --top.

      Where a prompt ends is lm-evaluation-harness's rule: white space at the prompt's end goes to the completion, both are tokenized as one text, and the
      completion's tokens are those behind as many as the prompt alone has. The tokenizer puts its special tokens around the text unless the text begins with
      them. An empty prompt is the beginning-of-sequence token, or the end-of-sequence token of a tokenizer without one.

      A prompt that leaves the completion no room loses its beginning: truncated is the number of tokens that were cut off. A completion longer than the
      context, and one without a token of its own, is a bad row. With --rolling every token of a text of any length is scored, in windows that do not overlap,
      the first behind the beginning-of-sequence token; an empty text has logprob 0.
      """)

  @Option(help: "List the K most probable tokens of every position.") var top = 0
  @Flag(help: "Score texts whole, window after window.") var rolling = false
  @OptionGroup var options: EngineOptions

  func validate() throws {
    guard (0...1000).contains(top) else { throw ValidationError("--top must be in 0...1000") }
  }

  func run() throws {
    try ModelFailure.translate {
      let engines = try options.load()
      try engines.first.checkLanguageModel()
      let boundary = ScoringBoundary(engines.folder)
      try options.run(engines) { row in
        try requests(row, boundary)
      } work: { engine, jobs in
        // The windows of one text are requests like any others.
        var scores = try engine.score(jobs.flatMap { $0 }, top: top)[...]
        return jobs.map { windows in
          defer { scores = scores.dropFirst(windows.count) }
          return describe(Array(scores.prefix(windows.count)), truncated: windows.reduce(0) { $0 + $1.truncated })
        }
      }
    }
  }

  private func requests(_ row: InputRow, _ boundary: ScoringBoundary) throws -> [ScoreRequest] {
    if row["token_ids"] != nil {
      return [try boundary.request(tokens: try row.ids("token_ids"), promptTokens: try row.naturalNumber("prompt_tokens") ?? 0)]
    }
    if row["text"] != nil {
      let text = try row.text("text")
      return rolling ? try boundary.rolling(text: text) : [try boundary.request(text: text)]
    }
    guard row["prompt"] != nil else { throw RowFault("a row needs prompt and completion, or text, or token_ids") }
    return [try boundary.request(context: try row.text("prompt"), continuation: try row.text("completion"))]
  }

  private func describe(_ windows: [Score], truncated: Int) -> JSONObject {
    var result = JSONObject([
      ("logprob", .double(windows.reduce(0) { $0 + $1.logProbability })), ("greedy", .bool(windows.allSatisfy(\.isGreedy))),
      ("token_ids", .array(windows.flatMap(\.tokens).map { .int(Int($0)) })),
      ("token_logprobs", .array(windows.flatMap(\.logProbabilities).map { .double($0) })), ("truncated", .int(truncated)),
    ])
    if top > 0 {
      result["top"] = .array(
        windows.flatMap(\.top).map { position in .array(position.map { ["id": .int(Int($0.id)), "logprob": .double($0.logProbability)] }) })
    }
    return result
  }
}

/// `vigil model generate`
struct ModelGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "prompt, messages or token_ids; optional seed -> text, token_ids, finish_reason, prompt_tokens.",
    discussion: """
      Greedy unless --temperature is above 0. The same seed gives the same text, whatever else is in the batch. Filters go in the order penalty, temperature, top-k,
      top-p, min-p and keep what transformers keeps, ties included.

      finish_reason is stop (an end token, --stop or --stop-id) or length (--max-tokens, or a full context). token_ids has the token that ended it, text has
      neither special tokens nor the stop string. An empty prompt is the beginning-of-sequence token; a prompt that fills the context is a bad row.
      """)

  @Option(help: "Tokens to generate at most.") var maxTokens = 64
  @Option(help: "0 is greedy; else logits are divided by it before sampling.") var temperature = 0.0
  @Option(help: "Only the K most probable tokens, and those as probable as the last of them; 0 for all.") var topK = 0
  @Option(help: "Only the most probable tokens whose probabilities reach P together, at least one.") var topP = 1.0
  @Option(help: "Only tokens at least P times as probable as the best.") var minP = 0.0
  @Option(help: "Logits of the tokens of the prompt and of those generated are made smaller by this factor.") var repetitionPenalty = 1.0
  @Option(help: "Seed of rows without one of their own.") var seed: UInt64 = 0
  @Option(parsing: .singleValue, help: "Text that ends a generation and is cut off; may be repeated.") var stop: [String] = []
  @Option(parsing: .singleValue, help: "A token id that ends a generation, --ignore-eos or not; may be repeated.") var stopId: [Int32] = []
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
    guard topP >= 0, topP <= 1 else { throw ValidationError("--top-p must be in 0...1") }
    guard minP >= 0, minP <= 1 else { throw ValidationError("--min-p must be in 0...1") }
    guard repetitionPenalty > 0, repetitionPenalty.isFinite else { throw ValidationError("--repetition-penalty must be above 0") }
    guard !stop.contains(where: \.isEmpty) else { throw ValidationError("--stop cannot be empty") }
  }

  func run() throws {
    try ModelFailure.translate {
      let engines = try options.load()
      try engines.first.checkLanguageModel()
      let boundary = ScoringBoundary(engines.folder)
      var generation = GenerationOptions()
      generation.maximumTokens = maxTokens
      generation.temperature = temperature
      generation.topK = topK
      generation.topP = topP
      generation.minP = minP
      generation.repetitionPenalty = repetitionPenalty
      generation.stop = stop
      generation.stopTokens = stopId
      generation.ignoreEndOfSequence = ignoreEos
      try options.run(engines) { row in
        Job(prompt: try Self.prompt(row, engines.folder, boundary), seed: try row.naturalNumber("seed").map(UInt64.init) ?? seed)
      } work: { engine, jobs in
        try engine.generate(jobs.map(\.prompt), options: generation, seeds: jobs.map(\.seed)).map { generation in
          JSONObject([
            ("text", .string(generation.text)), ("token_ids", .array(generation.tokens.map { .int(Int($0)) })),
            ("finish_reason", .string(generation.finishReason.rawValue)), ("prompt_tokens", .int(generation.promptTokens)),
          ])
        }
      }
    }
  }

  private static func prompt(_ row: InputRow, _ folder: ModelFolder, _ boundary: ScoringBoundary) throws -> [Int32] {
    if row["token_ids"] != nil { return try row.ids("token_ids") }
    // The template writes the special tokens itself.
    if row["messages"] != nil { return folder.tokenizer.ids(try folder.chat.render(row, addGenerationPrompt: true), addSpecialTokens: false) }
    guard row["prompt"] != nil else { throw RowFault("a row needs prompt, messages or token_ids") }
    let ids = folder.tokenizer.ids(try row.text("prompt"))
    return ids.isEmpty ? boundary.prefix.map { [$0] } ?? [] : ids
  }
}

/// `vigil model embed`
struct ModelEmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "text or token_ids -> embedding, from the last hidden states (after the final norm).",
    discussion: """
      A folder that sentence-transformers has saved says how to pool, whether to normalize, and where a text is cut: truncated is the number of tokens that were
      cut off its end. With other folders a text longer than the context is a bad row.
      """)

  @Option(
    help: ArgumentHelp("mean over all tokens, cls (the first) or last; else what modules.json says, else mean.", valueName: "mean|cls|last"),
    transform: Self.pooling)
  var pooling: Pooling?
  @Flag(inversion: .prefixedNo, help: "Scale every embedding to length 1; else what modules.json says, else not.") var normalize: Bool?
  @OptionGroup var options: EngineOptions

  func run() throws {
    try ModelFailure.translate {
      let engines = try options.load()
      let (folder, sentence) = (engines.folder, engines.folder.sentence)
      try options.run(engines) { row in
        if row["token_ids"] != nil { return SentenceConfiguration.Tokens(ids: try row.ids("token_ids")) }
        guard row["text"] != nil else { throw RowFault("a row needs text or token_ids") }
        let text = try row.text("text")
        return sentence?.tokens(text, folder.tokenizer) ?? SentenceConfiguration.Tokens(ids: folder.tokenizer.ids(text))
      } work: { engine, texts in
        try zip(engine.embed(texts.map(\.ids), pooling: pooling, normalize: normalize), texts).map { vector, text in
          JSONObject([("embedding", .array(vector.map { .float($0) })), ("truncated", .int(text.truncated))])
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
    commandName: "classify", abstract: "text, or text and pair, or token_ids -> label, scores, of a sequence classifier.",
    discussion: """
      scores has a number for every label: probabilities that sum to 1, or one for each label alone, or the head's output, as the model says. token_ids may come
      with type_ids. A text longer than the context is a bad row.
      """)

  @OptionGroup var options: EngineOptions

  private struct Job {
    var ids: [Int32]
    var types: [Int32]
  }

  func run() throws {
    try ModelFailure.translate {
      let engines = try options.load()
      guard try engines.first.labels != nil else { throw EngineFault.cannot("classify", architecture: engines.folder.configuration.architecture) }
      try options.run(engines) { row in
        try Self.job(row, engines.folder.tokenizer)
      } work: { engine, jobs in
        let labels = engine.labels ?? []
        return try engine.classify(jobs.map(\.ids), types: engine.knowsTokenTypes ? jobs.map(\.types) : nil).map { judged in
          let scores = JSONObject(zip(labels, judged.scores).map { ($0, .double($1)) })
          return JSONObject([("label", .string(labels[judged.best])), ("scores", .object(scores))])
        }
      }
    }
  }

  private static func job(_ row: InputRow, _ tokenizer: Tokenizer) throws -> Job {
    if row["token_ids"] != nil {
      let ids = try row.ids("token_ids")
      return Job(ids: ids, types: row["type_ids"] == nil ? ids.map { _ in 0 } : try row.ids("type_ids"))
    }
    guard row["text"] != nil else { throw RowFault("a row needs text, text and pair, or token_ids") }
    let text = try row.text("text")
    let pair = row["pair"] == nil ? "" : try row.text("pair")
    // An empty second text is none, as in transformers.
    let encoding = pair.isEmpty ? tokenizer.encode(text) : tokenizer.encode(text, pair: pair)
    return Job(ids: encoding.ids, types: encoding.typeIDs)
  }
}
