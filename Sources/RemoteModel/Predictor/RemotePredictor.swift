package import Evaluation
import Files
import Foundation
package import Records

/// A model served elsewhere behind an OpenAI-compatible API: vLLM, llama.cpp's server, llama-cpp-python, or what speaks like them.
///
/// What can be measured depends on the server, and is found out when the connection is made:
///
/// | | `completions` with echo | `completions` without | `chat` |
/// |---|---|---|---|
/// | label | each label scored as continuation | most probable token, or the text written | the same |
/// | label probabilities | always | where the most probable tokens settle them | the same |
/// | continuation scores | yes | no | no |
/// | generated text | yes | yes | yes |
/// | input surprisal, embeddings | no | no | no |
package struct RemotePredictor: Predictor {
  package let model: String
  package let limits: [CannotMeasure]
  let server: RemoteServer
  let task: RemoteTask
  let abilities: Abilities

  /// What the server was seen to do.
  struct Abilities: Sendable, Hashable {
    /// Log-probabilities of a prompt's own tokens.
    var echoes: Bool
    /// Log-probabilities of what is written.
    var tellsLogProbabilities: Bool
  }

  /// Alternatives asked for in each place: as many as OpenAI's chat API and vLLM give.
  static let topCount = 20
  /// Tokens that a written label may have before it is cut off.
  static let labelTokensMax = 32

  // MARK: - Labels

  package func predict(_ requests: [PredictionRequest]) async throws -> [Prediction] {
    guard !task.labels.isEmpty else {
      throw CannotMeasure(.labels, model: title, why: "the task has no labels", hint: "name them in task.labels")
    }
    return try await orderedMap(requests, limit: server.settings.concurrency) { request in
      var prediction = Prediction(key: request.key, model: model, answer: nil, probabilities: [], logProbability: 0, tokens: 0)
      guard let input = task.fitted(request.input) else {
        prediction.failure = "the input has no text"
        return prediction
      }
      do {
        if abilities.echoes, case .text(let form) = task.prompt {
          try await scoreLabels(form.prompt(input), &prediction)
        } else {
          try await readLabel(input, &prediction)
        }
      } catch let rejection as RequestRejected {
        prediction.failure = "the server does not take the input: \(rejection)"
      }
      return prediction
    }
  }

  /// Every label behind the prompt, as the local engine does it.
  private func scoreLabels(_ prompt: String, _ prediction: inout Prediction) async throws {
    var scores: [ContinuationScore] = []
    let context = try await echo(EchoScore.context(prompt))
    for label in task.labels {
      switch try await score(context: context, whole: prompt + label) {
      case .success(let score): scores.append(score)
      case .failure(let failure):
        prediction.failure = "label \"\(label)\": \(failure)"
        return
      }
    }
    for (place, score) in scores.enumerated() {
      // A label whose tokens begin another's would always be at least as probable.
      if let other = scores.indices.first(where: { $0 != place && scores[$0].tokens.starts(with: score.tokens) }) {
        throw RemoteTaskFault(label: task.labels[place], problem: "has tokens that begin those of \"\(task.labels[other])\"")
      }
    }
    let values = scores.map(\.logProbability)
    guard let top = values.max(), let best = values.firstIndex(of: top) else { return }
    let weights = values.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    prediction.answer = task.labels[best]
    prediction.probabilities = weights.map { $0 / sum }
    prediction.logProbability = top
    prediction.tokens = context.promptTokens ?? 0
  }

  /// What the model writes, with the most probable tokens in its first place.
  private func readLabel(_ input: String, _ prediction: inout Prediction) async throws {
    let answer = try await write(input, GenerationSettings(tokensMax: Self.labelTokensMax), withLogProbabilities: abilities.tellsLogProbabilities)
    let choice = LabelChoice(answer, labels: task.labels)
    prediction.tokens = answer.promptTokens ?? 0
    guard let best = choice.best else {
      prediction.failure = "the model wrote none of the labels but \"\(RemoteServer.plain(answer.text, limit: 60))\""
      return
    }
    prediction.answer = task.labels[best]
    prediction.probabilities = choice.probabilities
    prediction.logProbability = choice.logProbability ?? 0
  }

  // MARK: - Continuations

  package func score(_ requests: [ContinuationRequest]) async throws -> [Result<ContinuationScore, RequestFailure>] {
    if let limit = limits.first(where: { $0.ability == .continuationScores }) { throw limit }
    return try await orderedMap(requests, limit: server.settings.concurrency) { request in
      let context = EchoScore.context(request.context)
      guard !context.isEmpty else {
        return .failure(
          RequestFailure(key: request.key, reason: "an empty context cannot be scored: the server does not say what stands before a text"))
      }
      do {
        return try await score(context: try await echo(context), whole: request.context + request.continuation)
          .mapError { RequestFailure(key: request.key, reason: $0.words) }
      } catch let rejection as RequestRejected {
        return .failure(RequestFailure(key: request.key, reason: "the server does not take it: \(rejection)"))
      }
    }
  }

  /// What is wrong with one request, without whose it is.
  private struct Unscored: Error, CustomStringConvertible {
    var words: String
    var description: String { words }
  }

  private func score(context: ServerAnswer, whole: String) async throws -> Result<ContinuationScore, Unscored> {
    let answer = try await echo(whole)
    do throws(EchoScore.Fault) {
      return .success(try EchoScore.score(context: context, whole: answer))
    } catch {
      switch error {
      case .request(let words): return .failure(Unscored(words: words))
      case .notOffered(let why): throw CannotMeasure(.continuationScores, model: title, why: why)
      }
    }
  }

  /// - Throws: when the answer is not an echo of the text: a proxy that mixes up answers must not be believed.
  private func echo(_ text: String) async throws -> ServerAnswer {
    let answer = try await server.echo(text)
    guard answer.text.utf8.starts(with: text.utf8) else {
      throw server.notUnderstood(server.settings.address.appending(RemoteServer.completionsPath), "the echo is not the text that was sent")
    }
    return answer
  }

  // MARK: - Text

  package func generate(_ requests: [PredictionRequest], _ settings: GenerationSettings) async throws -> [Result<GeneratedText, RequestFailure>] {
    try await orderedMap(requests, limit: server.settings.concurrency) { request in
      guard let input = task.fitted(request.input) else { return .failure(RequestFailure(key: request.key, reason: "the input has no text")) }
      do {
        let answer = try await write(input, settings, withLogProbabilities: false)
        let reason: GeneratedText.FinishReason =
          switch answer.finishReason {
          case "stop", nil: .stop
          case "length": .length
          case .some(let word): .other(RemoteServer.plain(word, limit: 40))
          }
        return .success(
          GeneratedText(text: answer.text, finishReason: reason, promptTokens: answer.promptTokens, tokens: answer.completionTokens))
      } catch let rejection as RequestRejected {
        return .failure(RequestFailure(key: request.key, reason: "the server does not take the input: \(rejection)"))
      }
    }
  }

  private func write(_ input: String, _ settings: GenerationSettings, withLogProbabilities: Bool) async throws -> ServerAnswer {
    let top = withLogProbabilities ? Self.topCount : nil
    switch task.prompt {
    case .messages(let system): return try await server.chat(system: system, input: input, settings, top: top)
    case .text(let form): return try await server.complete(form.prompt(input), settings, top: top)
    }
  }

  var title: String { Self.title(server.settings) }

  /// The model as people know it.
  static func title(_ settings: RemoteSettings) -> String { "\(settings.name) at \(settings.address)" }
}
