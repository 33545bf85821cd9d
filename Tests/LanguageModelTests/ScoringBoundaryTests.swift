import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// Golden values are lm-evaluation-harness's own: Fixtures/golden/scoring/make.py.
@Suite struct ScoringBoundaryTests {
  private struct Golden: Decodable {
    struct Expected: Decodable {
      var windows: [[[Int32]]]
      var logprob: Double
      var greedy: Bool?
    }
    struct Case: Decodable {
      var tokenizer: String
      var prompt: String?
      var completion: String?
      var text: String?
      /// Nil where the reference fails.
      var expected: Expected?
    }
    var cases: [Case]
  }

  private static let folder = TestSupport.fixtures.appending(path: "golden/scoring")

  private static func boundary(_ name: String, tokensMax: Int = 64) throws -> ScoringBoundary {
    let tokenizer = try Tokenizer.open(folder.appending(path: "\(name)/tokenizer.json"))
    return ScoringBoundary(tokenizer: tokenizer, prefix: name == "eos" ? 2 : 1, tokensMax: tokensMax)
  }

  @Test(arguments: ["bos", "plain", "eos"]) func `tokens, windows and scores are those of lm-evaluation-harness`(name: String) throws {
    let golden = try JSONDecoder().decode(Golden.self, from: try TestSupport.golden("scoring/golden.json"))
    let (boundary, engine) = (try Self.boundary(name), try FamilyCase("llama").engine())
    var (compared, worst) = (0, 0.0)
    for one in golden.cases where one.tokenizer == name {
      let requests = Result {
        try one.text.map { try boundary.rolling(text: $0) } ?? [boundary.request(context: one.prompt ?? "", continuation: one.completion ?? "")]
      }
      guard let expected = one.expected else {
        // White space alone is the one context that the reference cannot do and we can.
        if let made = try? requests.get() {
          #expect(one.prompt?.splitBeforeTrailingSpace().text == "" && made.first?.tokens.first == boundary.prefix)
        }
        continue
      }
      let made = try requests.get()
      #expect(made.map { $0.tokens.dropFirst($0.promptTokens) } == expected.windows.map { $0[1][...] })
      #expect(made.map { Array($0.tokens.prefix($0.promptTokens)) } == expected.windows.map { Array($0[0].suffix(65 - $0[1].count)) })
      #expect(made.map(\.truncated) == expected.windows.map { max(0, $0[0].count + $0[1].count - 65) })
      let scores = try engine.score(made)
      worst = max(worst, abs(scores.reduce(0) { $0 + $1.logProbability } - expected.logprob))
      if let greedy = expected.greedy { #expect(scores.first?.isGreedy == greedy) }
      compared += 1
    }
    print("largest difference of scores from lm-evaluation-harness, tokenizer \(name), \(compared) cases: \(worst)")
    #expect(compared >= 40 && worst < 1e-4)
  }

  @Test func `what cannot be scored is refused with its reason`() throws {
    let boundary = try Self.boundary("plain", tokensMax: 8)
    #expect(throws: ScoringFault.nothingToScore) { try boundary.request(context: "the cat", continuation: "") }
    #expect(throws: ScoringFault.nothingToScore) { try boundary.request(context: "", continuation: "") }
    #expect(throws: ScoringFault.nothingToScore) { try boundary.request(text: "") }
    #expect(throws: ScoringFault.nothingToScore) { try boundary.request(tokens: [5], promptTokens: 0) }
    #expect(throws: ScoringFault.nothingToScore) { try boundary.request(tokens: [5, 6], promptTokens: 2) }
    #expect(throws: ScoringFault.tooLong(tokens: 9, limit: 8)) { try boundary.request(tokens: (0..<10).map { $0 }, promptTokens: 0) }
    let nameless = ScoringBoundary(tokenizer: try Tokenizer.open(Self.folder.appending(path: "plain/tokenizer.json")), prefix: nil, tokensMax: 8)
    #expect(throws: ScoringFault.noPrefix) { try nameless.request(context: "", continuation: "the") }
    #expect(try nameless.request(context: "the", continuation: " cat").promptTokens > 0)
  }

  @Test func `a long prompt loses its beginning, and says how much`() throws {
    let boundary = try Self.boundary("plain", tokensMax: 8)
    let request = try boundary.request(tokens: (0..<20).map { $0 }, promptTokens: 17)
    #expect(request == ScoreRequest(tokens: (11..<20).map { $0 }, promptTokens: 6, truncated: 11))
    #expect(try boundary.request(tokens: (0..<9).map { $0 }, promptTokens: 0) == ScoreRequest(tokens: (0..<9).map { $0 }, promptTokens: 1))
  }

  @Test func `the token that only is predicted needs no position`() throws {
    let engine = try FamilyCase("llama").engine()
    let text = (0..<65).map { Int32(4 + $0 * 7 % 90) }
    let score = try engine.score([ScoreRequest(tokens: text)])[0]
    #expect(score.logProbabilities.count == 64)
    #expect(try engine.score([ScoreRequest(tokens: Array(text.dropLast()))])[0].logProbabilities == score.logProbabilities.dropLast())
    #expect(throws: EngineFault.tooLong(index: 0, tokens: 65, limit: 64)) { try engine.score([ScoreRequest(tokens: text + [5])]) }
  }

  @Test func `a folder names the prefix token, beginning before end, the tokenizer's before the model's`() throws {
    let folder = try ModelFolder.open(TestSupport.fixtures.appending(path: "model"))
    #expect(ScoringBoundary(folder).prefix == folder.tokenizer.id(of: "<|begin|>"))
    #expect(ScoringBoundary(folder).tokensMax == folder.configuration.maximumPositions)
    #expect(ScoringBoundary(folder).ids("<|begin|>a") == folder.tokenizer.ids("<|begin|>a", addSpecialTokens: false))
  }
}
