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

  /// - Returns: one prediction a request, in the requests' order; a request that cannot be run yields a prediction with `failure`.
  /// - Throws: when the model itself cannot be run.
  func predict(_ requests: [PredictionRequest]) async throws -> [Prediction]
}
