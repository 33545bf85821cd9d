import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// Against Hugging Face's tokenizers: `Fixtures/golden/tokenizers/variants.py` says how the values were made.
struct TokenizerGolden {
  struct Row {
    var text: String
    var ids: [Int32]
    var offsets: [Range<Int>]
  }

  let json: OrderedJSON
  let tokenizers: [String: Tokenizer]

  static let shared = Result { try TokenizerGolden() }

  init() throws {
    json = try StrictJSON.parse([UInt8](TestSupport.golden("tokenizer.json")), file: "tokenizer.json")
    var tokenizers: [String: Tokenizer] = [:]
    for variant in json["variants"]?.arrayValue ?? [] {
      let name = try #require(variant["name"]?.stringValue)
      tokenizers[name] = try Self.variant(base: try #require(variant["base"]?.stringValue), patch: variant["patch"]?.objectValue ?? JSONObject())
    }
    self.tokenizers = tokenizers
  }

  /// A tokenizer of `Fixtures/golden` with some of its parts replaced.
  static func variant(base: String, patch: JSONObject) throws -> Tokenizer {
    let source = "tokenizer-\(base).json"
    guard var object = try StrictJSON.parse([UInt8](TestSupport.golden(source)), file: source).objectValue else {
      throw CocoaError(.fileReadCorruptFile)
    }
    for (key, value) in patch.members { object[key] = value }
    return try Tokenizer(json: OrderedJSON.object(object).bytes(), source: source)
  }

  func rows(_ name: String) throws -> [Row] {
    let all = try #require(json["cases"]?.arrayValue?.first { $0["variant"]?.stringValue == name }?["rows"]?.arrayValue)
    return try all.map { row in
      let parts = try #require(row.arrayValue)
      let flat = try #require(parts[2].arrayValue).compactMap(\.intValue)
      return Row(
        text: try #require(parts[0].stringValue), ids: Self.ids(parts[1]),
        offsets: stride(from: 0, to: flat.count, by: 2).map { flat[$0]..<(flat[$0] + flat[$0 + 1]) })
    }
  }

  static func ids(_ value: OrderedJSON?) -> [Int32] { (value?.arrayValue ?? []).compactMap(\.intValue).map(Int32.init) }
}

struct TokenizerTests {
  static let variants = ["plain", "prefix", "digits", "runs", "qwen2", "flags", "llama3", "inverted"]

  @Test(arguments: variants)
  func `ids and offsets are those of Python's tokenizers on odd strings`(variant: String) throws {
    let golden = try TokenizerGolden.shared.get()
    let tokenizer = try #require(golden.tokenizers[variant])
    let rows = try golden.rows(variant)
    #expect(rows.count >= 240)
    for row in rows {
      let encoding = tokenizer.encode(row.text)
      #expect(encoding.ids == row.ids, "\(row.text.debugDescription)")
      #expect(encoding.offsets == row.offsets, "\(row.text.debugDescription) \(encoding.tokens)")
      #expect(tokenizer.ids(row.text) == row.ids, "\(row.text.debugDescription)")
    }
  }

