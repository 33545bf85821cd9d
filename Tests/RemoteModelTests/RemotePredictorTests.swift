import Evaluation
import Files
import Foundation
import TestSupport
import Testing

@testable import RemoteModel

@Suite(.timeLimit(.minutes(2))) struct RemotePredictorTests {
  private func requests(_ inputs: [String]) -> [PredictionRequest] { inputs.enumerated().map { PredictionRequest(key: "\($0)", input: $1) } }

  private func connect(_ server: FakeServer, _ task: RemoteTask, concurrency: Int = 4) async throws -> RemotePredictor {
    try await RemotePredictor.connect(try .local(server.port, api: task.api, concurrency: concurrency), task: task, world: Pauses().world)
  }

  // MARK: - Completions

  @Test func `labels are scored as continuations where the server echoes`() async throws {
    let server = try await FakeServer { request, _ in FakeServer.model(request) }
    let predictor = try await connect(server, try .completions(["no", "maybe"]))
    #expect(predictor.limits.map(\.ability) == [.inputSurprisal, .embeddings])
    let prediction = try #require(try await predictor.predict(requests(["is it so"])).first)
    // The words' lengths alone: -2/4 and -5/4.
    #expect(prediction.answer == "no")
    #expect(prediction.logProbability == -0.5)
    #expect(abs(prediction.probabilities[0] - 1 / (1 + exp(-0.75))) < 1e-12)
    #expect(prediction.model == predictor.model)
    #expect(prediction.inputSurprisal == nil)
    #expect(prediction.embedding.isEmpty)
    let prompts = server.requests.compactMap { $0.body["prompt"]?.stringValue }.suffix(3)
    #expect(Array(prompts) == ["Q: is it so A:", "Q: is it so A:no", "Q: is it so A:maybe"])
    try await server.stop()
  }

  @Test func `any continuation can be scored where the server echoes`() async throws {
    let server = try await FakeServer { request, _ in FakeServer.model(request) }
    let predictor = try await connect(server, try .completions())
    let scores = try await predictor.score([
      ContinuationRequest(key: "a", context: "one two ", continuation: "three four"), ContinuationRequest(key: "b", context: " ", continuation: "x"),
    ])
    let first = try scores[0].get()
    #expect(first.tokens == [" three", " four"])
    #expect(first.logProbability == -11.0 / 4)
    #expect(throws: RequestFailure.self) { try scores[1].get() }
    try await server.stop()
  }

  @Test(arguments: ["ignored", "refused", "without log-probabilities", "without counts"])
  func `a server that cannot echo scores nothing, and says why`(how: String) async throws {
    let server = try await FakeServer { request, _ in
      guard request.body["echo"]?.boolValue == true else { return FakeServer.model(request) }
      switch how {
      case "refused": return .status(400, [], #"{"error": {"message": "Only no echo is supported"}}"#)
      case "ignored": return .json(["choices": [["text": " four", "logprobs": nil]], "usage": ["completion_tokens": 1]])
      case "without log-probabilities": return .json(["choices": [["text": "One two three four"]], "usage": ["completion_tokens": 1]])
      default: return .json(["choices": [["text": "One two three x", "logprobs": ["tokens": ["One"], "token_logprobs": [nil]]]]])
      }
    }
    let predictor = try await connect(server, try .completions())
    #expect(predictor.limits.contains { $0.ability == .continuationScores })
    let fault = try await #require(throws: CannotMeasure.self) {
      _ = try await predictor.score([ContinuationRequest(key: "a", context: "b", continuation: "c")])
    }
    #expect(fault.ability == .continuationScores)
    #expect(fault.description.hasPrefix("cannot measure continuation_scores of tiny at http://127.0.0.1:"))
    if how == "refused" { #expect(fault.why.contains("Only no echo is supported")) }
    try await server.stop()
  }

  @Test func `the answer to another prompt is not believed`() async throws {
    let server = try await FakeServer { request, number in
      var request = request
      if number >= 4, var body = request.body.objectValue {
        body["prompt"] = "Q: something else A:"
        request.body = .object(body)
      }
      return FakeServer.model(request)
    }
    let predictor = try await connect(server, try .completions())
    let fault = try await #require(throws: RemoteFault.self) { _ = try await predictor.predict(requests(["one", "two"])) }
    #expect(fault.problem == "the echo is not the text that was sent")
    try await server.stop()
  }

  // MARK: - Chat

  @Test func `answers come in the requests' order, though they are ready in another`() async throws {
    let server = try await FakeServer { request, number in
      var answer = FakeServer.model(request)
      answer.delay = Int64((number * 13) % 31)
      return answer
    }
    let predictor = try await connect(server, try .chat(), concurrency: 8)
    let words = (0..<40).map { $0 % 3 == 0 ? "yes" : "no" }
    let predictions = try await predictor.predict(requests(words.map { "say \($0)" }))
    #expect(predictions.map(\.key) == (0..<40).map { "\($0)" })
    #expect(predictions.compactMap(\.answer) == words)
    #expect(predictions.allSatisfy { $0.probabilities.count == 2 && abs($0.probabilities.reduce(0, +) - 1) < 1e-12 })
    #expect(server.mostAtOnce <= 8)
    try await server.stop()
  }

  @Test func `chat names what it cannot measure`() async throws {
    let server = try await FakeServer { request, _ in FakeServer.model(request) }
    let predictor = try await connect(server, try .chat())
    #expect(predictor.limits.map(\.ability) == [.inputSurprisal, .embeddings, .continuationScores])
    await #expect(throws: CannotMeasure.self) { _ = try await predictor.score([]) }
    let messages = try #require(server.requests.last?.body["messages"]?.arrayValue)
    #expect(messages.last?["content"] == "a")
    try await server.stop()
  }

  @Test(arguments: [true, false])
  func `without log-probabilities there are answers and no probabilities`(refuses: Bool) async throws {
    let server = try await FakeServer { request, _ in
      var request = request
      if request.body["logprobs"] != nil, var body = request.body.objectValue {
        if refuses { return .status(400, [], #"{"detail": "logprobs are not supported"}"#) }
        body["logprobs"] = nil
        request.body = .object(body)
      }
      return FakeServer.model(request)
    }
    let predictor = try await connect(server, try .chat())
    #expect(predictor.limits.map(\.ability).contains(.labelProbabilities))
    let predictions = try await predictor.predict(requests(["say yes", "say perhaps"]))
    #expect(predictions[0].answer == "yes")
    #expect(predictions[0].probabilities.isEmpty)
    #expect(predictions[0].confidence == nil)
    #expect(predictions[1].answer == nil)
    #expect(predictions[1].failure == "the model wrote none of the labels but \"perhaps\"")
    try await server.stop()
  }

  @Test func `one bad input fails alone`() async throws {
    let server = try await FakeServer { request, _ in
      let said = request.body["messages"]?.arrayValue?.last?["content"]?.stringValue ?? ""
      return said.contains("long") ? .status(400, [], #"{"error": {"message": "context length exceeded"}}"#) : FakeServer.model(request)
    }
    let predictor = try await connect(server, try .chat())
    let predictions = try await predictor.predict(requests(["say yes", "long yes", " \n", "say no"]))
    #expect(predictions.map(\.answer) == ["yes", nil, nil, "no"])
    #expect(predictions[1].failure?.contains("context length exceeded") == true)
    #expect(predictions[2].failure == "the input has no text")
    try await server.stop()
  }

  @Test func `an outage is an error and no prediction`() async throws {
    let server = try await FakeServer { request, number in number < 4 ? FakeServer.model(request) : .init(body: "{", manner: .diesHalfway) }
    let predictor = try await connect(server, try .chat())
    let fault = try await #require(throws: RemoteFault.self) { _ = try await predictor.predict(requests(["yes", "no", "yes", "no"])) }
    #expect(fault.isTransient)
    try await server.stop()
  }

  @Test func `texts are generated as asked`() async throws {
    let server = try await FakeServer { request, _ in FakeServer.model(request) }
    let predictor = try await connect(server, try .chat())
    let texts = try await predictor.generate(
      requests(["say this", ""]), GenerationSettings(tokensMax: 9, temperature: 0.5, seed: 3, stop: ["\n"]))
    #expect(try texts[0].get() == GeneratedText(text: "this", finishReason: .stop, promptTokens: 5, tokens: 1))
    #expect(throws: RequestFailure.self) { try texts[1].get() }
    let body = try #require(server.requests.last?.body)
    #expect(body["max_tokens"] == 9)
    #expect(body["temperature"]?.doubleValue == 0.5)
    #expect(body["seed"] == 3)
    #expect(body["stop"] == ["\n"])
    #expect(body["logprobs"] == nil)
    try await server.stop()
  }

  // MARK: - Identity

  @Test func `a model that the server does not have is named beside those it has`() async throws {
    let server = try await FakeServer { _, _ in .json(["data": [["id": "other"]]]) }
    let fault = try await #require(throws: RemoteFault.self) { _ = try await connect(server, try .chat()) }
    #expect(fault.reason == .unknownModel)
    #expect(fault.hint == "it lists \"other\"")
    try await server.stop()
  }

  @Test func `a server without a list of models is taken at its word`() async throws {
    let server = try await FakeServer { request, _ in request.path == "/v1/models" ? .status(404) : FakeServer.model(request) }
    #expect(try await connect(server, try .chat()).model.utf8.count == 16)
    try await server.stop()
  }

  @Test func `identity is address, name, task and what the server says, without what changes by itself`() throws {
    let settings = try RemoteSettings.local(80)
    let card: OrderedJSON = ["id": "tiny", "created": 1, "meta": ["size": 5, "n_vocab": 7], "permission": [["id": "x1"]]]
    let later: OrderedJSON = ["meta": ["n_vocab": 7, "size": 5], "created": 2, "id": "tiny", "permission": [["id": "x2"]]]
    let own = RemoteIdentity.of(settings, card: card, task: try .chat())
    #expect(RemoteIdentity.of(settings, card: later, task: try .chat()) == own)
    #expect(RemoteIdentity.of(settings, card: ["id": "tiny", "meta": ["size": 6, "n_vocab": 7]], task: try .chat()) != own)
    #expect(RemoteIdentity.of(try .local(81), card: card, task: try .chat()) != own)
    #expect(RemoteIdentity.of(settings, card: card, task: try .chat(["no", "yes"])) != own)
    var hurried = settings
    hurried.timeout = 1
    hurried.concurrency = 1
    #expect(RemoteIdentity.of(hurried, card: card, task: try .chat()) == own)
  }
}
