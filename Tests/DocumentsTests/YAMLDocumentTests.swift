import Documents
import Testing

@Suite struct YAMLDocumentTests {
  @Test func `all faults of a file are reported at once, with line and column and a guess`() {
    let document = YAMLDocument(
      text: """
        name: desk
        sample:
          rat: 0.5
          seed: twelve
        window: 3
        """, file: "vigil.yaml")
    let root = document.root()!
    #expect(root.requiredText("name") == "desk")
    let sample = root.mapping("sample")!
    #expect(sample.number("rate", in: 0...1) == nil)
    #expect(sample.integer("seed") == nil)
    sample.finish()
    #expect(root.period("window") == nil)
    #expect(root.requiredText("model") == nil)
    root.finish()
    #expect(
      DocumentFaults(document.faults).faults.map(\.description) == [
        "vigil.yaml:1:1: model is missing",
        "vigil.yaml:3:3: unknown key \"rat\"\nhint: did you mean \"rate\"?",
        "vigil.yaml:4:9: seed must be a whole number, got \"twelve\"",
        "vigil.yaml:5:9: window: duration \"3\" has no unit after 3\nhint: write 3s, 3m, 3h or 3d",
      ])
  }

  @Test func `broken YAML names the place`() {
    let document = YAMLDocument(text: "a: [1, 2\nb: 3", file: "x.yaml")
    #expect(document.root() == nil)
    #expect(document.faults.count == 1)
    #expect(document.faults[0].line == 2)
  }

  @Test func `an empty file and a list are faults, not crashes`() {
    #expect(YAMLDocument(text: "", file: "x.yaml").faults.map(\.message) == ["the file is empty"])
    let list = YAMLDocument(text: "- 1\n- 2", file: "x.yaml")
    #expect(list.root() == nil && list.faults.count == 1)
  }

  @Test func `a key that stands twice or more is a fault each time, and reading goes on to the others`() throws {
    let document = YAMLDocument(text: "a: 1\na: 2\n'b': 3\n'b': 4\nc: x\na: 5\n", file: "x.yaml")
    let root = try #require(document.root())
    #expect(root.keys == ["b", "c", "a"])
    #expect(root.integer("c") == nil)
    #expect(
      DocumentFaults(document.faults).faults.map { String($0.description.split(separator: "\n")[0]) } == [
        "x.yaml:1:1: key \"a\" is written more than once",
        "x.yaml:2:1: key \"a\" is written more than once",
        "x.yaml:3:1: key \"b\" is written more than once",
        "x.yaml:5:4: c must be a whole number, got \"x\"",
      ])
  }

  @Test func `a subject that is set late is told of by all that is asked later`() throws {
    let document = YAMLDocument(text: "name: desk\nlag: soon\nrat: 1\ninner: {rows: many}\n", file: "x.yaml")
    let root = try #require(document.root())
    root.subject = root.text("name").map { "deployment \"\($0)\"" }
    #expect(root.period("lag") == nil)
    #expect(root.mapping("inner")?.integer("rows") == nil)
    root.finish()
    #expect(document.faults.map(\.line) == [2, 4, 3])
    #expect(document.faults.allSatisfy { $0.subject == "deployment \"desk\"" })
  }

  @Test func `a file that is too large is a fault before it is read`() {
    let document = YAMLDocument(text: "a: " + String(repeating: "x", count: 1_048_576), file: "x.yaml")
    #expect(document.content == nil)
    #expect(document.faults.map(\.message) == ["the file is larger than 1048576 bytes"])
  }
}
