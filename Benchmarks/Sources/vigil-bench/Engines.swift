import LanguageModel

/// How weights are kept and multiplied.
enum Precision: String, CaseIterable, Codable, Sendable {
  case fp32, bf16, int8

  var bytesPerWeight: Int {
    switch self {
    case .fp32: 4
    case .bf16: 2
    case .int8: 1
    }
  }

  /// Of one value of the key-value cache, where it is as small as the precision allows.
  var bytesPerCached: Int { self == .fp32 ? 4 : 2 }

  /// llama.cpp's name of what comes nearest.
  var llama: String { self == .int8 ? "q8_0" : rawValue }
}

/// Everything the benchmarks ask of the engine, so that a new way of computing is measured by a change here and nowhere else.
enum Engines {
  static func open(_ folder: ModelFolder, _ precision: Precision) throws -> LanguageEngine? {
    switch precision {
    case .fp32: try LanguageEngine(folder, precision: .float32)
    case .bf16: try LanguageEngine(folder, precision: .bfloat16)
    case .int8: try LanguageEngine(folder, precision: .int8)
    }
  }

  static func score(_ engine: LanguageEngine, _ prompts: ArraySlice<[Int32]>, last scored: Int) throws -> [Score] {
    try engine.score(prompts.map { ScoreRequest(tokens: $0, promptTokens: $0.count - scored) })
  }

  /// Greedy, never stopping early: exactly `tokens` tokens behind each prompt.
  static func generate(_ engine: LanguageEngine, _ prompts: ArraySlice<[Int32]>, tokens: Int) throws -> [Generation] {
    var options = GenerationOptions()
    options.maximumTokens = tokens
    options.ignoreEndOfSequence = true
    return try engine.generate(Array(prompts), options: options)
  }

  /// Sum of the log-probabilities of every choice behind its prompt, and how many tokens were computed for it.
  static func choose(_ engine: LanguageEngine, _ questions: [(prompt: [Int32], choices: [[Int32]])]) throws -> (sums: [[Double]], computed: Int) {
    let before = engine.tokensComputed
    let scores = try engine.score(
      questions.flatMap { prompt, choices in choices.map { ScoreRequest(tokens: prompt + $0, promptTokens: prompt.count) } })
    var next = 0
    let sums = questions.map { question in
      question.choices.map { _ in
        next += 1
        return scores[next - 1].logProbability
      }
    }
    return (sums, engine.tokensComputed - before)
  }
}
