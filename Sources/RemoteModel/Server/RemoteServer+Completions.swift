import Evaluation
import Files

/// The three questions, in the API's words.
extension RemoteServer {
  static let modelsPath = "models"
  static let completionsPath = "completions"
  static let chatPath = "chat/completions"

  /// A text written behind a prompt.
  /// - top: how many alternatives to list in each place; nil for no log-probabilities
  func complete(_ prompt: String, _ settings: GenerationSettings, top: Int?) async throws -> ServerAnswer {
    var body = common(settings)
    body["prompt"] = .string(prompt)
    if let top { body["logprobs"] = .int(top) }
    return try await answer(Self.completionsPath, body)
  }

  /// A prompt given back with the log-probabilities of its tokens. One token is written behind it and dropped: some servers take 0 for "no limit".
  func echo(_ text: String) async throws -> ServerAnswer {
    var body = common(GenerationSettings(tokensMax: 1))
    body["prompt"] = .string(text)
    body["echo"] = true
    body["logprobs"] = 1
    return try await answer(Self.completionsPath, body)
  }

  func chat(system: String?, input: String, _ settings: GenerationSettings, top: Int?) async throws -> ServerAnswer {
    var messages: [OrderedJSON] = system.map { [["role": "system", "content": .string($0)]] } ?? []
    messages.append(["role": "user", "content": .string(input)])
    var body = common(settings)
    body["messages"] = .array(messages)
    if let top {
      body["logprobs"] = true
      body["top_logprobs"] = .int(top)
    }
    return try await answer(Self.chatPath, body)
  }

  private func common(_ asked: GenerationSettings) -> JSONObject {
    var body = JSONObject([
      ("model", .string(settings.name)), ("max_tokens", .int(asked.tokensMax)), ("temperature", .double(asked.temperature)), ("n", 1),
      ("stream", false),
    ])
    if let seed = asked.seed { body["seed"] = .int(seed) }
    if !asked.stop.isEmpty { body["stop"] = .array(asked.stop.map { .string($0) }) }
    return body
  }

  private func answer(_ path: String, _ body: JSONObject) async throws -> ServerAnswer {
    let json = try await ask(path, .object(body))
    do throws(ServerAnswer.Malformed) {
      return try ServerAnswer(json)
    } catch {
      throw notUnderstood(settings.address.appending(path), error.problem)
    }
  }
}
