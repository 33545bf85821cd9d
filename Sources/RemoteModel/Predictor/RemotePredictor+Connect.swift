package import Evaluation
import Files

extension RemotePredictor {
  /// Asks the server which models it has and what it can tell, with one short request.
  ///
  /// - Throws: `RemoteFault` when the server cannot be used or does not know the model; `CancellationError`.
  package static func connect(_ settings: RemoteSettings, task: RemoteTask, world: RetryWorld = .real) async throws -> RemotePredictor {
    precondition(settings.api == task.api, "a prompt of messages goes to chat, one of text to completions")
    let server = RemoteServer(settings, world: world)
    let card = try await card(server)
    var limits = limits(of: settings)
    let title = title(settings)
    let abilities: Abilities
    switch settings.api {
    case .completions:
      let echo = try await echoRefusal(server)
      if let echo {
        limits.append(CannotMeasure(.continuationScores, model: title, why: echo, hint: "vLLM and llama-cpp-python (with logits_all) score prompts"))
      }
      let tells = echo == nil ? true : try await tells { top in try await server.complete("a", GenerationSettings(tokensMax: 1), top: top) }
      abilities = Abilities(echoes: echo == nil, tellsLogProbabilities: tells)
    case .chat:
      abilities = Abilities(
        echoes: false,
        tellsLogProbabilities: try await tells { top in try await server.chat(system: nil, input: "a", GenerationSettings(tokensMax: 1), top: top) })
    }
    if !abilities.tellsLogProbabilities {
      limits.append(
        CannotMeasure(
          .labelProbabilities, model: title, why: "the server gives no log-probabilities", hint: "start it with log-probabilities enabled"))
    }
    return RemotePredictor(
      model: RemoteIdentity.of(settings, card: card, task: task), limits: limits, server: server, task: task, abilities: abilities)
  }

  /// Whether the server answers and has the model; nothing is written, so that it costs the server nothing.
  ///
  /// - Throws: `RemoteFault`, `CancellationError`.
  package static func look(at settings: RemoteSettings) async throws { _ = try await card(RemoteServer(settings, world: .real)) }

  /// What no server can tell by this API, whatever else it can.
  package static func limits(of settings: RemoteSettings) -> [CannotMeasure] {
    let title = title(settings)
    var limits = [
      CannotMeasure(.inputSurprisal, model: title, why: "the API does not say which tokens are the input's own"),
      CannotMeasure(.embeddings, model: title, why: "the API does not give hidden states", hint: "watch drift by length, vocabulary and answers"),
    ]
    if settings.api == .chat {
      limits.append(
        CannotMeasure(
          .continuationScores, model: title, why: "the chat API scores only what the model writes",
          hint: "use api: completions where the server has it"))
    }
    return limits
  }

  /// What the server says of the model; nil where it has no list.
  private static func card(_ server: RemoteServer) async throws -> OrderedJSON? {
    let settings = server.settings
    let address = settings.address.appending(RemoteServer.modelsPath)
    let list: OrderedJSON
    do {
      list = try await server.ask(RemoteServer.modelsPath)
    } catch let fault as RemoteFault where fault.reason == .refused(status: 404) || fault.reason == .refused(status: 405) {
      return nil
    } catch let rejection as RequestRejected {
      throw RemoteFault(.refused(status: rejection.status), address: address, problem: rejection.description)
    }
    guard let models = list["data"]?.arrayValue else { throw server.notUnderstood(address, "the list of models has no `data`") }
    if let card = models.first(where: { $0["id"]?.stringValue.map { $0.utf8.elementsEqual(settings.name.utf8) } ?? false }) { return card }
    let known = models.prefix(10).compactMap { $0["id"]?.stringValue.map { "\"\(RemoteServer.plain($0, limit: 80))\"" } }.joined(separator: ", ")
    throw RemoteFault(
      .unknownModel, address: address, problem: "the server has no model \"\(settings.name)\"",
      hint: known.isEmpty ? "it lists none" : "it lists \(known)")
  }

  /// Why prompts cannot be scored; nil when they can.
  private static func echoRefusal(_ server: RemoteServer) async throws -> String? {
    let probe = "One two three"
    do {
      let answer = try await server.echo(probe)
      guard answer.text.utf8.starts(with: probe.utf8) else { return "the server ignores `echo`" }
      guard let tokens = answer.tokens else { return "the server echoes without log-probabilities" }
      guard let echoed = answer.echoed else { return "the server does not say in `usage` how many tokens it wrote" }
      // What is written alone has one token here; the echo has those of the prompt too, and all but the first are scored.
      guard !echoed.isEmpty, echoed.dropFirst().allSatisfy({ $0.logProbability != nil }) else {
        return "the server gives \(tokens.count) log-probabilities for the prompt and what it wrote, some of them missing"
      }
      return nil
    } catch let rejection as RequestRejected {
      return "the server does not take `echo` with `logprobs` (\(rejection))"
    }
  }

  /// Whether what is written comes with log-probabilities.
  private static func tells(_ ask: (Int) async throws -> ServerAnswer) async throws -> Bool {
    do {
      return try await ask(topCount).tokens != nil
    } catch is RequestRejected {
      return false
    }
  }
}
