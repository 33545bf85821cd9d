import Daemon
import Evaluation
import Foundation
import Records
import TestSupport
import Testing

@Suite struct LocalPredictorTextTests {
  private static func predictor() throws -> LocalPredictor {
    try LocalPredictor(
      base: TestSupport.fixtures.appending(path: "model"), adapter: TestSupport.fixtures.appending(path: "adapter"),
      labels: ["billing", "delivery", "refund"], system: "Route.", inputTokensMax: 200)
  }

  private static let context = "<|begin|><|system|>Route.<|end|><|user|>Where is my parcel?<|end|><|assistant|>"

  @Test func `a continuation's score is that of the label`() async throws {
    let predictor = try Self.predictor()
    #expect(predictor.limits.isEmpty)
    let prediction = try await predictor.predict([PredictionRequest(key: "a", input: "Where is my parcel?")])[0]
    #expect(prediction.answer == "delivery")
    let scores = try await predictor.score([
      ContinuationRequest(key: "a", context: Self.context, continuation: "delivery"), ContinuationRequest(key: "b", context: "x", continuation: ""),
      ContinuationRequest(key: "c", context: Self.context, continuation: "billing"),
      ContinuationRequest(key: "d", context: "x", continuation: String(repeating: "where is my parcel ", count: 1000)),
    ])
    let best = try scores[0].get()
    // The label tree adds in another grouping: last bits.
    #expect(abs(best.logProbability - prediction.logProbability) < 1e-5)
    #expect(best.isGreedy == true && best.tokens == ["delivery"] && best.tokenLogProbabilities == [best.logProbability])
    #expect(try scores[2].get().isGreedy == false)
    #expect(throws: RequestFailure(key: "b", reason: "there is nothing to score: no token follows the prompt")) { try scores[1].get() }
    #expect(throws: RequestFailure.self) { try scores[3].get() }
  }

  @Test func `texts are written behind the task's prompt`() async throws {
    let predictor = try Self.predictor()
    let inputs = ["Where is my parcel?", " \n", "I want my money back"].map { PredictionRequest(key: $0, input: $0) }
    let texts = try await predictor.generate(inputs, GenerationSettings(tokensMax: 4))
    #expect(try texts[0].get().text == "delivery" && texts[0].get().finishReason == .stop && texts[0].get().tokens == 2)
    #expect(throws: RequestFailure(key: " \n", reason: "the input has no text")) { try texts[1].get() }
    let sampled = GenerationSettings(tokensMax: 4, temperature: 3, seed: 7)
    #expect(try await predictor.generate([inputs[2]], sampled)[0].get() == predictor.generate(inputs, sampled)[2].get())
    #expect(try await predictor.generate([inputs[0]], GenerationSettings(tokensMax: 1))[0].get().finishReason == .length)
  }
}
