import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// Files that are broken, hostile, or ask for what is not done.
struct TokenizerFileTests {
  /// A small file that is right, with some of its parts replaced.
  private static func read(_ patch: [(String, OrderedJSON)]) throws -> Tokenizer {
    var file = JSONObject([("version", "1.0"), ("model", ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": ["a b"]])])
    for (key, value) in patch { file[key] = value }
    return try Tokenizer(json: OrderedJSON.object(file).bytes(), source: "hostile.json")
  }

  private static func split(_ regex: String) -> OrderedJSON {
    ["type": "Split", "pattern": ["Regex": .string(regex)], "behavior": "Isolated", "invert": false]
  }

  private static func addedToken(_ id: Int, _ content: String) -> OrderedJSON {
    [
      "id": .int(id), "content": .string(content), "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true,
    ]
  }

  static let refused: [(key: String, value: OrderedJSON, says: String)] = [
    ("version", "2.0", "version"),
    ("normalizer", ["type": "Rot13"], "the normalizer Rot13"),
    ("normalizer", ["type": "Sequence", "normalizers": [["type": "NFC"], ["type": "Prepend"]]], "Prepend has no prepend"),
    ("normalizer", ["type": "Strip", "strip_left": "yes", "strip_right": true], "strip_left"),
    ("normalizer", ["type": "Precompiled", "precompiled_charsmap": "AAAA"], "precompiled_charsmap"),
    ("normalizer", ["type": "Precompiled", "precompiled_charsmap": "/////w=="], "precompiled_charsmap"),
    ("normalizer", ["type": "Replace", "pattern": ["Regex": "("], "content": ""], "( without its )"),
    (
      "normalizer",
      [
        "type": "Sequence",
        "normalizers": .array(Array(repeating: ["type": "Replace", "pattern": ["String": "a"], "content": "aaaaaaaaa"], count: 30)),
      ], "times as long"
    ),
    ("pre_tokenizer", ["type": "Metaspace", "replacement": "ab"], "a single character"),
    ("pre_tokenizer", ["type": "Metaspace", "replacement": "_", "prepend_scheme": "sometimes"], "sometimes"),
    ("pre_tokenizer", ["type": "Split", "pattern": ["Glob": "*"], "behavior": "Isolated", "invert": false], "String or a Regex"),
    ("pre_tokenizer", ["type": "Split", "pattern": ["String": " "], "behavior": "Sideways", "invert": false], "Sideways"),
    ("pre_tokenizer", ["type": "FixedLength", "length": 0], "length"),
    ("pre_tokenizer", ["type": "Sequence"], "pretokenizers"),
    ("pre_tokenizer", [["type": "ByteLevel"]], "without a type"),
    ("post_processor", ["type": "BertProcessing", "cls": ["a", -1], "sep": ["b", 1]], "cls"),
    (
      "post_processor", ["type": "TemplateProcessing", "single": [["SpecialToken": ["id": "x", "type_id": 0]]], "pair": [], "special_tokens": [:]],
      "\"x\""
    ),
    (
      "post_processor", ["type": "TemplateProcessing", "single": [["Sequence": ["id": "B", "type_id": 0]]], "pair": [], "special_tokens": [:]],
      "single"
    ),
    ("post_processor", ["type": "BertProcessing", "cls": ["x", 100_000_000], "sep": ["a", 0]], "100000000"),
    ("decoder", ["type": "Strip", "content": " ", "start": -1, "stop": 0], "start"),
    ("decoder", ["type": "Loud"], "the decoder Loud"),
    ("model", ["type": "Markov", "vocab": ["a": 0]], "Markov"),
    ("model", ["type": "BPE", "vocab": ["a": 0], "merges": ["a b"]], "merge 0"),
    ("model", ["type": "BPE", "vocab": ["a": 0, "b": 0], "merges": []], "two tokens"),
    ("model", ["type": "BPE", "vocab": ["a": 0], "merges": [], "dropout": .double(0.1)], "dropout"),
    ("model", ["type": "BPE", "vocab": ["a": 0], "merges": [], "unk_token": "b"], "unk_token"),
    ("model", ["type": "BPE", "vocab": ["a": 9_000_000], "merges": []], "9000000"),
    ("model", ["type": "Unigram", "vocab": []], "Unigram"),
    ("model", ["type": "Unigram", "vocab": [["a", 0]], "unk_id": 1], "unk_id"),
    ("model", ["type": "Unigram", "vocab": [["a", 0]]], "unk_id"),
    (
      "model", ["type": "WordPiece", "vocab": ["a": 0], "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9],
      "[UNK]"
    ),
    ("model", ["type": "WordLevel", "vocab": ["a": 0], "unk_token": "?"], "\"?\""),
    ("added_tokens", [addedToken(7, "<|end|>")], "<|end|>"),
    ("added_tokens", [addedToken(1, "a")], "\"a\""),
    ("added_tokens", [["id": 3, "content": "x"]], "special"),
    ("added_tokens", 3, "added_tokens"),
  ]

  @Test(arguments: refused.indices)
  func `what is not understood is refused by name`(index: Int) throws {
    let (key, value, says) = Self.refused[index]
    let fault = #expect(throws: ModelFault.self) { try Self.read([(key, value)]) }
    #expect(fault?.description.contains(says) == true, "\(fault?.description ?? "")")
    #expect(fault?.description.contains("hostile.json") == true)
  }

  static let regexes = [
    "(", ")", "[", "[b-a]", "a{2,1}", "*", "\\", "\\p{Foo}", "\\p{L", "(?<n>a)\\k<n>", "\\1", "(?~a)", "\\X", "\\G", "\\K", "(?i:ß)", "(?i:ss)",
    "(?:a*)*", "(?<=a+)b",
    "(?<=a*)b", "(?<!\\R)a", "((((a{1000}){1000}){1000}){1000})", "\\x{110000}", "\\uD800", "(?P<n>a)", "(?#", "(?", "(?i", "[[:upper:]]", "[a-\\d]",
    String(repeating: "(", count: 100),
    "(?:(?:(?:){1000}){1000}){1000}", "a" + String(repeating: "?", count: 50_000), "[" + String(repeating: "a", count: 2000) + "]",
    String(repeating: "[", count: 100), String(repeating: "a", count: 100_001),
  ]

  @Test(arguments: regexes.indices)
  func `a regular expression that is wrong or not run is refused with its place`(index: Int) throws {
    let fault = #expect(throws: ModelFault.self, "\(Self.regexes[index].prefix(40))") {
      try Self.read([("pre_tokenizer", Self.split(Self.regexes[index]))])
    }
    #expect(fault?.description.contains("(character ") == true, "\(fault?.description ?? "")")
  }

  @Test func `a regular expression that goes wild gives up instead of going on for ever`() throws {
    let tokenizer = try Self.read([("pre_tokenizer", Self.split("(?:a+)+b"))])
    let clock = ContinuousClock()
    var ids: [Int32] = []
    let time = clock.measure { ids = tokenizer.ids(String(repeating: "a", count: 200)) }
    #expect(ids == Array(repeating: 0, count: 200))
    #expect(time < .seconds(30))
  }

  @Test func `a missing unknown token drops what has no token, as the reference does`() throws {
    let tokenizer = try Self.read([])
    #expect(tokenizer.ids("abxa") == [2, 0])
    #expect(tokenizer.decode([2, 0]) == "ab a")
  }

  @Test func `a half-written file is an error with a place`() throws {
    for name in ["llama2", "unigram", "bert-uncased"] {
      let bytes = [UInt8](try TestSupport.golden("tokenizers/\(name).json"))
      for count in [0, 1, 2, 100, bytes.count / 3, bytes.count / 2, bytes.count - 1] {
        let fault = #expect(throws: JSONFault.self, "\(count) bytes") { try Tokenizer(json: Array(bytes[..<count])) }
        #expect(fault?.file == "tokenizer.json")
      }
      #expect(throws: JSONFault.self) { try Tokenizer(json: bytes + [0]) }
      _ = try Tokenizer(json: [0xEF, 0xBB, 0xBF] + bytes)
    }
    #expect(throws: (any Error).self) { try Tokenizer(json: Array("{}".utf8)) }
    #expect(throws: (any Error).self) { try Tokenizer(json: Array(#"{"model":{"vocab":{"a":1e99}}}"#.utf8)) }
    #expect(throws: (any Error).self) { try Tokenizer(json: Array(#"{"model":{"vocab":{"a":99999999999999999999}}}"#.utf8)) }
    #expect(throws: (any Error).self) { try Tokenizer(json: Array((String(repeating: #"{"normalizer":"#, count: 5000) + "1").utf8)) }
  }

  @Test(arguments: ["gpt2-added", "llama2", "unigram", "bert-uncased", "clip", "replaced"])
  func `a file with flipped bytes is read or refused, never worse`(name: String) throws {
    let bytes = [UInt8](try TestSupport.golden("tokenizers/\(name).json"))
    var random = SeededGenerator(state: UInt64(name.utf8.count))
    var read = 0
    for _ in 0..<150 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<damaged.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: damaged[place] = UInt8.random(in: 0x20...0x7E, using: &random)
        case 1: damaged[place] ^= 1 << UInt8.random(in: 0..<7, using: &random)
        case 2: damaged.remove(at: place)
        default: damaged.insert(damaged[Int.random(in: 0..<damaged.count, using: &random)], at: place)
        }
      }
      guard let tokenizer = try? Tokenizer(json: damaged) else { continue }
      read += 1
      let encoding = tokenizer.encode("Hello wörld, 12 e\u{301}①ﬁ\u{301} ▁ 🙂\u{0}", pair: "<s>KK  [MASK]")
      _ = tokenizer.decode(encoding.ids, skipSpecial: false)
    }
    #expect(read > 0)
  }
}

/// A generator whose numbers are the same every time (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
