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
///
/// nil means that the engine does not offer it; its lines say so.
enum Engines {
  static func open(_ folder: ModelFolder, _ precision: Precision) throws -> LanguageEngine? {
    switch precision {
    case .fp32: try LanguageEngine(folder)
    case .bf16, .int8: nil
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

  /// Sum of the log-probabilities of every choice behind its prompt, and how many tokens were computed for it: today each prompt once, with its choices as a
  /// tree behind it; what several prompts begin with is computed for each.
  static func choose(_ engine: LanguageEngine, _ questions: [(prompt: [Int32], choices: [[Int32]])]) throws -> (sums: [[Double]], computed: Int) {
    var sums: [[Double]] = []
    var computed = 0
    for (prompt, choices) in questions {
      sums += try engine.choose(prompts: [prompt], labels: choices, surprisal: false).map(\.logProbabilities)
      computed += prompt.count + TokenTrie(choices).inner
    }
    return (sums, computed)
  }
}