  @Test func `a pair of texts gets the template's tokens and type ids`() throws {
    let golden = try TokenizerGolden.shared.get()
    for pair in golden.json["pairs"]?.arrayValue ?? [] {
      let tokenizer = try #require(golden.tokenizers[pair["variant"]?.stringValue ?? ""])
      let encoding = tokenizer.encode(try #require(pair["a"]?.stringValue), pair: try #require(pair["b"]?.stringValue))
      #expect(encoding.ids == TokenizerGolden.ids(pair["ids"]))
      #expect(encoding.typeIDs == TokenizerGolden.ids(pair["type_ids"]), "\(pair.text())")
      let offsets = (pair["offsets"]?.arrayValue ?? []).map { ($0.arrayValue ?? []).compactMap(\.intValue) }.map { $0[0]..<$0[1] }
      #expect(encoding.offsets == offsets, "\(pair.text())")
    }
  }

  @Test func `decoding random ids gives Python's text, and streaming gives the same in whole characters`() throws {
    let golden = try TokenizerGolden.shared.get()
    for row in golden.json["decoded"]?.arrayValue ?? [] {
      let tokenizer = try #require(golden.tokenizers[row["variant"]?.stringValue ?? ""])
      let ids = TokenizerGolden.ids(row["ids"])
      for (skips, key) in [(false, "kept"), (true, "skipped")] {
        let expected = try #require(row[key]?.stringValue)
        #expect(tokenizer.decode(ids, skipSpecial: skips).hasSameBytes(as: expected), "\(ids)")
        var stream = tokenizer.streamDecoder(skipSpecial: skips)
        let pieces = ids.map { stream.append($0) } + [stream.finish()]
        #expect(pieces.joined().hasSameBytes(as: expected), "\(ids)")
      }
    }
  }

  @Test(arguments: variants.filter { $0 != "qwen2" && $0 != "flags" && $0 != "prefix" && $0 != "runs" })
  func `decoding what was encoded gives the text back`(variant: String) throws {
    let golden = try TokenizerGolden.shared.get()
    let tokenizer = try #require(golden.tokenizers[variant])
    for row in try golden.rows(variant) {
      let ids = tokenizer.ids(row.text, addSpecialTokens: false)
      #expect(tokenizer.decode(ids, skipSpecial: false).hasSameBytes(as: row.text))
    }
  }

  @Test func `a stream never gives out half a character`() throws {
    let tokenizer = try TokenizerGolden.variant(base: "gpt2", patch: JSONObject())
    let text = "\u{20000}\u{10FFFF} \u{1F469}\u{200D}\u{1F469} क\u{94D}"
    var stream = tokenizer.streamDecoder()
    var sawEmpty = false
    for id in tokenizer.ids(text) {
      let piece = stream.append(id)
      sawEmpty = sawEmpty || piece.isEmpty
      #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
    }
    #expect(sawEmpty, "the text has characters of several tokens")
    #expect(stream.finish().isEmpty)
  }

  @Test func `letters, numbers and spaces are those of the reference's patterns`() throws {
    let golden = try TokenizerGolden.shared.get()
    for (name, kind) in [("letter", ScalarClass.letter), ("number", .number), ("space", .space)] {
      let flat = (golden.json["classes"]?[name]?.arrayValue ?? []).compactMap(\.intValue)
      var expected = Set<UInt32>()
      for place in stride(from: 0, to: flat.count, by: 2) { expected.formUnion(UInt32(flat[place])..<UInt32(flat[place] + flat[place + 1])) }
      var differing: [UInt32] = []
      for value in UInt32(0)..<0x323B0 {
        guard let scalar = Unicode.Scalar(value) else { continue }
        if ScalarClass.of(scalar).contains(kind) != expected.contains(value) { differing.append(value) }
      }
      #expect(differing.isEmpty, "\(name): \(differing.prefix(40).map { String($0, radix: 16) })")
    }
  }

  @Test func `every canonical composition is the reference's`() throws {
    let flat = (try TokenizerGolden.shared.get().json["compositions"]?.arrayValue ?? []).compactMap(\.intValue).compactMap {
      Unicode.Scalar(UInt32($0))
    }
    #expect(flat.count > 2500)
    for place in stride(from: 0, to: flat.count, by: 3) {
      let text = Self.apply(.nfc, ["a", flat[place + 1], flat[place + 2], "b"])
      #expect(text.scalars == ["a", flat[place], "b"], "U+\(String(flat[place].value, radix: 16))")
      #expect(text.scalars.indices.map { text.origin($0).lowerBound } == [0, 1, 3])
    }
    for syllable in stride(from: UInt32(0xAC00), through: 0xD7A3, by: 17) {
      let scalar = try #require(Unicode.Scalar(syllable))
      #expect(Self.apply(.nfc, [scalar]).scalars == [scalar])
      #expect(Self.apply(.nfc, Self.apply(.nfd, [scalar]).scalars).scalars == [scalar])
    }
  }

  private static func apply(_ form: UnicodeForm, _ scalars: [Unicode.Scalar]) -> NormalizedText {
    var text = NormalizedText(scalars, start: 0)
    form.apply(to: &text)
    return text
  }

  @Test func `a megabyte without a space takes a moment, not an hour`() throws {
    let tokenizer = try TokenizerGolden.variant(base: "llama3", patch: JSONObject())
    let text = String(repeating: "order", count: 40_000)
    let clock = ContinuousClock()
    var ids: [Int32] = []
    let time = clock.measure { ids = tokenizer.ids(text, addSpecialTokens: false) }
    #expect(tokenizer.decode(ids) == text)
    #expect(time < .seconds(20))
  }

  @Test func `texts of the same look and other bytes are other tokens`() throws {
    let tokenizer = try TokenizerGolden.variant(base: "gpt2", patch: JSONObject())
    #expect(tokenizer.ids("\u{E9}") != tokenizer.ids("e\u{301}"))
    #expect(tokenizer.id(of: "<|start|>") == 0)
    #expect(tokenizer.token(of: 0) == "<|start|>")
    #expect(tokenizer.isSpecial(0))
    #expect(tokenizer.token(of: -1) == nil)
    #expect(tokenizer.token(of: 1_000_000) == nil)
    #expect(tokenizer.decode([5_000_000, -3]).isEmpty)
  }
}
