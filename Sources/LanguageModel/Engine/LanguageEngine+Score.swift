public import Kernels

/// A text whose tokens after the first `promptTokens` are to be scored.
public struct ScoreRequest: Sendable, Hashable {
  public var tokens: [Int32]
  /// 0 or more; the first token of a text has nothing before it and is never scored.
  public var promptTokens: Int
  /// Tokens that were cut off the text's beginning to make it fit the context; for the caller to tell.
  public var truncated: Int

  public init(tokens: [Int32], promptTokens: Int = 0, truncated: Int = 0) {
    (self.tokens, self.promptTokens, self.truncated) = (tokens, promptTokens, truncated)
  }

  /// What the model is given: the last token is only predicted, so a text may have one token more than the model has positions.
  var inputs: [Int32] { tokens.count > 1 ? Array(tokens.dropLast()) : tokens }
}

/// What a model thought of a text's tokens.
public struct Score: Sendable, Hashable {
  public struct Alternative: Sendable, Hashable {
    public var id: Int32
    public var logProbability: Double
  }

  /// The tokens that were scored.
  public var tokens: [Int32]
  /// log p(token | all before) of each, nats.
  public var logProbabilities: [Double]
  /// For each, the most probable tokens in its place, best first; as many as were asked for.
  public var top: [[Alternative]]
  /// Whether every token was the most probable one in its place (the lowest id wins among equals).
  public var isGreedy: Bool
  /// Sum of `logProbabilities`.
  public var logProbability: Double { logProbabilities.reduce(0, +) }
}

extension LanguageEngine {
  /// Log-probabilities of continuations. What texts share at their beginnings, as the examples before a question or the question before its answers, is
  /// computed once. `ScoringBoundary` makes requests of texts.
  /// - top: alternatives to list for each position, 0 for none
  /// - Throws: `EngineFault`
  public func score(_ requests: [ScoreRequest], top: Int = 0) throws -> [Score] {
    try checkLanguageModel()
    try check(requests.map(\.tokens), extra: -1)
    let plan = shared(requests.map(\.inputs))
    let kept = KeptBeginning(configuration, positions: plan.kept)
    var scores = requests.map { request -> Score in
      let tokens = Array(request.tokens.dropFirst(max(1, request.promptTokens)))
      return Score(
        tokens: tokens, logProbabilities: tokens.map { _ in 0 }, top: tokens.map { _ in [] }, isGreedy: true)
    }
    for pass in plan.passes { try score(pass, requests, top: top, kept, into: &scores) }
    return scores
  }

  /// Passes over texts in which every token is computed once.
  /// - extra: further rows that each text has in its pass
  func shared(_ texts: [[Int32]], extra: Int = 0) -> SharedBeginnings {
    SharedBeginnings(texts, rows: Self.passRows, extra: extra) { a, b in !configuration.rotaries.contains { $0.differs(a, b) } }
  }

  /// A log-probability that is asked for: of the token in this place of this request's continuation.
  private struct Wanted {
    var request: Int
    var index: Int
  }

  private func score(_ plan: SharedBeginnings.Pass, _ requests: [ScoreRequest], top: Int, _ kept: KeptBeginning, into scores: inout [Score]) throws {
    // By the row whose logits tell, each row once.
    var (places, numbers, wanted): ([SharedBeginnings.Place], [SharedBeginnings.Place: Int], [[Wanted]]) = ([], [:], [])
    var pass = Pass(ids: [], positions: [], lengths: [])
    for text in plan.texts {
      let request = requests[text.number]
      let inputs = request.inputs
      let start = inputs.count - text.own.count
      pass.ids += inputs[start...]
      pass.positions += (start..<inputs.count).map(Int32.init)
      pass.lengths += text.own.map { _ in inputs.count }
      let first = max(1, request.promptTokens)
      guard first < request.tokens.count else { continue }
      for position in first..<request.tokens.count {
        let place = text.places[position - 1]
        let number = numbers[place] ?? places.count
        if number == places.count {
          numbers[place] = number
          places.append(place)
          wanted.append([])
        }
        wanted[number].append(Wanted(request: text.number, index: position - first))
      }
    }
    let segments = plan.texts.map(\.segment)
    try withWorkspace(rows: max(1, pass.ids.count)) { workspace in
      let hidden = forward(pass, in: workspace) { layer, shape, q, k, v, out in
        attentionForward(
          q: q, k: k, v: v, keptKeys: kept.keys[layer], keptValues: kept.values[layer], segments: segments, shape: shape, into: out)
        kept.keep(plan.keep, layer: layer, keys: k, values: v)
      }
      let rows = places.map { kept.hidden($0, pass: hidden) }
      try model.logits(rows, in: workspace) { numbers, logits in
        let best = largestOfRows(logits, count: max(1, top))
        for (r, lse) in logSumExpRows(logits).enumerated() {
          for place in wanted[numbers.lowerBound + r] {
            guard lse.isFinite else { throw EngineFault.notFinite(index: place.request) }
            let token = Int(scores[place.request].tokens[place.index])
            scores[place.request].logProbabilities[place.index] = Double(logits[r, token]) - lse
            if best[r].first != token { scores[place.request].isGreedy = false }
            scores[place.request].top[place.index] = best[r].prefix(top).map {
              Score.Alternative(id: Int32($0), logProbability: Double(logits[r, $0]) - lse)
            }
          }
        }
      }
      kept.keep(plan.keep, hidden: hidden)
    }
  }

  /// The logits of every row of a text, (T, vocabulary). For tests and small studies: it holds them all.
  public func logits(_ tokens: [Int32]) throws -> Matrix {
    try checkLanguageModel()
    try check([tokens])
    let sequences = Sequences(lengths: [tokens.count])
    return withWorkspace(rows: tokens.count) { workspace in
      let all = Matrix(rows: tokens.count, columns: configuration.vocabularySize)
      let hidden = forward(Pass([tokens]), in: workspace, attend: model.within(sequences))
      model.logits((0..<tokens.count).map { hidden.rows($0..<$0 + 1) }, in: workspace) { numbers, logits in all.rows(numbers).copy(from: logits) }
      return all
    }
  }
}
