import Evaluation
import Files
import Foundation
import LanguageModel
import TestSupport
import Testing

@testable import RemoteModel

/// The fixture model behind a real server process, `Fixtures/scripts/serve.py`; VIGIL_PYTHON names a Python with torch, transformers and peft. With VIGIL_REMOTE_URL
/// another server is asked, which has base and adapter merged under the name `router` (Fixtures/README.md says how llama-cpp-python is started).
@Suite(.serialized, .timeLimit(.minutes(5)), .enabled(if: RealServer.isThere, "set VIGIL_PYTHON to a Python with torch, transformers and peft"))
struct RealServerTests {
  private static let labels = [
    "billing", "refund", "delivery", "returns", "warranty", "network", "setup", "account", "security", "cancel", "upgrade", "feedback",
  ]
  private static let form = "<|system|>Route.<|end|><|user|>{input}<|end|><|assistant|>"

  private func messages(_ count: Int) throws -> [PredictionRequest] {
    try LabelledFile.read(TestSupport.fixtures.appending(path: "data/unseen.jsonl")).prefix(count).map {
      PredictionRequest(key: $0.key, input: $0.input)
    }
  }

  /// The same messages by the engine in this process.
  private func local(_ messages: [PredictionRequest]) throws -> [Choice] {
    let folder = try ModelFolder.open(TestSupport.fixtures.appending(path: "model"))
    let engine = try LanguageEngine(folder, adapter: try AdapterFolder.open(TestSupport.fixtures.appending(path: "adapter"), base: folder))
    let prompts = try messages.map { message in
      let text = try folder.render([.system("Route."), .user(message.input)], addGenerationPrompt: true)
      return folder.tokenizer.encode(text, addSpecialTokens: false).ids
    }
    return try engine.choose(prompts: prompts, labels: Self.labels.map { folder.tokenizer.encode($0, addSpecialTokens: false).ids }, surprisal: false)
  }

  private func connect(_ server: RealServer, _ prompt: RemoteTask.Prompt, timeout: Double = 60, retries: Int = 0) async throws -> RemotePredictor {
    let task = try RemoteTask(labels: Self.labels, prompt: prompt)
    return try await RemotePredictor.connect(
      RemoteSettings(
        address: try RemoteAddress(server.address), name: "router", api: task.api, concurrency: 4, timeout: timeout,
        retry: RetryPolicy(retries: retries)),
      task: task)
  }

  @Test func `50 messages have the local engine's labels and probabilities, by either API`() async throws {
    let server = try await RealServer()
    let messages = try messages(50)
    let expected = try local(messages)
    let prompts: [RemoteTask.Prompt] = [.text(try PromptForm(Self.form)), .messages(system: "Route.")]
    for prompt in prompts {
      let predictor = try await connect(server, prompt)
      let predictions = try await predictor.predict(messages)
      #expect(predictions.map(\.answer) == expected.map { Self.labels[$0.best] })
      var (worst, told) = (0.0, 0)
      for (prediction, choice) in zip(predictions, expected) where !prediction.probabilities.isEmpty {
        told += 1
        worst = max(worst, abs(prediction.logProbability - choice.logProbabilities[choice.best]))
        worst = zip(prediction.probabilities, choice.probabilities).reduce(worst) { max($0, abs($1.0 - $1.1)) }
      }
      print("remote against local, \(predictor.server.settings.api.rawValue): \(told) of 50 with probabilities, largest difference \(worst)")
      switch prompt {
      case .text:
        #expect(told == 50)
        #expect(worst < RealServer.tolerance)
      case .messages:
        #expect(told > 25)
        #expect(worst < max(LabelChoice.tolerance, RealServer.tolerance))
      }
    }
  }

  @Test func `continuations are scored as the local engine scores them`() async throws {
    let server = try await RealServer()
    let predictor = try await connect(server, .text(try PromptForm(Self.form)))
    let requests = try messages(5).map { message in
      // Split behind a word, with the space on the context's side: it belongs to the continuation.
      let words = message.input.split(separator: " ")
      return ContinuationRequest(
        key: message.key, context: words.prefix(4).joined(separator: " ") + " ", continuation: words.dropFirst(4).joined(separator: " "))
    }
    let folder = try ModelFolder.open(TestSupport.fixtures.appending(path: "model"))
    let engine = try LanguageEngine(folder, adapter: try AdapterFolder.open(TestSupport.fixtures.appending(path: "adapter"), base: folder))
    let boundary = ScoringBoundary(folder)
    let expected = try engine.score(requests.map { try boundary.request(context: $0.context, continuation: $0.continuation) })
    for (result, score) in zip(try await predictor.score(requests), expected) {
      let own = try result.get()
      #expect(own.tokenLogProbabilities.count == score.logProbabilities.count)
      #expect(own.isGreedy == score.isGreedy)
      #expect(zip(own.tokenLogProbabilities, score.logProbabilities).allSatisfy { abs($0 - $1) < RealServer.tolerance })
    }
  }

  @Test(.enabled(if: RealServer.running == nil, "a server that runs already is left alone"))
  func `a server that is stopped times out, one that goes on answers, one that is killed is unreachable`() async throws {
    let server = try await RealServer()
    let messages = try messages(4)
    // Only what stalls is timed: how fast the others are is the machine's business.
    let hurried = try await connect(server, .messages(system: "Route."), timeout: 10)
    let predictor = try await connect(server, .messages(system: "Route."))
    server.signal(SIGSTOP)
    let stalled = try await #require(throws: RemoteFault.self) { _ = try await hurried.predict(messages) }
    #expect(stalled.reason == .timedOut)
    server.signal(SIGCONT)
    #expect(try await predictor.predict(messages).allSatisfy { $0.answer != nil })
    let many = (0..<200).map { PredictionRequest(key: "\($0)", input: messages[$0 % 4].input) }
    async let predictions = predictor.predict(many)
    try await Task.sleep(for: .milliseconds(300))
    server.signal(SIGKILL)
    do {
      _ = try await predictions
      Issue.record("200 messages were answered before the server was killed")
    } catch let fault as RemoteFault {
      #expect(fault.reason == .unreachable)
    }
  }
}
