import Files
import Foundation
import TestSupport
import Testing

/// The rows of `vigil model`: what is read, what is refused by its line, what stops and with which code.
@Suite struct ModelRowTests {
  private static let model = TestSupport.fixtures.appending(path: "model").path
  private static let adapter = TestSupport.fixtures.appending(path: "adapter").path

  private func tokenize(_ input: [UInt8], _ more: [String] = []) throws -> (code: Int32, rows: [OrderedJSON], errors: String) {
    try model("tokenize", input, more)
  }

  private func model(_ command: String, _ input: [UInt8], _ more: [String] = []) throws -> (code: Int32, rows: [OrderedJSON], errors: String) {
    let ended = try Program.run(["model", command, "--model", Self.model] + more, input: Data(input))
    return (ended.code, try ended.output.split(separator: "\n").map { try StrictJSON.parse(String($0)) }, ended.errors)
  }

  private func model(_ command: String, _ rows: [OrderedJSON], _ more: [String] = []) throws -> (code: Int32, rows: [OrderedJSON], errors: String) {
    try model(command, Array(rows.map { $0.text() + "\n" }.joined().utf8), more)
  }

  @Test func `a byte order mark, blank lines, CRLF and a last line without its end are no faults`() throws {
    let ended = try tokenize(
      [0xEF, 0xBB, 0xBF] + Array("{\"text\":\"a\"}\r\n\r\n  \n{\"text\":\"b\",\"id\":null}\n{\"id\":7.50,\"text\":\"c\"}".utf8))
    #expect(ended.code == 0 && ended.errors.isEmpty)
    #expect(ended.rows.map { $0["id"]?.text() } == ["1", "4", "7.50"])
  }

