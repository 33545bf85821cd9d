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
  /// Log-probabilities of continuations. `ScoringBoundary` makes requests of texts.
  /// - top: alternatives to list for each position, 0 for none
  /// - Throws: `EngineFault`
  public func score(_ requests: [ScoreRequest], top: Int = 0) throws -> [Score] {
    try checkLanguageModel()
    try check(requests.map(\.tokens), extra: -1)
    var scores: [Score] = []
    for pass in Self.passes(requests.count, rows: { requests[$0].tokens.count }) {
      scores += try scorePass(requests[pass], top: top)
    }
    return scores
  }

  private func scorePass(_ requests: ArraySlice<ScoreRequest>, top: Int) throws -> [Score] {
    let inputs = requests.map(\.inputs)
    let sequences = Sequences(lengths: inputs.map(\.count))
    var scores = requests.map { Score(tokens: Array($0.tokens.dropFirst(max(1, $0.promptTokens))), logProbabilities: [], top: [], isGreedy: true) }
    // For each scored token, the row before it.
    var (rows, owners): ([Int], [Int]) = ([], [])
    for (i, request) in requests.enumerated() {
      let scored = max(1, request.promptTokens)..<max(1, request.promptTokens, request.tokens.count)
      for position in scored {
        rows.append(sequences[i].lowerBound + position - 1)
        owners.append(i)
      }
    }
    try withWorkspace(rows: sequences.tokens) { workspace in
      let hidden = model.forward(Pass(inputs), in: workspace, attend: model.within(sequences))
      try model.logits(hidden, rows: rows, in: workspace) { numbers, logits in
        for (r, lse) in logSumExpRows(logits).enumerated() {
          let i = owners[numbers.lowerBound + r]
          let token = scores[i].tokens[scores[i].logProbabilities.count]
          let row = logits.row(r)
          guard lse.isFinite else { throw EngineFault.notFinite(index: requests.startIndex + i) }
          scores[i].logProbabilities.append(Double(row[Int(token)]) - lse)
          let best = largest(max(1, top), of: row)
          if best.first != Int(token) { scores[i].isGreedy = false }
          scores[i].top.append(best.prefix(top).map { Score.Alternative(id: Int32($0), logProbability: Double(row[$0]) - lse) })
        }
      }
    }
    return scores
  }

  /// The logits of every row of a text, (T, vocabulary). For tests and small studies: it holds them all.
  public func logits(_ tokens: [Int32]) throws -> Matrix {
    try checkLanguageModel()
    try check([tokens])
    let sequences = Sequences(lengths: [tokens.count])
    return withWorkspace(rows: tokens.count) { workspace in
      let all = Matrix(rows: tokens.count, columns: configuration.vocabularySize)
      let hidden = model.forward(Pass([tokens]), in: workspace, attend: model.within(sequences))
      model.logits(hidden, rows: Array(0..<tokens.count), in: workspace) { numbers, logits in all.rows(numbers).copy(from: logits) }
      return all
    }
  }
}

/// Places of the `count` largest values, largest first, the first of equals first.
func largest(_ count: Int, of values: [Float]) -> [Int] {
  var best: [Int] = []
  for (i, value) in values.enumerated() {
    if best.count == count, let last = best.last, value <= values[last] { continue }
    let place = best.firstIndex { values[$0] < value } ?? best.count
    best.insert(i, at: place)
    if best.count > count { best.removeLast() }
  }
  return best
}
