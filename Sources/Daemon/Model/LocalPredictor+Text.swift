package import Evaluation
import LanguageModel

// Scores and texts: what the deployed model makes of continuations, and what it writes itself.
extension LocalPredictor {
  package func score(_ requests: [ContinuationRequest]) async throws -> [Result<ContinuationScore, RequestFailure>] {
    try answers(requests.map(\.key)) { place in
      try boundary.request(context: requests[place].context, continuation: requests[place].continuation)
    } work: { jobs in
      try engine.score(jobs, top: 0).map { score in
        ContinuationScore(
          logProbability: score.logProbability, tokenLogProbabilities: score.logProbabilities,
          tokens: score.tokens.map { tokenizer.decode([$0], skipSpecial: false) }, isGreedy: score.isGreedy)
      }
    }
  }

  package func generate(_ requests: [PredictionRequest], _ settings: GenerationSettings) async throws -> [Result<GeneratedText, RequestFailure>] {
    var options = GenerationOptions()
    options.maximumTokens = settings.tokensMax
    options.temperature = settings.temperature
    options.seed = UInt64(bitPattern: Int64(settings.seed ?? 0))
    options.stop = settings.stop
    return try answers(requests.map(\.key)) { place in
      try prompt.tokens(requests[place].input).ids
    } work: { jobs in
      try engine.generate(jobs, options: options).map { written in
        let reason: GeneratedText.FinishReason = written.finishReason == .stop ? .stop : .length
        return GeneratedText(text: written.text, finishReason: reason, promptTokens: written.promptTokens, tokens: written.tokens.count)
      }
    }
  }

  /// One answer for each key: `prepare` makes a job of a request, `work` does some together. Where the engine refuses several it is asked for each alone, so
  /// that only the one at fault goes without.
  private func answers<Job, Answer>(_ keys: [String], prepare: (Int) throws -> Job, work: ([Job]) throws -> [Answer]) throws -> [Result<
    Answer, RequestFailure
  >] {
    // Every place is filled below.
    var answers = keys.map { Result<Answer, RequestFailure>.failure(RequestFailure(key: $0, reason: "it was not asked")) }
    for start in stride(from: 0, to: keys.count, by: Self.batch) {
      try Task.checkCancellation()
      var jobs: [(place: Int, job: Job)] = []
      for place in start..<min(start + Self.batch, keys.count) {
        do { jobs.append((place, try prepare(place))) } catch { answers[place] = .failure(RequestFailure(key: keys[place], reason: "\(error)")) }
      }
      do {
        for (job, answer) in zip(jobs, try work(jobs.map(\.job))) { answers[job.place] = .success(answer) }
      } catch is EngineFault {
        for (place, job) in jobs {
          do {
            for answer in try work([job]) { answers[place] = .success(answer) }
          } catch let fault as EngineFault { answers[place] = .failure(RequestFailure(key: keys[place], reason: fault.descriptionOfOne)) }
        }
      }
    }
    return answers
  }
}