  @Test(arguments: [
    (#"{"text": "\ud800"}"#, "1:11: a high surrogate without the low one"), (#"{"text": "\udc00x"}"#, "1:11: a low surrogate without the high one"),
    ("{\"text\": \"a\u{0}b\"}", "the control character 0x0 may not stand in a string; write it as \\u0000"), ("[1]", "a row must be a JSON object"),
    ("{\"text\": \"a\"", "cut short"), ("{\"text\": 1}", ":1: text must be text, found a number"), ("{}", ":1: text is missing"),
    ("{\"text\": \"a\", \"text\": \"b\"}", "the key \"text\" is there twice"), ("{\"text\": \"a\"} {}", "the text should end here"),
    ("{\"text\": \"a\", \"x\": " + String(repeating: "[", count: 100_000), "nested more than 128 deep"),
    ("nonsense", "null was expected, found \"nonsense\""),
  ]) func `a bad row is told by its line and costs only itself`(line: String, complaint: String) throws {
    let ended = try tokenize(Array("\(line)\n{\"text\": \"good\", \"id\": \"x\"}\n".utf8))
    #expect(ended.code == 1)
    #expect(ended.rows.map { $0["id"] } == ["x"])
    #expect(ended.errors.contains(complaint) && ended.errors.contains("stdin:1:"), "\(ended.errors.prefix(500))")
    #expect(ended.errors.contains("1 of 2 rows could not be done"))
  }

  @Test func `bytes that are not UTF-8 are refused, NUL written as JSON writes it is a character`() throws {
    let ended = try tokenize(Array("{\"text\": \"".utf8) + [0xC3, 0x28] + Array("\"}\n{\"text\": \"a\\u0000b\"}".utf8))
    #expect(ended.code == 1 && ended.rows.count == 1)
    #expect(ended.errors.contains("stdin:1:11: byte 0xC3 is not UTF-8"))
    let ids = try #require(ended.rows.first?["ids"])
    #expect(try model("detokenize", [["ids": ids]]).rows.first?["text"] == "a\u{0}b")
  }

  @Test func `long lines are read whole, and longer ones than the limit cost only themselves`() throws {
    let folder = try TemporaryFolder()
    let word = "word "
    let text = String(repeating: word, count: (50 << 20) / word.utf8.count)
    let file = try folder.file("rows.jsonl", "{\"x\": \"\(text)\", \"text\": \"a\"}\n{\"x\": \"\(text + text)\", \"text\": \"b\"}\n{\"text\": \"c\"}")
    let ended = try Program.run(["model", "tokenize", "--model", Self.model, "--input", file.path])
    #expect(ended.code == 1)
    #expect(ended.output.split(separator: "\n").count == 2)
    #expect(ended.errors.contains("rows.jsonl:2:1: the line is longer than 67108864 bytes"))
  }

  @Test func `strict stops at the first bad row, when those before it have been written`() throws {
    let rows: [OrderedJSON] = [["prompt": "a", "completion": "b"], ["prompt": "a"], ["prompt": "a", "completion": "b"]]
    let ended = try model("score", rows, ["--strict"])
    #expect(ended.code == 1 && ended.rows.map { $0["id"] } == [1])
    #expect(ended.errors.contains("stdin:2: completion is missing") && ended.errors.contains("stopped at the first row"))
    #expect(try model("score", rows).rows.map { $0["id"] } == [1, 3])
  }

  @Test func `exit codes say usage, not found and failed apart`() throws {
    #expect(try Program.run(["model", "tokenize"]).code == 2)
    #expect(try Program.run(["model", "score", "--model", Self.model, "--top", "-1"]).code == 2)
    #expect(try Program.run(["model", "score", "--model", Self.model, "--adapter", "a=\(Self.adapter)", "--adapter", "a=\(Self.adapter)"]).code == 2)
    #expect(try Program.run(["model", "score", "--model", Self.model, "--adapter", "base=\(Self.adapter)"]).code == 2)
    #expect(try Program.run(["model", "tokenize", "--model", Self.model, "--input", "/no/such.jsonl"]).code == 3)
    #expect(try Program.run(["model", "tokenize", "--model", "/no/such"]).code == 3)
    #expect(try Program.run(["model", "score", "--model", Self.model, "--adapter", "/no/such"]).code == 3)
    let folder = try Program.run(["model", "tokenize", "--model", Self.model, "--input", "/"])
    #expect(folder.code == 1 && folder.errors.contains("could not read it"))
    let wrong = try Program.run(["model", "classify", "--model", Self.model])
    #expect(wrong.code == 1 && wrong.errors.contains("which cannot classify"))
  }

  @Test func `prompts that are too long, empty or no tokens of the model are that row's fault, or are defined`() throws {
    let long = String(repeating: "where is my parcel ", count: 400)
    let generated = try model(
      "generate", [["prompt": .string(long)], ["prompt": ""], ["token_ids": []], ["token_ids": [5000]], ["prompt": "hello"]], ["--max-tokens", "2"])
    #expect(generated.code == 1 && generated.rows.map { $0["id"] } == [2, 5])
    // The beginning-of-sequence token alone.
    #expect(generated.rows.first?["prompt_tokens"] == 1)
    for (line, words) in [(1, "positions, the model has 1024"), (3, "the prompt has no tokens"), (4, "token id 5000")] {
      #expect(generated.errors.split(separator: "\n").contains { $0.hasPrefix("stdin:\(line): ") && $0.contains(words) }, "\(generated.errors)")
    }
    let scored = try model(
      "score",
      [
        ["prompt": .string(long), "completion": "billing"], ["prompt": "", "completion": "billing"], ["prompt": "a", "completion": .string(long)],
        ["prompt": "a", "completion": ""], ["text": .string(long)],
      ])
    #expect(scored.rows.map { $0["id"] } == [1, 2])
    #expect((scored.rows.first?["truncated"]?.intValue ?? 0) > 100 && scored.rows.last?["truncated"] == 0)
    #expect(scored.errors.contains("stdin:4: there is nothing to score") && scored.errors.contains("stdin:5: "))
    let rolled = try model("score", [["text": .string(long)], ["text": ""]], ["--rolling", "--top", "1"])
    #expect(rolled.code == 0)
    let count = try #require(rolled.rows.first?["token_ids"]?.arrayValue?.count)
    #expect(count > 1024 && rolled.rows.first?["top"]?.arrayValue?.count == count && rolled.rows.last?["token_ids"] == [0])
    let embedded = try model("embed", [["text": ""], ["text": .string(long)], ["text": "a"]])
    #expect(embedded.rows.map { $0["id"] } == [1, 3] && embedded.errors.contains("stdin:2: the prompt needs"))
  }

  @Test func `rows choose their adapter, and keep their order`() throws {
    let row: OrderedJSON = ["prompt": "<|begin|><|system|>Route.<|end|><|user|>Where is my parcel?<|end|><|assistant|>", "completion": "delivery"]
    func choosing(_ name: OrderedJSON?) -> OrderedJSON {
      var members = row.objectValue ?? JSONObject()
      members["adapter"] = name
      return .object(members)
    }
    let names: [OrderedJSON?] = [nil, "base", "second", .null, "base", "first", "third"]
    let ended = try model("score", names.map(choosing), ["--adapter", "first=\(Self.adapter)", "--adapter", "second=\(Self.adapter)"])
    #expect(ended.code == 1 && ended.errors.contains("stdin:7: adapter \"third\" was not given; known are base, first, second"))
    #expect(ended.rows.map { $0["id"] } == [1, 2, 3, 4, 5, 6])
    let numbers = ended.rows.map { $0["logprob"]?.doubleValue ?? .nan }
    let base = try model("score", [row]).rows.first?["logprob"]?.doubleValue ?? .nan
    let adapted = try model("score", [choosing("adapter"), choosing("base")], ["--adapter", Self.adapter]).rows.map {
      $0["logprob"]?.doubleValue ?? .nan
    }
    #expect(numbers[1] == base && numbers[4] == base && adapted[1] == base)
    #expect(Set([0, 2, 3, 5].map { numbers[$0] }).count == 1 && abs(numbers[0] - adapted[0]) < 1e-4 && abs(numbers[0] - base) > 0.1)
  }

  @Test func `generations end where they are told to, and seeds decide them`() throws {
    let row: OrderedJSON = ["prompt": "Where is my parcel"]
    func text(_ more: [String], _ rows: [OrderedJSON]? = nil) throws -> [OrderedJSON] {
      try model("generate", rows ?? [row], ["--max-tokens", "20"] + more).rows
    }
    let free = try #require(try text(["--ignore-eos"]).first)
    #expect(free["finish_reason"] == "length" && free["token_ids"]?.arrayValue?.count == 20)
    let whole = try #require(free["text"]?.stringValue)
    let scalars = Array(whole.unicodeScalars)
    // A stop string that begins and ends in the middle of tokens.
    let stop = String(String.UnicodeScalarView(scalars[7..<12]))
    let stopped = try #require(try text(["--ignore-eos", "--stop", "never", "--stop", stop]).first)
    #expect(stopped["finish_reason"] == "stop" && stopped["text"]?.stringValue == whole.components(separatedBy: stop)[0])
    let id = try #require(free["token_ids"]?.arrayValue?[3])
    let ended = try #require(try text(["--ignore-eos", "--stop-id", id.text()]).first)
    #expect(ended["finish_reason"] == "stop" && (ended["token_ids"]?.arrayValue?.count ?? 99) <= 4)
    let seeds = [OrderedJSON]((0..<4).map { ["prompt": "Where is my parcel", "seed": .int($0 % 2)] })
    let sampled = try text(["--temperature", "1.5"], seeds).map { $0["token_ids"] }
    #expect(sampled[0] == sampled[2] && sampled[1] == sampled[3] && sampled[0] != sampled[1])
    #expect(try text(["--temperature", "1.5", "--batch-size", "1"], seeds).map { $0["token_ids"] } == sampled)
    #expect(try text(["--temperature", "1.5", "--top-p", "0"]).map { $0["token_ids"] } == text([]).map { $0["token_ids"] })
  }
}
