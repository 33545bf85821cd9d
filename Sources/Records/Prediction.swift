/// What one model, named by hash, said for one input.
public struct Prediction: Sendable, Hashable, Codable {
  /// The sample's or the suite item's key.
  public var key: String
  /// Identity of base, adapter, tokenizer and task together.
  public var model: String
  /// The chosen label; nil when the input could not be run (`failure` says why).
  public var answer: String?
  /// Probability of every label, in the order of the task's labels; sums to 1. Empty where the model does not tell (a remote one may not).
  public var probabilities: [Double]
  /// Sum of token log-probabilities of the chosen answer, nats; 0 where there is no answer, or the model tells nothing.
  public var logProbability: Double
  /// Mean surprisal of the input's own tokens under the model, nats a token; nil for one token.
  public var inputSurprisal: Double?
  /// Prompt tokens that were computed.
  public var tokens: Int
  /// Mean-pooled hidden state of the last layer over the input, as Float.
  public var embedding: [Float]
  /// Why there is no answer.
  public var failure: String?

  public init(
    key: String, model: String, answer: String?, probabilities: [Double], logProbability: Double, inputSurprisal: Double? = nil, tokens: Int,
    embedding: [Float] = [], failure: String? = nil
  ) {
    self.key = key
    self.model = model
    self.answer = answer
    self.probabilities = probabilities
    self.logProbability = logProbability
    self.inputSurprisal = inputSurprisal
    self.tokens = tokens
    self.embedding = embedding
    self.failure = failure
  }

  /// Probability of the chosen label, in 0...1.
  public var confidence: Double? { answer == nil ? nil : probabilities.max() }
}

/// A sample, what the model said of it, and the truth where it is known: what measures look at.
public struct Observation: Sendable, Hashable {
  public var sample: Sample
  public var prediction: Prediction

  public init(sample: Sample, prediction: Prediction) {
    self.sample = sample
    self.prediction = prediction
  }
}
