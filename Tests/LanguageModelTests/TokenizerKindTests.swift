import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// Every kind of tokenizer against Hugging Face's tokenizers: `Fixtures/golden/tokenizers/make.py` says how the values were made.
struct TokenizerKindTests {
  static let names = [
    "gpt2", "gpt2-added", "llama3", "qwen2", "qwen35", "smollm", "o200k", "cl100k", "deepseek", "roberta", "clip", "llama2", "llama2-added", "gemma",
    "metaspace-always", "metaspace-first", "metaspace-never", "unigram", "unigram-bytes", "bert-uncased", "bert-cased", "wordlevel", "openai-gpt",
    "continuing", "scripts", "punctuation", "contiguous", "merged", "replaced",
  ]

  static let golden = Result { try StrictJSON.parse([UInt8](TestSupport.golden("tokenizers/golden.json")), file: "golden.json") }

  static func open(_ name: String) throws -> Tokenizer {
    try Tokenizer(json: [UInt8](TestSupport.golden("tokenizers/\(name).json")), source: "\(name).json")
  }

  private static func values(_ name: String) throws -> OrderedJSON {
    try #require(golden.get()["kinds"]?.arrayValue?.first { $0["name"]?.stringValue == name })
  }

  @Test func `every kind of the golden file is tried`() throws {
    #expect(try Self.golden.get()["kinds"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == Self.names)
  }

  @Test(arguments: names)
  func `ids, tokens, offsets and type ids are those of Python's tokenizers`(name: String) throws {
    let tokenizer = try Self.open(name)
    let rows = try #require(try Self.values(name)["rows"]?.arrayValue)
    #expect(rows.count > 80)
    for row in rows {
      let text = try #require(row["text"]?.stringValue)
      let special = row["bare"] == nil
      let encoding =
        row["pair"]?.stringValue.map { tokenizer.encode(text, pair: $0, addSpecialTokens: special) }
        ?? tokenizer.encode(text, addSpecialTokens: special)
      let context = Comment(rawValue: "\(text.debugDescription) \(row["pair"]?.text() ?? "")")
      #expect(encoding.ids == Self.integers(row["ids"]), context)
      #expect(encoding.tokens.map(ExactText.init) == row["tokens"]?.arrayValue?.compactMap(\.stringValue).map(ExactText.init), context)
      #expect(encoding.offsets.flatMap { [Int32($0.lowerBound), Int32($0.upperBound)] } == Self.integers(row["offsets"]), context)
      #expect(encoding.typeIDs == (row["type_ids"].map(Self.integers) ?? Array(repeating: 0, count: encoding.count)), context)
      if row["pair"] == nil { #expect(tokenizer.ids(text, addSpecialTokens: special) == encoding.ids, context) }
    }
  }

  @Test(arguments: names)
  func `decoded text is Python's, and what streams is what is decoded`(name: String) throws {
    let tokenizer = try Self.open(name)
    for row in try #require(try Self.values(name)["decoded"]?.arrayValue) {
      let ids = Self.integers(row["ids"])
      for (skips, key) in [(false, "kept"), (true, "skipped")] {
        let expected = try #require(row[key]?.stringValue)
        #expect(tokenizer.decode(ids, skipSpecial: skips).hasSameBytes(as: expected), "\(ids)")
        var stream = tokenizer.streamDecoder(skipSpecial: skips)
        let pieces = ids.map { stream.append($0) } + [stream.finish()]
        #expect(pieces.joined().hasSameBytes(as: expected), "\(ids)")
      }
    }
  }

  @Test func `bytes of a character come out of a stream together`() throws {
    let tokenizer = try Self.open("llama2")
    let ids = try ["<0xF0>", "<0x9F>", "<0x99>", "<0x82>", "▁w"].map { try #require(tokenizer.id(of: $0)) }
    var stream = tokenizer.streamDecoder()
    #expect(ids.map { stream.append($0) } == ["", "", "", "", "🙂 w"])
    // A run of bytes that is not UTF-8 as a whole is a U+FFFD for each.
    #expect(tokenizer.decode([ids[0], ids[1], ids[4]]) == "\u{FFFD}\u{FFFD} w")
  }

  private static func integers(_ value: OrderedJSON?) -> [Int32] { (value?.arrayValue ?? []).compactMap(\.intValue).map(Int32.init) }
}
