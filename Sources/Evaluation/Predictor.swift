package import Records

/// One input to run the model on.
package struct PredictionRequest: Sendable, Hashable {
  package var key: String
  package var input: String

  package init(key: String, input: String) {
    self.key = key
    self.input = input
  }
}

/// A model that can be asked, wherever it runs. Evaluation asks; the daemon says who answers.
package protocol Predictor: Sendable {
  /// Identity of base, adapter, tokenizer and task: two predictors with the same identity give the same answers.
  var model: String { get }

  /// What this predictor cannot measure, each with its reason; what is not named here it can.
  var limits: [CannotMeasure] { get }

  /// - Returns: one prediction a request, in the requests' order; a request that cannot be run yields a prediction with `failure`.
  /// - Throws: when the model itself cannot be run.
  func predict(_ requests: [PredictionRequest]) async throws -> [Prediction]

  /// Log-probabilities of given continuations, with the boundary that lm-evaluation-harness draws: white space at the end of the context belongs to the
  /// continuation, and the continuation's tokens are those of the whole text behind as many as the context alone has.
  /// - Returns: one result a request, in the requests' order.
  /// - Throws: `CannotMeasure`, or when the model itself cannot be run.
  func score(_ requests: [ContinuationRequest]) async throws -> [Result<ContinuationScore, RequestFailure>]

  /// Texts written by the model behind the task's prompt around each input.
  /// - Returns: one result a request, in the requests' order.
  /// - Throws: `CannotMeasure`, or when the model itself cannot be run.
  func generate(_ requests: [PredictionRequest], _ settings: GenerationSettings) async throws -> [Result<GeneratedText, RequestFailure>]
}

/// A predictor that only chooses among labels says so by name.
extension Predictor {
  package var limits: [CannotMeasure] { [.notOffered(.continuationScores, by: model), .notOffered(.generatedText, by: model)] }

  package func score(_ requests: [ContinuationRequest]) async throws -> [Result<ContinuationScore, RequestFailure>] {
    throw CannotMeasure.notOffered(.continuationScores, by: model)
  }

  package func generate(_ requests: [PredictionRequest], _ settings: GenerationSettings) async throws -> [Result<GeneratedText, RequestFailure>] {
    throw CannotMeasure.notOffered(.generatedText, by: model)
  }
}
