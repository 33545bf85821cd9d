package import Evaluation
import LanguageModel

extension LocalPredictor {
  // MARK: - Continuations

  package func score(_ requests: [ContinuationRequest]) async throws -> [Result<ContinuationScore, RequestFailure>] {
    var results: [Result<ContinuationScore, RequestFailure>] = []
    for start in stride(from: 0, to: requests.count, by: Self.batch) {
      try Task.checkCancellation()
      let part = Array(requests[start..<min(start + Self.batch, requests.count)])
      results += try answer(part, key: \.key, prepare: split, by: score)
    }
    return results
  }

  /// The tokens of a request and how many of them are the context's, by the boundary that `Predictor.score` draws; special tokens stand as the tokenizer puts
  /// them, which is as servers do it.
  private func split(_ request: ContinuationRequest) throws -> ScoreRequest {
    let whole = tokenizer.encode(request.context + request.continuation).ids
    let context = tokenizer.encode(ContinuationRequest.contextAlone(request.context)).ids.count
    guard context > 0 else { throw Unanswered(words: "an empty context cannot be scored: this tokenizer puts nothing before a text") }
    guard whole.count > context else { throw Unanswered(words: "the continuation has no tokens of its own") }
    try check(whole, extra: 0)
    return ScoreRequest(tokens: whole, promptTokens: context)
  }

  private func score(_ requests: [ScoreRequest]) throws -> [ContinuationScore] {
    try engine.score(requests).map { score in
      ContinuationScore(
        logProbability: score.logProbability, tokenLogProbabilities: score.logProbabilities,
        tokens: score.tokens.map { tokenizer.decode([$0], skipSpecial: false) }, isGreedy: score.isGreedy)
    }
  }

  // MARK: - Texts

  /// Without a seed sampling takes 0: asked twice, the model here writes the same.
  package func generate(_ requests: [PredictionRequest], _ settings: GenerationSettings) async throws -> [Result<GeneratedText, RequestFailure>] {
    var options = GenerationOptions()
    options.maximumTokens = settings.tokensMax
    options.temperature = settings.temperature
    options.seed = UInt64(bitPattern: Int64(settings.seed ?? 0))
    options.stop = settings.stop
    let asked = options
    var results: [Result<GeneratedText, RequestFailure>] = []
    for start in stride(from: 0, to: requests.count, by: Self.batch) {
      try Task.checkCancellation()
      let part = Array(requests[start..<min(start + Self.batch, requests.count)])
      results += try answer(part, key: \.key) { request in
        let tokens = try prompt.tokens(request.input).ids
        try check(tokens, extra: 1)
        return tokens
      } by: { prompts in
        try engine.generate(prompts, options: asked).map { written in
          GeneratedText(
            text: written.text, finishReason: written.finishReason == .stop ? .stop : .length, promptTokens: written.promptTokens,
            tokens: written.tokens.count)
        }
      }
    }
    return results
  }

  // MARK: - One bad request of many

  /// What is wrong with one request.
  private struct Unanswered: Error, CustomStringConvertible {
    var words: String
    var description: String { words }
  }

  private func check(_ tokens: [Int32], extra: Int) throws {
    let limit = engine.configuration.maximumPositions
    guard tokens.count + extra <= limit else {
      throw Unanswered(words: "it has \(tokens.count) tokens, and the model \(limit) positions")
    }
  }

  /// Prepares each request and has those answered together that can be: one that cannot fails alone.
  private func answer<Request, Prepared, Answer>(
    _ requests: [Request], key: (Request) -> String, prepare: (Request) throws -> Prepared, by run: ([Prepared]) throws -> [Answer]
  ) throws -> [Result<Answer, RequestFailure>] {
    var prepared: [Prepared] = []
    var failures: [RequestFailure?] = []
    for request in requests {
      do {
        prepared.append(try prepare(request))
        failures.append(nil)
      } catch {
        failures.append(RequestFailure(key: key(request), reason: "\(error)"))
      }
    }
    var answers = try run(prepared).makeIterator()
    return failures.map { failure in
      if let failure { return .failure(failure) }
      guard let answer = answers.next() else { preconditionFailure("the engine answers every prompt it is given") }
      return .success(answer)
    }
  }
}
