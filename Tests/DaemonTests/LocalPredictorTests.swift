import Evaluation
import Foundation
import RemoteModel
import TestSupport
import Testing

@testable import Daemon

/// The fixture model, asked through the protocol.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LocalPredictorTests {
  private static let labels = [
    "billing", "refund", "delivery", "returns", "warranty", "network", "setup", "account", "security", "cancel", "upgrade", "feedback",
  ]
  private static let form = "<|system|>Route.<|end|><|user|>{input}<|end|><|assistant|>"

  private func predictor(labels: [String] = labels) throws -> LocalPredictor {
    try LocalPredictor(
      base: TestSupport.fixtures.appending(path: "model"), adapter: TestSupport.fixtures.appending(path: "adapter"), labels: labels, system: "Route.",
      inputTokensMax: 512)
  }

  private func messages(_ count: Int) throws -> [PredictionRequest] {
    try LabelledFile.read(TestSupport.fixtures.appending(path: "data/unseen.jsonl")).prefix(count).map {
      PredictionRequest(key: $0.key, input: $0.input)
    }
  }

  /// Split behind the fourth word, with the space on the context's side: it belongs to the continuation.
  private func continuations(_ messages: [PredictionRequest]) -> [ContinuationRequest] {
    messages.map { message in
      let words = message.input.split(separator: " ")
      return ContinuationRequest(
        key: message.key, context: words.prefix(4).joined(separator: " ") + " ", continuation: words.dropFirst(4).joined(separator: " "))
    }
  }

  @Test func `a label's score behind the prompt is the log-probability that it is chosen by`() async throws {
    let predictor = try predictor()
    #expect(predictor.limits.isEmpty)
    let message = try messages(1)[0]
    let prediction = try #require(try await predictor.predict([message]).first)
    let answer = try #require(prediction.answer)
    let prompt = Self.form.replacing("{input}", with: message.input.trimmingCharacters(in: .whitespacesAndNewlines))
    let score = try await predictor.score([ContinuationRequest(key: "a", context: prompt, continuation: answer)])[0].get()
    #expect(abs(score.logProbability - prediction.logProbability) < 1e-5)
    #expect(score.tokens.joined() == answer)
    #expect(score.tokenLogProbabilities.count == score.tokens.count)
  }

  @Test func `white space between context and continuation is the continuation's, whoever sends it`() async throws {
    let predictor = try predictor()
    let scores = try await predictor.score([
      ContinuationRequest(key: "a", context: "my order ", continuation: "is late"),
      ContinuationRequest(key: "b", context: "my order", continuation: " is late"),
    ]).map { try $0.get() }
    #expect(scores[0] == scores[1])
    #expect(scores[0].tokens.joined() == " is late")
  }

  @Test func `a request that cannot be answered fails alone`() async throws {
    let predictor = try predictor()
    let scores = try await predictor.score([
      ContinuationRequest(key: "none", context: "my order", continuation: ""),
      ContinuationRequest(key: "good", context: "my", continuation: " order"),
      ContinuationRequest(key: "long", context: "my order", continuation: String(repeating: " word", count: 20_000)),
    ])
    for (score, key) in [(scores[0], "none"), (scores[2], "long")] {
      let failure = try #require(throws: RequestFailure.self) { try score.get() }
      #expect(failure.key == key)
    }
    #expect(try scores[1].get().logProbability < 0)
    let texts = try await predictor.generate(
      [PredictionRequest(key: "empty", input: " \n"), try messages(1)[0]], GenerationSettings(tokensMax: 4))
    #expect(throws: RequestFailure(key: "empty", reason: "the input has no text")) { try texts[0].get() }
    #expect(try !texts[1].get().text.isEmpty)
  }

  @Test func `what is written greedily is the label that is chosen, for all that are sure`() async throws {
    let predictor = try predictor()
    let messages = try messages(20)
    let predictions = try await predictor.predict(messages)
    let texts = try await predictor.generate(messages, GenerationSettings(tokensMax: 16)).map { try $0.get() }
    for (prediction, text) in zip(predictions, texts) where (prediction.confidence ?? 0) > 0.9 {
      #expect(text.text == prediction.answer)
      #expect(text.finishReason == .stop)
    }
    let seeded = GenerationSettings(tokensMax: 16, temperature: 1.5, seed: 7)
    #expect(try await predictor.generate(messages, seeded) == predictor.generate(messages, seeded))
  }

  @Test func `without labels there is nothing to choose, and everything else works`() async throws {
    let predictor = try predictor(labels: [])
    let fault = try await #require(throws: CannotMeasure.self) { _ = try await predictor.predict(try messages(1)) }
    #expect(fault.ability == .labels)
    #expect(try await predictor.score([ContinuationRequest(key: "a", context: "my", continuation: " order")])[0].get().logProbability < 0)
  }

  @Test(.enabled(if: RealServer.isThere, "set VIGIL_PYTHON to a Python with torch, transformers and peft"))
  func `here and behind a server the same model gives the same answers, scores, texts and suite results`() async throws {
    let server = try await RealServer()
    let local = try predictor()
    let task = try RemoteTask(labels: Self.labels, prompt: .text(try PromptForm(Self.form)))
    let remote = try await RemotePredictor.connect(
      RemoteSettings(address: try RemoteAddress(server.address), name: "router", api: .completions, concurrency: 4), task: task)

    let asked = continuations(try messages(40))
    var (tokens, worst) = (0, 0.0)
    for (here, there) in zip(try await local.score(asked), try await remote.score(asked)) {
      let (here, there) = (try here.get(), try there.get())
      #expect(here.tokens == there.tokens)
      #expect(here.isGreedy == there.isGreedy)
      tokens += here.tokenLogProbabilities.count
      worst = zip(here.tokenLogProbabilities, there.tokenLogProbabilities).reduce(worst) { max($0, abs($1.0 - $1.1)) }
    }
    #expect(worst < RealServer.tolerance)

    let written = try messages(40)
    let settings = GenerationSettings(tokensMax: 16)
    let texts = (try await local.generate(written, settings), try await remote.generate(written, settings))
    for (here, there) in zip(texts.0, texts.1) { #expect(try here.get().text == there.get().text) }

    let suite = try Suite.read(TestSupport.fixtures.appending(path: "suites/core.yaml"))
    let results = (try await SuiteRunner.run(suite, on: local), try await SuiteRunner.run(suite, on: remote))
    #expect(results.0.answers.map(\.answer) == results.1.answers.map(\.answer))
    let values = (results.0.measurements(at: .now).map(\.value), results.1.measurements(at: .now).map(\.value))
    #expect(values.0 == values.1)
    let difference = zip(results.0.answers, results.1.answers)
      .reduce(0.0) { max($0, abs($1.0.prediction.logProbability - $1.1.prediction.logProbability)) }
    #expect(difference < RealServer.tolerance)
    print("local against remote: \(tokens) tokens, largest difference \(worst); \(suite.items.count) suite items, \(difference)")
  }
}
