import Documents
import Testing

@Suite struct YAMLNodeTests {
  private func entries(_ text: String, known: [String]? = nil, foreign: [String: String] = [:]) throws -> (
    document: YAMLDocument, entries: [(key: String, node: YAMLNode)]
  ) {
    let document = YAMLDocument(text: text, file: "x.yaml")
    return (document, try #require(document.content?.entries("a thing", known: known, foreign: foreign)))
  }

  private func node(_ value: String) throws -> (document: YAMLDocument, node: YAMLNode) {
    let (document, entries) = try entries("key: \(value)\n")
    return (document, try #require(entries.first?.node))
  }

  @Test func `unknown keys, keys of other programs and keys that are no text are left out and reported`() throws {
    let (document, entries) = try entries("name: a\nnmae: b\nexpr: c\n[d]: e\n", known: ["name"], foreign: ["expr": "write it as name"])
    #expect(entries.map(\.key) == ["name"])
    #expect(
      document.faults.map(\.description).sorted() == [
        "x.yaml:2:1: unknown key \"nmae\" in a thing\nhint: did you mean \"name\"?",
        "x.yaml:3:1: unknown key \"expr\" in a thing\nhint: write it as name",
        "x.yaml:4:1: a key of a thing must be text, got a list",
      ])
  }

  @Test(arguments: [
    ("|\n  one\n  two", 5, 3, 4), ("plain", 2, 1, 8), ("\"quoted\"", 2, 1, 9), (">\n  one\n  two", 5, 1, 6), ("\"\\x41bc\"", 2, 1, 6),
  ])
  func `a fault inside a text stands at its letter, and at the text where that has moved`(value: String, offset: Int, line: Int, column: Int) throws {
    let (document, node) = try node(value)
    node.fault("wrong", offset: offset)
    #expect(document.faults.map { [$0.line, $0.column] } == [[line, column]])
  }

  @Test(arguments: ["", "~", "null", "Null", "NULL"]) func `a word for nothing is no text`(word: String) throws {
    let (document, node) = try node(word)
    #expect(node.isNothing && node.text("key") == nil)
    #expect(document.faults.map(\.message) == ["key must be text, got nothing"])
    #expect(try self.node("\"\(word)\"").node.text("key", allowEmpty: true) == word)
  }

  @Test func `a count is written without quotes and from 0`() throws {
    #expect(try node("7").node.count("key") == 7)
    for (value, message) in [("\"7\"", "key must be a whole number, got \"7\""), ("-7", "key must be at least 0, got -7")] {
      let (document, node) = try node(value)
      #expect(node.count("key") == nil)
      #expect(document.faults.map(\.message) == [message])
    }
  }

  @Test func `what is taken out of a node has its subject`() throws {
    let document = YAMLDocument(text: "alert: A\nlist: [{n: x}]\n", file: "x.yaml")
    var root = try #require(document.content)
    root.subject = root.peek("alert").map { "rule \"\($0)\"" }
    let list = try #require(root.entries("a rule", known: nil)?.last)
    #expect(list.node.location == "x.yaml:2")
    _ = list.node.list("list")?.first?.entries("an item", known: nil)?.first?.node.count("n")
    #expect(document.faults.map(\.description) == ["x.yaml:2:12: rule \"A\": n must be a whole number, got \"x\""])
  }
}
