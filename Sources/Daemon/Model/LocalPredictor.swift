package import Evaluation
import Executors
import Files
package import Foundation
import LanguageModel
package import Records

/// The model on this machine: routes inputs by scoring the task's labels as continuations of the prompt; scores any continuations; writes texts.
///
/// The engine blocks while it computes, so the actor has a thread of its own and the cooperative pool never waits for it.
package actor LocalPredictor: Predictor {
  package nonisolated let model: String
  package nonisolated let limits: [CannotMeasure]
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private nonisolated let executor = QueueExecutor(label: "vigil.predictor")
  let engine: LanguageEngine
  let tokenizer: Tokenizer
  let prompt: TaskPrompt
  let boundary: ScoringBoundary
  private let labels: [String]
  private let labelTokens: [[Int32]]
  private let surprisal: Bool

  /// Prompts of one pass: enough for both cores, few enough that a cancelled task stops soon.
  static let batch = 64

  /// - labels: empty for a model that only scores and writes
  /// - surprisal: whether predictions carry the input's surprisal, which costs about a third more; it is no part of the identity
  /// - Throws: when the folders cannot be read, or a label cannot be told from another.
  package init(base: URL, adapter: URL?, labels: [String], system: String?, inputTokensMax: Int, surprisal: Bool = true) throws {
    self.surprisal = surprisal
    let folder = try ModelFolder.open(base)
    let adapterFolder = try adapter.map { try AdapterFolder.open($0, base: folder) }
    engine = try LanguageEngine(folder, adapter: adapterFolder)
    tokenizer = folder.tokenizer
    boundary = ScoringBoundary(folder)
    prompt = TaskPrompt(folder: folder, system: system, inputTokensMax: inputTokensMax)
    self.labels = labels
    let tokens = labels.map { folder.tokenizer.encode($0, addSpecialTokens: false).ids }
    for (place, own) in tokens.enumerated() {
      if own.isEmpty { throw LabelFault(label: labels[place], other: nil) }
      // A label whose tokens begin another's would always be at least as probable.
      if let other = tokens.indices.first(where: { $0 != place && tokens[$0].starts(with: own) }) {
        throw LabelFault(label: labels[place], other: labels[other])
      }
    }
    labelTokens = tokens
    model = ModelIdentity.of(base: folder.digest, adapter: adapterFolder?.digest, labels: labels, system: system, inputTokensMax: inputTokensMax)
    limits = surprisal ? [] : [CannotMeasure(.inputSurprisal, model: model, why: "it was left out, since it costs about a third more")]
  }

  package func predict(_ requests: [PredictionRequest]) async throws -> [Prediction] {
    guard !labels.isEmpty else {
      throw CannotMeasure(.labels, model: model, why: "the task has no labels", hint: "name them in task.labels")
    }
    var predictions: [Prediction] = []
    predictions.reserveCapacity(requests.count)
    for start in stride(from: 0, to: requests.count, by: Self.batch) {
      try Task.checkCancellation()
      predictions += try choose(Array(requests[start..<min(start + Self.batch, requests.count)]))
    }
    return predictions
  }

  private func choose(_ requests: [PredictionRequest]) throws -> [Prediction] {
    var failures: [Int: String] = [:]
    var prompts: [TaskPrompt.Tokens] = []
    var places: [Int] = []
    for (place, request) in requests.enumerated() {
      do {
        let tokens = try prompt.tokens(request.input)
        prompts.append(tokens)
        places.append(place)
      } catch {
        failures[place] = "\(error)"
      }
    }
    let choices = try engine.choose(prompts: prompts.map(\.ids), labels: labelTokens, inputSpans: prompts.map(\.input), surprisal: surprisal)
    var result = requests.map { request in
      Prediction(key: request.key, model: model, answer: nil, probabilities: [], logProbability: 0, tokens: 0)
    }
    for (place, why) in failures { result[place].failure = why }
    for (place, choice) in zip(places, choices) {
      result[place].answer = labels[choice.best]
      result[place].probabilities = choice.probabilities
      result[place].logProbability = choice.logProbabilities[choice.best]
      result[place].inputSurprisal = choice.surprisal
      result[place].tokens = choice.tokens
      result[place].embedding = choice.pooled
    }
    return result
  }
}

/// What makes two predictors the same.
package enum ModelIdentity {
  /// First 16 hex digits of SHA-256 over everything that decides an answer.
  package static func of(base: String, adapter: String?, labels: [String], system: String?, inputTokensMax: Int) -> String {
    let parts = ["vigil.model/1", base, adapter ?? "", labels.joined(separator: "\u{1F}"), system ?? "", String(inputTokensMax)]
    return String(Digest.of(parts.joined(separator: "\u{1E}")).hex.prefix(16))
  }
}

/// A label that cannot be scored.
struct LabelFault: Error, CustomStringConvertible {
  var label: String
  var other: String?

  var description: String {
    if let other {
      return "the tokens of label \"\(label)\" begin those of \"\(other)\", so their probabilities cannot be compared\nhint: rename one of them"
    }
    return "label \"\(label)\" has no tokens\nhint: give it a name with letters"
  }
}
