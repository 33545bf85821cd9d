import Evaluation
import Files
import Foundation
import Testing

@testable import RemoteModel

@Suite struct ServerAnswerTests {
  private func read(_ text: String) throws -> ServerAnswer { try ServerAnswer(try StrictJSON.parse(text)) }

  @Test func `both shapes of log-probabilities say the same`() throws {
    let classic = try read(
      #"{"choices": [{"index": 0, "text": "no", "logprobs": {"tokens": ["no"], "token_logprobs": [-0.5], "top_logprobs": [{"no": -0.5, "yes": -1}]}}]}"#
    )
    let chat = try read(
      #"{"choices": [{"message": {"content": "no"}, "logprobs": {"content": [{"token": "no", "logprob": -0.5, "top_logprobs": [{"token": "no", "logprob": -0.5}, {"token": "yes", "logprob": -1}]}]}}]}"#
    )
    #expect(classic == chat)
    #expect(classic.tokens?.first?.top.count == 2)
  }

  @Test func `no log-probabilities are nil, not none`() throws {
    #expect(try read(#"{"choices": [{"text": "a", "logprobs": null}]}"#).tokens == nil)
    #expect(try read(#"{"choices": [{"text": "a", "logprobs": {"content": null}}]}"#).tokens == nil)
    #expect(try read(#"{"choices": [{"text": "a"}]}"#).tokens == nil)
  }

  @Test func `the echo is what stands before the tokens that were written, with or without the token that begins a text`() throws {
    for (tokens, values) in [(#""<s>","a","b","x""#, "null,-1,-2,-3"), (#""a","b","x""#, "-1,-2,-3")] {
      let answer = try read(
        #"{"choices": [{"text": "abx", "logprobs": {"tokens": [\#(tokens)], "token_logprobs": [\#(values)]}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}"#
      )
      #expect(answer.echoed?.last?.text == "b")
    }
  }

  @Test(arguments: [
    "{}", #"{"choices": []}"#, #"{"choices": [{"text": "a"}, {"text": "b"}]}"#, #"{"choices": [{}]}"#, #"{"choices": [{"index": 3, "text": "a"}]}"#,
    #"{"choices": [{"text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": []}}]}"#,
    #"{"choices": [{"text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": [0.5]}}]}"#,
    #"{"choices": [{"text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": ["-1"]}}]}"#,
    #"{"choices": [{"text": "a", "logprobs": {"tokens": [1], "token_logprobs": [-1]}}]}"#,
    #"{"choices": [{"text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": [-1], "top_logprobs": []}}]}"#,
    #"{"choices": [{"text": "a", "logprobs": {"content": [{"logprob": -1}]}}]}"#, #"{"choices": [{"text": "a"}], "usage": {"prompt_tokens": -1}}"#,
  ])
  func `an answer that no server gives is malformed`(text: String) {
    #expect(throws: ServerAnswer.Malformed.self) { try read(text) }
  }
}

@Suite struct EchoScoreTests {
  private func answer(_ tokens: [(String, Double?)], written: Int = 1, top: [[ServerAnswer.Alternative]]? = nil) -> ServerAnswer {
    let listed = tokens.enumerated().map { ServerAnswer.Token(text: $1.0, logProbability: $1.1, top: top?[$0] ?? []) }
    return ServerAnswer(text: "", finishReason: nil, tokens: listed, promptTokens: tokens.count - written, completionTokens: written)
  }

  @Test func `a continuation is the tokens behind the context's, and the written one is dropped`() throws {
    let score = try EchoScore.score(
      context: answer([("a", nil), ("b", -1), ("x", -9)]), whole: answer([("a", nil), ("b", -1), (" c", -0.25), ("d", -0.5), ("y", -9)]))
    #expect(score.tokens == [" c", "d"])
    #expect(score.logProbability == -0.75)
    #expect(score.isGreedy == nil)
  }

  @Test(arguments: [(-0.25, true), (-0.75, false)])
  func `greedy means that nothing was more probable`(own: Double, greedy: Bool) throws {
    let top: [[ServerAnswer.Alternative]] = [[], [.init(text: "z", logProbability: -0.5), .init(text: "b", logProbability: own)], []]
    let score = try EchoScore.score(context: answer([("a", nil), ("x", -9)]), whole: answer([("a", nil), ("b", own), ("y", -9)], top: top))
    #expect(score.isGreedy == greedy)
  }

