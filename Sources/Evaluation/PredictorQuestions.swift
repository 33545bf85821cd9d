/// A text whose probability behind another is asked for.
package struct ContinuationRequest: Sendable, Hashable {
  package var key: String
  package var context: String
  package var continuation: String

  package init(key: String, context: String, continuation: String) {
    self.key = key
    self.context = context
    self.continuation = continuation
  }
}

/// How probable a continuation is.
package struct ContinuationScore: Sendable, Hashable {
  /// Sum over the continuation's tokens, nats, at most 0.
  package var logProbability: Double
  /// Of each token, nats.
  package var tokenLogProbabilities: [Double]
  /// The tokens' texts; half a character shows as U+FFFD.
  package var tokens: [String]
  /// Whether every token was the most probable one in its place; nil where the model does not say which was.
  package var isGreedy: Bool?

  package init(logProbability: Double, tokenLogProbabilities: [Double], tokens: [String], isGreedy: Bool?) {
    self.logProbability = logProbability
    self.tokenLogProbabilities = tokenLogProbabilities
    self.tokens = tokens
    self.isGreedy = isGreedy
  }
}

/// How a text is written.
package struct GenerationSettings: Sendable, Hashable {
  package var tokensMax: Int
  /// 0 is greedy.
  package var temperature: Double
  package var seed: Int?
  /// The text ends before the first of these.
  package var stop: [String]

  package init(tokensMax: Int = 256, temperature: Double = 0, seed: Int? = nil, stop: [String] = []) {
    self.tokensMax = tokensMax
    self.temperature = temperature
    self.seed = seed
    self.stop = stop
  }
}

/// A text that the model wrote.
package struct GeneratedText: Sendable, Hashable {
  package enum FinishReason: Sendable, Hashable {
    /// The model ended it, or a stop string did.
    case stop
    /// It has as many tokens as were asked for.
    case length
    /// A word of the server's own: `content_filter`.
    case other(String)
  }

  package var text: String
  package var finishReason: FinishReason
  package var promptTokens: Int?
  package var tokens: Int?

  package init(text: String, finishReason: FinishReason, promptTokens: Int?, tokens: Int?) {
    self.text = text
    self.finishReason = finishReason
    self.promptTokens = promptTokens
    self.tokens = tokens
  }
}

/// Why one request of many has no answer; the others have theirs.
package struct RequestFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package var key: String
  package var reason: String

  package init(key: String, reason: String) {
    self.key = key
    self.reason = reason
  }

  package var description: String { "\(key): \(reason)" }
}
