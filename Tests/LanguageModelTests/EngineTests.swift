import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing

@Suite struct EngineTests {
  private static func prompts() throws -> [[Int32]] { Array(try TinyLlama.golden.get().prompts.dropLast()) }

  @Test func `a choice has the same bits alone, in any batch and in any order`() throws {
    let engine = try TinyLlama.engine()
    let labels = try TinyLlama.golden.get().labels
    let prompts = try Self.prompts()
    let together = try engine.choose(prompts: prompts, labels: labels)
    for (i, prompt) in prompts.enumerated() {
      #expect(try engine.choose(prompts: [prompt], labels: labels) == [together[i]])
    }
    #expect(try engine.choose(prompts: prompts.reversed(), labels: labels) == together.reversed())
    // Enough copies for several passes.
    let many = try engine.choose(prompts: (0..<60).flatMap { _ in prompts }, labels: labels)
    #expect((0..<60).allSatisfy { Array(many[$0 * prompts.count..<($0 + 1) * prompts.count]) == together })
    #expect(try engine.choose(prompts: [], labels: labels).isEmpty)
  }

  @Test func `generation, scores and embeddings do not depend on company either`() throws {
    let engine = try TinyLlama.engine()
    let prompts = try Self.prompts()
    var options = GenerationOptions()
    options.maximumTokens = 12
    options.temperature = 1.1
    options.topK = 50
    options.topP = 0.9
    options.seed = 4
    let together = try engine.generate(prompts, options: options)
    for (i, prompt) in prompts.enumerated() { #expect(try engine.generate([prompt], options: options) == [together[i]]) }
    options.seed = 5
    #expect(try engine.generate(prompts, options: options) != together)
    #expect(try engine.generate(prompts, options: options, seeds: prompts.map { _ in 4 }) == together)
    let requests = prompts.map { ScoreRequest(tokens: $0, promptTokens: 3) }
    #expect(try requests.map { try engine.score([$0], top: 2)[0] } == engine.score(requests, top: 2))
    #expect(try prompts.map { try engine.embed([$0], pooling: .last)[0] } == engine.embed(prompts, pooling: .last))
  }

  @Test func `surprisal and pooling look at the span alone`() throws {
    let engine = try TinyLlama.engine()
    let prompt = try Self.prompts()[3]
    let choice = try engine.choose(prompts: [prompt], labels: [[5]], inputSpans: [4..<9])[0]
    let scored = try engine.score([ScoreRequest(tokens: prompt)])[0].logProbabilities
    #expect(abs((choice.surprisal ?? 0) + scored[3..<8].reduce(0, +) / 5) < 1e-9)
    #expect(try engine.choose(prompts: [prompt], labels: [[5]], inputSpans: [0..<1])[0].surprisal == nil)
    let without = try engine.choose(prompts: [prompt], labels: [[5]], inputSpans: [4..<9], surprisal: false)[0]
    #expect(without.surprisal == nil && without.logProbabilities == choice.logProbabilities && without.pooled == choice.pooled)
    #expect(without.probabilities == [1])
  }

  @Test func `labels that share beginnings, repeat or contain one another are scored as if alone`() throws {
    let engine = try TinyLlama.engine()
    let prompt = try Self.prompts()[2]
    let labels: [[Int32]] = [[9, 8, 7], [9, 8], [9, 8, 7], [9], [7, 8, 9, 7, 8, 9], [9, 8, 6]]
    let choice = try engine.choose(prompts: [prompt], labels: labels)[0]
    for (i, label) in labels.enumerated() {
      let score = try engine.score([ScoreRequest(tokens: prompt + label, promptTokens: prompt.count)])[0]
      // The tree adds the prompt's and the label's keys in another grouping: last bits.
      #expect(abs(score.logProbability - choice.logProbabilities[i]) < 1e-5)
    }
    #expect(choice.logProbabilities[0] == choice.logProbabilities[2])
  }

  @Test func `a score names the better tokens`() throws {
    let engine = try TinyLlama.engine()
    let prompt = try Self.prompts()[2]
    var options = GenerationOptions()
    options.maximumTokens = 5
    let written = try engine.generate([prompt], options: options)[0].tokens
    let greedy = try engine.score([ScoreRequest(tokens: prompt + written, promptTokens: prompt.count)], top: 3)[0]
    #expect(greedy.isGreedy && greedy.tokens == written && greedy.top.allSatisfy { $0.count == 3 })
    #expect(greedy.top.map { $0[0].id } == written && greedy.top.map { $0[0].logProbability } == greedy.logProbabilities)
    let other = try engine.score([ScoreRequest(tokens: prompt + written.map { ($0 + 1) % 256 }, promptTokens: prompt.count)])[0]
    #expect(!other.isGreedy && other.logProbability < greedy.logProbability && other.top.allSatisfy(\.isEmpty))
    #expect(try engine.score([ScoreRequest(tokens: [7])])[0].logProbabilities.isEmpty)
    #expect(try engine.score([ScoreRequest(tokens: [7, 8], promptTokens: 9)])[0].tokens.isEmpty)
  }

  @Test func `a generation ends at end tokens, at its length and at the context's end`() throws {
    let engine = try TinyLlama.engine()
    let prompt = try Self.prompts()[2]
    var options = GenerationOptions()
    options.maximumTokens = 8
    let free = try engine.generate([prompt], options: options)[0]
    #expect(free.finishReason == .length && free.tokens.count == 8 && free.promptTokens == 7 && free.text.isEmpty)
    options.stopTokens = [free.tokens[3]]
    let stopped = try engine.generate([prompt], options: options)[0]
    #expect(stopped.finishReason == .stop && stopped.tokens == Array(free.tokens[...3]))
    options.stopTokens = []
    options.maximumTokens = 1000
    options.ignoreEndOfSequence = true
    #expect(try engine.generate([prompt], options: options)[0].tokens.count == 128 - 7)
    options.maximumTokens = 10
    options.repetitionPenalty = 1e9
    let tokens = try engine.generate([prompt], options: options)[0].tokens
    #expect(Set(tokens).count == 10 && Set(tokens).isDisjoint(with: prompt))
  }

  /// Token i is byte i, in GPT-2's byte-level alphabet.
  private static func byteTokenizer() throws -> Tokenizer {
    var (vocabulary, next): ([String: Int], UInt32) = ([:], 256)
    for byte in 0..<256 {
      let printable = (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
      let scalar = try #require(Unicode.Scalar(printable ? UInt32(byte) : next))
      if !printable { next += 1 }
      vocabulary[String(Character(scalar))] = byte
    }
    let level: [String: Any] = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
    let file: [String: Any] = [
      "version": "1.0", "added_tokens": [[String: Any]](), "pre_tokenizer": level, "decoder": level,
      "model": ["type": "BPE", "vocab": vocabulary, "merges": [String]()] as [String: Any],
    ]
    return try Tokenizer(json: Array(try JSONSerialization.data(withJSONObject: file)))
  }

  @Test func `a stop string ends the text before it, wherever the tokens' borders are`() throws {
    let engine = try TinyLlama.engine(tokenizer: try Self.byteTokenizer())
    let prompt = try Self.prompts()[4]
    var options = GenerationOptions()
    options.maximumTokens = 30
    options.ignoreEndOfSequence = true
    let free = try engine.generate([prompt], options: options)[0]
    let text = String(decoding: free.tokens.map(UInt8.init), as: UTF8.self)
    #expect(free.text == text && free.finishReason == .length)
    let scalars = Array(text.unicodeScalars)
    let start = try #require((3..<scalars.count - 1).first { scalars[$0].isASCII && scalars[$0 + 1].isASCII })
    var stop = String.UnicodeScalarView()
    stop.append(contentsOf: scalars[start...start + 1])
    options.stop = ["never seen", String(stop)]
    let stopped = try engine.generate([prompt], options: options)[0]
    let cut = try #require(text.range(of: String(stop), options: .literal)).lowerBound
    #expect(stopped.finishReason == .stop && Array(stopped.text.utf8) == Array(text[..<cut].utf8) && stopped.tokens.count < 30)
  }

  @Test func `what cannot be computed is refused with its reason`() throws {
    let engine = try TinyLlama.engine()
    func fault(_ body: () throws -> Void) -> EngineFault? {
      do {
        try body()
        return nil
      } catch { return error as? EngineFault }
    }
    let long = [Int32](repeating: 5, count: 129)
    #expect(fault { _ = try engine.choose(prompts: [[1], []], labels: [[1]]) } == .emptyPrompt(index: 1))
    #expect(fault { _ = try engine.choose(prompts: [Array(long.dropLast())], labels: [[1, 2, 3]]) } == .tooLong(index: 0, tokens: 130, limit: 128))
    #expect(fault { _ = try engine.choose(prompts: [[1, 256]], labels: [[1]]) } == .unknownToken(index: 0, id: 256, vocabulary: 256))
    #expect(fault { _ = try engine.choose(prompts: [[1]], labels: [[-1]]) } == .unknownToken(index: 0, id: -1, vocabulary: 256))
    #expect(fault { _ = try engine.choose(prompts: [[1]], labels: []) } == .noLabels)
    #expect(fault { _ = try engine.choose(prompts: [[1]], labels: [[1], []]) } == .emptyLabel(index: 1))
    #expect(fault { _ = try engine.choose(prompts: [[1, 2]], labels: [[1]], inputSpans: [1..<3]) } == .spanOutside(index: 0, span: 1..<3, tokens: 2))
    #expect(
      fault { _ = try engine.choose(prompts: [[1, 2]], labels: [[1]], inputSpans: []) } == .countDiffers(what: "input spans", expected: 1, got: 0))
    #expect(fault { _ = try engine.score([ScoreRequest(tokens: long + [1])]) } == .tooLong(index: 0, tokens: 129, limit: 128))
    #expect(fault { _ = try engine.embed([[]]) } == .emptyPrompt(index: 0))
    var options = GenerationOptions()
    options.stop = ["x"]
    #expect(fault { _ = try engine.generate([[1]], options: options) } == .noTokenizer)
    options = GenerationOptions()
    options.topP = -0.1
    #expect(fault { _ = try engine.generate([[1]], options: options) } == .option("top-p must be in 0...1, got -0.1"))
  }

  @Test func `broken weights give an error and no answer`() throws {
    let engine = try TinyLlama.engine(damaged: "model.layers.1.mlp.down_proj.weight")
    #expect(throws: EngineFault.notFinite(index: 0)) { try engine.choose(prompts: [[5, 6]], labels: [[1], [2]]) }
    #expect(throws: EngineFault.notFinite(index: 0)) { try engine.generate([[5, 6]], options: GenerationOptions()) }
    #expect(throws: EngineFault.notFinite(index: 0)) { try engine.score([ScoreRequest(tokens: [5, 6])]) }
    #expect(throws: EngineFault.notFinite(index: 0)) { try engine.embed([[5, 6]]) }
  }
}
