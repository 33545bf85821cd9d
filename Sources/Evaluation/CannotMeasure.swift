/// What may be asked of a predictor, by name.
package enum PredictorAbility: String, Sendable, Hashable, CaseIterable {
  /// Which of the task's labels the model gives an input.
  case labels
  /// The probability of every label, and so confidence.
  case labelProbabilities = "label_probabilities"
  /// Log-probabilities of given continuations.
  case continuationScores = "continuation_scores"
  case generatedText = "generated_text"
  /// How surprising an input's own tokens are.
  case inputSurprisal = "input_surprisal"
  /// The hidden states that `drift.input.embedding` looks at.
  case embeddings
}

/// A predictor cannot answer one kind of question, and never will as it stands. What is not measured is left out; it is not guessed.
package struct CannotMeasure: Error, Sendable, Hashable, CustomStringConvertible {
  package var ability: PredictorAbility
  /// Which model, as people know it: its identity, or its name and address.
  package var model: String
  package var why: String
  package var hint: String?

  package init(_ ability: PredictorAbility, model: String, why: String, hint: String? = nil) {
    self.ability = ability
    self.model = model
    self.why = why
    self.hint = hint
  }

  static func notOffered(_ ability: PredictorAbility, by model: String) -> CannotMeasure {
    CannotMeasure(ability, model: model, why: "this predictor chooses among labels and does nothing else")
  }

  package var description: String {
    let line = "cannot measure \(ability.rawValue) of \(model): \(why)"
    return hint.map { "\(line)\nhint: \($0)" } ?? line
  }
}
