import Foundation
import LanguageModel
import TestSupport
import Testing

@testable import Training

@Suite struct DataTests {
  /// Lives as long as the test.
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func read(_ lines: String, maximumLength: Int = 128, truncation: TrainingConfiguration.Truncation? = nil) throws -> TrainingData {
    let file = try scratch.file("rows.jsonl", lines)
    return try TrainingData(
      file, reader: TrainingRowReader(model: ModelFolder.open(Tiny.folder), maximumLength: maximumLength, truncation: truncation))
  }

  private func fault(_ lines: String, maximumLength: Int = 128) throws -> String {
    do {
      _ = try read(lines, maximumLength: maximumLength)
      return "accepted"
    } catch let fault as TrainingFault {
      return fault.message
    }
  }

  @Test func `only the completion and its end are taught`() throws {
    let model = try ModelFolder.open(Tiny.folder)
    let example = try #require(try read(#"{"prompt": "the blue lamp\n", "completion": "refunds"}"#).examples.first)
    let prompt = model.tokenizer.ids("the blue lamp\n", addSpecialTokens: true)
    #expect(Array(example.tokens.prefix(prompt.count)) == prompt)
    #expect(example.labels.prefix(prompt.count).allSatisfy { $0 == TrainingExample.unsupervised })
    #expect(Array(example.labels.dropFirst(prompt.count)) == Array(example.tokens.dropFirst(prompt.count)))
    #expect(example.tokens.last == model.tokenizer.id(of: "<|im_end|>"))
  }

  @Test func `of a conversation the last assistant turn alone is taught, with its end`() throws {
    let model = try ModelFolder.open(Tiny.folder)
    let row = """
      {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "login"}, {"role": "user", "content": "b"},
      {"role": "assistant", "content": "billing"}]}
      """.replacing("\n", with: " ")
    let example = try #require(try read(row).examples.first)
    let taught = example.labels.filter { $0 != TrainingExample.unsupervised }
    #expect(model.tokenizer.decode(taught, skipSpecial: false) == "billing<|im_end|>\n")
  }

  @Test func `text is taught whole, and a long one in pieces`() throws {
    let short = try read(#"{"text": "my brother paid twice for the router"}"#).examples
    #expect(short.count == 1 && short[0].labels == short[0].tokens)
    let pieces = try read(#"{"text": "my brother paid twice for the router"}"#, maximumLength: 4).examples
    #expect(pieces.count > 1 && pieces.allSatisfy { 2...4 ~= $0.tokens.count })
    #expect(pieces.flatMap(\.tokens) == Array(short[0].tokens.prefix(pieces.reduce(0) { $0 + $1.tokens.count })))
  }

  @Test func `ids come with labels, or teach all`() throws {
    let data = try read(
      """
      {"token_ids": [1, 2, 3], "labels": [-100, -100, 3], "weight": 0.25}

      {"token_ids": [4, 5], "id": "kept out"}
      """)
    #expect(
      data.examples.map(\.tokens) == [[1, 2, 3], [4, 5]] && data.examples.map(\.weight) == [0.25, 1] && data.examples.map(\.line) == [1, 3])
    #expect(data.counts.supervisedTokens == 2 && data.counts.tokens == 5)
  }

  @Test func `a prompt whose last tokens merge with the completion is taught from the last common token`() throws {
    let model = try ModelFolder.open(Tiny.folder)
    // Cut where the tokenizer would not: inside a word it knows whole.
    let data = try read(#"{"prompt": "the cust", "completion": "omer"}"#)
    let example = try #require(data.examples.first)
    #expect(data.counts.mergedBoundaries == 1)
    let taught = example.labels.filter { $0 != TrainingExample.unsupervised }
    #expect(model.tokenizer.decode(taught, skipSpecial: true).hasSuffix("omer"))
    #expect(model.tokenizer.decode(example.tokens, skipSpecial: true) == "the customer")
  }

  @Test(arguments: [
    (#"{"prompt": "a", "completion": ""}"#, "rows.jsonl:1: the completion is empty"),
    (#"{"prompt": "a"}"#, "rows.jsonl:1: has a prompt and no completion"),
    (#"{"text": ""}"#, "rows.jsonl:1: the text is empty"),
    (#"{"messages": []}"#, "rows.jsonl:1: messages must be a list of messages, not empty"),
    (#"{"messages": [{"role": "user", "content": "a"}]}"#, "rows.jsonl:1: the last message is not the assistant's, so there is nothing to learn"),
    (#"{"messages": [{"role": "assistant", "content": ""}]}"#, "rows.jsonl:1: the assistant's last message is empty"),
    (#"{"messages": [{"content": "a"}]}"#, "rows.jsonl:1: messages[0] must be an object with a role and a content"),
    (#"{"token_ids": [1, 2], "labels": [1, -100]}"#, "rows.jsonl:1: teaches nothing: every label after the first is masked"),
    (#"{"token_ids": [1, 2], "labels": [1]}"#, "rows.jsonl:1: has 2 token_ids and 1 labels; they must be as many"),
    (#"{"token_ids": [1, 320]}"#, "rows.jsonl:1: token_ids[1] is 320, outside the vocabulary of 320"),
    (#"{"token_ids": [1, -1]}"#, "rows.jsonl:1: token_ids[1] is -1, outside the vocabulary of 320"),
    (#"{"token_ids": [1, 1.5]}"#, "rows.jsonl:1: token_ids[1] is not a whole number: 1.5"),
    (#"{"token_ids": [1]}"#, "rows.jsonl:1: has one token; at least two are needed, one to read and one to say"),
    (#"{"token_ids": [1, 2], "weight": 0}"#, "rows.jsonl:1: weight must be a number greater than 0 and at most 1000000, got 0"),
    (#"{"text": "a", "prompt": "b", "completion": "c"}"#, "rows.jsonl:1: has both prompt and text; which to train on is not clear"),
    (#"{"input": "a"}"#, "rows.jsonl:1: has none of prompt and completion, messages, text, token_ids"),
    (#"[1]"#, "rows.jsonl:1: must be a JSON object, got a list"),
    ("", "rows.jsonl: holds no rows"),
  ]) func `a bad row is refused with its line`(_ row: String, _ message: String) throws {
    #expect(try fault(row) == message)
  }

  @Test func `every bad row is named, a line that is no JSON among them`() throws {
    let text = try fault(#"{"text": "good"}"# + "\n{\"text\": \n" + #"{"text": ""}"# + "\n")
    #expect(text.contains("rows.jsonl:2:") && text.contains("rows.jsonl:3: the text is empty") && !text.contains("rows.jsonl:1"))
  }

  @Test func `a row that is too long is refused unless the end to keep is named`() throws {
    let row = #"{"token_ids": [1, 2, 3, 4, 5, 6], "labels": [-100, 2, -100, -100, -100, 6]}"#
    #expect(try fault(row, maximumLength: 4) == "rows.jsonl:1: has 6 tokens, more than max_length 4")
    let start = try read(row, maximumLength: 4, truncation: .keepStart)
    #expect(start.examples.map(\.tokens) == [[1, 2, 3, 4]] && start.counts.truncated == 1)
    #expect(try read(row, maximumLength: 4, truncation: .keepEnd).examples.map(\.tokens) == [[3, 4, 5, 6]])
  }
}
