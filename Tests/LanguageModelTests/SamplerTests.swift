import Foundation
import TestSupport
import Testing

@testable import LanguageModel

@Suite struct SamplerTests {
  /// Fixtures/golden/sampling/golden.json, made by make.py beside it with transformers' own processors.
  private struct Golden: Decodable {
    struct Case: Decodable {
      var kind: String
      var options: [String: Double]
      var before: [Int32]
      var logits: [Float]
      var probabilities: [Double]
    }
    var cases: [Case]
  }

  private static func options(_ named: [String: Double]) -> GenerationOptions {
    var options = GenerationOptions()
    options.temperature = named["temperature"] ?? 1
    options.topK = Int(named["top_k"] ?? 0)
    options.topP = named["top_p"] ?? 1
    options.minP = named["min_p"] ?? 0
    options.repetitionPenalty = named["repetition_penalty"] ?? 1
    return options
  }

  private func probabilities(_ logits: [Float], _ options: GenerationOptions, before: [Int32]) -> [Double] {
    let sampler = Sampler(options, seed: 0, prompt: before)
    let left = sampler.candidates(sampler.penalized(logits))
    let sum = left.reduce(0) { $0 + $1.weight }
    var probabilities = [Double](repeating: 0, count: logits.count)
    for candidate in left { probabilities[candidate.id] = candidate.weight / sum }
    return probabilities
  }

  @Test func `the filters leave the distribution that transformers' processors leave`() throws {
    let golden = try JSONDecoder().decode(Golden.self, from: try TestSupport.golden("sampling/golden.json"))
    var worst = 0.0
    for one in golden.cases {
      let own = probabilities(one.logits, Self.options(one.options), before: one.before)
      #expect(own.map { $0 > 0 } == one.probabilities.map { $0 > 0 }, "\(one.kind) \(one.options)")
      let difference = zip(own, one.probabilities).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < 1e-6, "\(one.kind) \(one.options)")
      worst = max(worst, difference)
    }
    print("largest difference of probabilities from transformers' processors, \(golden.cases.count) cases: \(worst)")
    #expect(golden.cases.count > 150)
  }

  @Test func `sorting only what could stay gives the nucleus of sorting all`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let logits = (0..<200).map { _ in Float.random(in: -6...6, using: &random).rounded(.toNearestOrEven) }
      var options = Self.options(["top_p": [0.001, 0.2, 0.5, 0.9, 0.99].randomElement() ?? 0.5])
      options.minP = 0
      let all = probabilities(logits, Self.options([:]), before: [])
      let order = all.indices.sorted { logits[$0] < logits[$1] || (logits[$0] == logits[$1] && $0 < $1) }
      var (gone, kept) = (0.0, Set<Int>())
      for id in order {
        gone += Double(Float(all[id]))
        if Float(gone) > Float(1 - options.topP) { kept.insert(id) }
      }
      kept.insert(order[order.count - 1])
      let own = probabilities(logits, options, before: [])
      // A sum that is taken in another order may differ in its last bit, and with it one token at the edge.
      #expect(kept.symmetricDifference(Set(own.indices.filter { own[$0] > 0 })).count <= 1)
    }
  }

  @Test func `drawing follows the distribution, and a seed decides it`() {
    let logits: [Float] = [0, 1, -1, 2, -.infinity]
    let options = Self.options(["temperature": 0.8, "top_k": 3])
    let wanted = probabilities(logits, options, before: [])
    var counts = [Int](repeating: 0, count: logits.count)
    for seed in 0..<20_000 {
      var (one, other) = (Sampler(options, seed: UInt64(seed), prompt: []), Sampler(options, seed: UInt64(seed), prompt: []))
      let id = one.pick(logits)
      #expect(other.pick(logits) == id)
      counts[Int(id)] += 1
    }
    // Five standard errors.
    for (count, p) in zip(counts, wanted) { #expect(abs(Double(count) / 20_000 - p) <= 5 * (p * (1 - p) / 20_000).squareRoot()) }
  }

  @Test func `no temperature is too low`() {
    let logits: [Float] = [1000, 999, 1000, -1000]
    for temperature in [1e-3, 1e-30, 1e-300] {
      #expect(probabilities(logits, Self.options(["temperature": temperature, "top_p": 0.9]), before: []).filter { $0 > 0 } == [0.5, 0.5])
    }
  }

  @Test func `the penalty meets generated tokens too`() {
    var options = Self.options(["repetition_penalty": 4])
    options.temperature = 0
    var sampler = Sampler(options, seed: 0, prompt: [3])
    let logits: [Float] = [1, 2, 3, 5]
    #expect((0..<3).map { _ in sampler.pick(logits) } == [2, 1, 3])
  }
}
