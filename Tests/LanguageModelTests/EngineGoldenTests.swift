import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing

/// The tiny Llama of Fixtures/golden/scripts/llama_tiny.py, and what transformers and peft computed with it.
struct TinyLlama: Decodable {
  struct Expected: Decodable {
    var logits_last: [[Double]]
    var logits_full_19: [[Double]]
    var hidden_mean: [[Double]]
    var surprisal: [Double?]
    var label_logprobs: [[Double]?]
    var token_logprobs: [[Double]]
    var greedy: [[Int32]?]
  }
  var prompts: [[Int32]]
  var labels: [[Int32]]
  var base: Expected
  var adapter: Expected

  static let golden = Result { try JSONDecoder().decode(TinyLlama.self, from: try TestSupport.golden("llama_tiny.json")) }

  static func weights() throws -> LlamaWeights {
    let folder = TestSupport.fixtures.appending(path: "golden/llama-tiny")
    let file = try SafetensorsFile.open(folder.appending(path: "model.safetensors"))
    return try LlamaWeights(try LlamaConfiguration.open(folder.appending(path: "config.json"))) { try file.floats(named: $0) }
  }

  static func lora(_ base: LlamaConfiguration) throws -> LoRAWeights {
    try LoRAWeights(try AdapterFolder.open(TestSupport.fixtures.appending(path: "golden/llama-tiny/adapter"), base: base), base: base)
  }

  static func engine(adapted: Bool = false) throws -> LanguageEngine {
    let weights = try weights()
    return LanguageEngine(weights: weights, adapter: adapted ? try lora(weights.configuration) : nil)
  }
}

/// Both sides compute in Float in another order; logits are of size 10, two layers apart from the input. Measured: 5e-6.
private let logitTolerance = 2e-5

@Suite struct EngineGoldenTests {
  private func close(_ a: [Float], _ b: [Double], _ tolerance: Double = logitTolerance) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) < tolerance }
  }

  @Test(arguments: [false, true]) func `logits, hidden states and surprisal are those of transformers`(adapted: Bool) throws {
    let golden = try TinyLlama.golden.get()
    let expected = adapted ? golden.adapter : golden.base
    let engine = try TinyLlama.engine(adapted: adapted)
    for (i, prompt) in golden.prompts.enumerated() {
      let logits = try engine.logits(prompt)
      #expect(close(logits.row(prompt.count - 1), expected.logits_last[i]))
      if prompt.count == 19 { for (t, row) in expected.logits_full_19.enumerated() { #expect(close(logits.row(t), row)) } }
    }
    for (vector, mean) in zip(try engine.embed(golden.prompts), expected.hidden_mean) { #expect(close(vector, mean)) }
    for (score, logs) in zip(try engine.score(golden.prompts.map { ScoreRequest(tokens: $0) }, top: 3), expected.token_logprobs) {
      #expect(close(score.logProbabilities.map(Float.init), logs))
    }
  }

  @Test(arguments: [false, true]) func `labels are scored as continuations`(adapted: Bool) throws {
    let golden = try TinyLlama.golden.get()
    let expected = adapted ? golden.adapter : golden.base
    let prompts = Array(golden.prompts.dropLast())
    let choices = try TinyLlama.engine(adapted: adapted).choose(prompts: prompts, labels: golden.labels)
    for (i, choice) in choices.enumerated() {
      let logs = try #require(expected.label_logprobs[i])
      #expect(close(choice.logProbabilities.map(Float.init), logs))
      #expect(abs(choice.probabilities.reduce(0, +) - 1) < 1e-12)
      #expect(choice.best == logs.indices.max { logs[$0] < logs[$1] })
      #expect(choice.tokens == prompts[i].count)
      #expect((choice.surprisal == nil) == (expected.surprisal[i] == nil))
      if let a = choice.surprisal, let b = expected.surprisal[i] { #expect(abs(a - b) < logitTolerance) }
      #expect(close(choice.pooled, expected.hidden_mean[i]))
    }
  }

  @Test(arguments: [false, true]) func `greedy generation gives the same ids`(adapted: Bool) throws {
    let golden = try TinyLlama.golden.get()
    let expected = (adapted ? golden.adapter : golden.base).greedy
    var options = GenerationOptions()
    options.maximumTokens = 20
    let prompts = golden.prompts.filter { $0.count < 100 }
    let generations = try TinyLlama.engine(adapted: adapted).generate(prompts, options: options)
    #expect(generations.map(\.tokens) == expected.compactMap { $0 })
  }

  @Test func `the exported tensors carry the names and shapes they came with`() throws {
    let weights = try TinyLlama.weights()
    #expect(weights.tensors.map(\.name) == weights.configuration.tensorShapes.map(\.name))
    let lora = try TinyLlama.lora(weights.configuration)
    #expect(lora.tensors.count == 2 * 7 * 2 && lora.scale == 6)
    #expect(lora.tensors[0].name == "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight" && lora.tensors[0].shape == [4, 64])
    // Merging leaves the base alone.
    let before = weights.layers[0].q.array
    let merged = weights.merging(lora)
    #expect(weights.layers[0].q.array == before && merged.layers[0].q.array != before)
  }
}
