import Testing

@testable import HelpDesk

struct TemplateTests {
  private func phrases(_ template: Template, _ count: Int) -> Set<String> {
    var random = SplitMix64(seed: 7)
    var slots = Slots(product: "Owlet camera", &random)
    return Set((0..<count).map { _ in template.expand(&slots, &random) })
  }

  @Test func `a choice gives each of its alternatives and nothing else`() {
    #expect(phrases("a (b|c (d|e)|) f", 200) == ["a b f", "a c d f", "a c e f", "a f"])
  }

  @Test func `an empty alternative leaves no space behind`() {
    #expect(
      phrases("(so|) it broke (today|), yes (now|)?", 200).allSatisfy {
        !$0.contains("  ") && !$0.contains(" ,") && !$0.contains(" ?") && !$0.hasPrefix(" ")
      })
  }

  @Test func `a slot keeps its product within a message`() {
    #expect(phrases("<product> and <product>", 20) == ["Owlet camera and Owlet camera"])
  }

  @Test func `phrasings are counted through nested choices`() {
    #expect(Template("a (b|c (d|e)|) f (g|h)").phrasings == 8)
  }
}
