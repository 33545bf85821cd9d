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

  static let folder = TestSupport.fixtures.appending(path: "golden/llama-tiny")

  /// - damaged: a tensor whose fourth value becomes NaN
  static func engine(adapted: Bool = false, tokenizer: Tokenizer? = nil, damaged: String? = nil) throws -> LanguageEngine {
    let configuration = try ModelConfiguration.open(folder.appending(path: "config.json"))
    let file = try SafetensorsFile.open(folder.appending(path: "model.safetensors"))
    let adapter = adapted ? try LoRAWeights(AdapterFolder.open(folder.appending(path: "adapter"), base: configuration)) : nil
    let tensors = FloatTensors { name in
      var floats = try file.floats(named: name)
      if name == damaged { floats[3] = .nan }
      return floats
    }
    return try LanguageEngine(configuration, adapter: adapter, tokenizer: tokenizer, tensors: tensors)
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

  @Test func `an adapter's layers go by the paths of the base's`() throws {
    let configuration = try ModelConfiguration.open(TinyLlama.folder.appending(path: "config.json"))
    let lora = try LoRAWeights(AdapterFolder.open(TinyLlama.folder.appending(path: "adapter"), base: configuration))
    #expect(lora.adapters.values.allSatisfy { $0.scale == 6 } && Set(lora.adapters.keys) == Set(configuration.linears.map(\.path)))
    #expect(lora.adapters["model.layers.0.self_attn.q_proj"].map { [$0.a.rows, $0.a.columns, $0.b.rows, $0.b.columns] } == [4, 64, 64, 4])
  }
}
