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

  @Test func `keys that stand twice are a fault`() {
    let document = YAMLDocument(text: "a: 1\na: 2\n", file: "x.yaml")
    #expect(document.root() == nil && document.faults.count == 1)
  }
}
