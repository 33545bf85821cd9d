import Testing

@testable import HelpDesk

struct FixtureDataTests {
  private static let data = FixtureData(seed: 1)

  @Test func `files have the sizes that the README states`() {
    #expect(Self.data.core.count == 300 && Self.data.robustness.count == 150)
    #expect(Self.data.unseen.count { $0.speech == "standard" } == 800 && Self.data.unseen.count { $0.speech == "regional" } == 200)
    #expect(Self.data.original.count == 5_000 && Self.data.originalValid.count == 500 && Self.data.pretrain.count == 28_000)
  }

  @Test func `texts that differ in case and punctuation alone count as the same`() {
    #expect(FixtureData.bare("Hi there,\n  it's LATE!") == FixtureData.bare("hi there it's late"))
    #expect(FixtureData.bare("order 12") != FixtureData.bare("order 13"))
  }

  @Test func `what is held out occurs in no training file`() {
    let heldOut = Set(
      Self.data.core.map(\.input) + Self.data.robustness.map(\.input) + Self.data.unseen.map(\.input) + Self.data.originalValid.map(\.input))
    #expect(heldOut.count == 300 + 150 + 1_000 + 500)
    #expect(heldOut.isDisjoint(with: Self.data.original.map { FixtureData.bare($0.input) }))
    #expect(heldOut.isDisjoint(with: Self.data.pretrain.map { FixtureData.bare($0.text) }))
  }

  @Test func `keys are unique and every queue is in every labelled file`() {
    let keys = Self.data.original.map(\.key) + Self.data.originalValid.map(\.key) + Self.data.unseen.map(\.key)
    #expect(Set(keys).count == keys.count)
    let names = Set(Queue.allCases.map(\.rawValue))
    #expect(Set(Self.data.original.map(\.label)) == names && Set(Self.data.unseen.map(\.label)) == names)
    #expect(Set(Self.data.core.map(\.label)) == names && Set(Self.data.robustness.map(\.label)) == names)
  }

  @Test func `no new product's words are in any training text`() {
    for text in Self.data.pretrain.map(\.text) + Self.data.original.map(\.input) {
      #expect(NewProduct.allWords.isDisjoint(with: text.lowercased().split { !$0.isLetter }.map(String.init)))
    }
  }

  @Test func `training text relates every queue to its themes`() {
    for queue in Queue.allCases { #expect(Self.data.pretrain.contains { $0.text.hasPrefix("The \(queue.rawValue) desk looks after") }) }
  }

  @Test func `a conversation has system line, message and queue`() {
    let row = Self.data.original[0]
    let turns = FixtureData.Conversation(row).messages
    #expect(turns.map(\.role) == ["system", "user", "assistant"])
    #expect(turns[1].content == row.input && turns[2].content == row.label)
  }
}