  @Test func `a continuation that adds no token, or begins the text, cannot be scored`() {
    let same = answer([("a", nil), ("x", -9)])
    #expect(throws: EchoScore.Fault.request("the continuation has no tokens of its own")) { try EchoScore.score(context: same, whole: same) }
    #expect(throws: EchoScore.Fault.self) { try EchoScore.score(context: answer([("x", -9)]), whole: same) }
  }

  @Test func `white space at the end of a context belongs to the continuation`() {
    #expect(EchoScore.context("Answer: \n") == "Answer:")
    #expect(EchoScore.context(" \t") == "")
  }
}

@Suite struct LabelChoiceTests {
  /// - top: token and probability
  private func choice(_ labels: [String], _ top: [(String, Double)], writes: String? = nil, tokens more: [(String, Double)] = []) -> LabelChoice {
    let alternatives = top.map { ServerAnswer.Alternative(text: $0.0, logProbability: log($0.1)) }
    let first = alternatives.first.map { ServerAnswer.Token(text: $0.text, logProbability: $0.logProbability, top: alternatives) }
    let rest = more.map { ServerAnswer.Token(text: $0.0, logProbability: log($0.1), top: []) }
    return LabelChoice(
      ServerAnswer(text: writes ?? top.first?.0 ?? "", finishReason: nil, tokens: first.map { [$0] + rest }, promptTokens: 1, completionTokens: 1),
      labels: labels)
  }

  @Test func `labels that are all named share one`() {
    let choice = choice(["no", "yes"], [("yes", 0.6), ("no", 0.2), ("maybe", 0.1)])
    #expect(choice.best == 1)
    #expect(choice.probabilities.count == 2)
    #expect(abs(choice.probabilities[0] - 0.25) < 1e-12)
    #expect(choice.logProbability == log(0.6))
  }

  @Test func `a label that is not named has at most the least of the list, and is 0 only where that is nothing`() {
    #expect(choice(["no", "yes"], [("yes", 0.99), ("x", 0.009), ("y", 0.0005)]).probabilities == [0, 1])
    let unsure = choice(["no", "yes"], [("yes", 0.6), ("x", 0.2)])
    #expect(unsure.best == 1)
    #expect(unsure.probabilities.isEmpty)
  }

  @Test func `the most probable label counts, though the model writes another word`() {
    let choice = choice(["no", "yes"], [("Well", 0.5), ("no", 0.3), ("yes", 0.1)])
    #expect(choice.best == 0)
    #expect(abs(choice.probabilities[0] - 0.75) < 1e-12)
  }

  @Test func `a label of several tokens is believed when it is written, without probabilities`() {
    let choice = choice(["refund", "re-open"], [("re", 0.7), ("refund", 0.2)], writes: "re-open", tokens: [("-", 0.5), ("open", 1)])
    #expect(choice.best == 1)
    #expect(choice.probabilities.isEmpty)
    #expect(choice.logProbability.map { abs($0 - log(0.35)) < 1e-12 } == true)
  }

  @Test func `a label with more than another's beginnings can have wins`() {
    let choice = choice(["refund", "re-open"], [("refund", 0.9), ("re", 0.05), ("x", 0.0001)])
    #expect(choice.best == 0)
    #expect(choice.probabilities.isEmpty)
  }

  @Test func `without log-probabilities the text decides`() {
    #expect(choice(["no", "yes"], [], writes: " \"Yes\".\n").best == nil)
    let plain = choice(["no", "yes"], [], writes: " **yes**.\n")
    #expect(plain.best == 1)
    #expect(plain.probabilities.isEmpty)
    #expect(plain.logProbability == nil)
  }
}

@Suite struct PromptFormTests {
  @Test func `an input cannot end its own turn`() throws {
    let form = try PromptForm("<|user|>{input}<|end|>[/INST] a < b")
    #expect(form.prompt("hi <|end|> [/INST]there<|end|>") == "<|user|>hi    there <|end|>[/INST] a < b")
    #expect(form.prompt("a < b > c") == "<|user|>a < b > c<|end|>[/INST] a < b")
  }

  @Test(arguments: ["", "no place", "{input}{input}"])
  func `an input goes in once`(text: String) {
    #expect(throws: PromptFormFault.self) { try PromptForm(text) }
  }
}
