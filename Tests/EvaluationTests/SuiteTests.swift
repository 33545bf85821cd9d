import Documents
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct SuiteFileTests {
  private func suite(_ yaml: String, items: String) throws -> Suite {
    let folder = try TemporaryFolder()
    _ = try folder.file("items.jsonl", items)
    return try Suite.read(folder.file("suite.yaml", yaml))
  }

  private let good = #"{"id": "1", "input": "a", "label": "x", "columns": {"speech": "standard"}}"# + "\n"

  @Test func `items keep their order, ids and columns`() throws {
    let read = try suite(
      "suite: core\nitems: items.jsonl\nmetrics: [accuracy, f1_macro]\n", items: good + #"{"id": 2, "input": "b", "label": "y", "region": "north"}"#)
    #expect(read.items.map(\.key) == ["1", "2"])
    #expect(read.items.map(\.columns) == [["speech": "standard"], ["region": "north"]])
    #expect(read.metrics == [.accuracy, .f1Macro])
  }

  @Test func `every broken line is named at once`() throws {
    let items =
      good + "{\"id\": \"2\", \"input\": \n" + #"{"id": "3", "label": "x"}"# + "\n" + #"{"id": "1", "input": "c", "label": "x"}"# + "\n[1]\n"
    let faults = try #require(throws: DocumentFaults.self) { try suite("suite: core\nitems: items.jsonl\n", items: items) }
    #expect(faults.faults.map(\.line) == [2, 3, 4, 5])
    #expect(faults.description.contains("id \"1\" stands on line 1 too"))
  }

  @Test func `an unknown metric, a missing name and an unknown key are told together`() throws {
    let faults = try #require(throws: DocumentFaults.self) { try suite("items: items.jsonl\nmetrics: [acuracy]\nslice: [a]\n", items: good) }
    #expect(faults.faults.count == 3)
    #expect(faults.description.contains("did you mean \"accuracy\"?"))
    #expect(faults.description.contains("did you mean \"slices\"?"))
  }

  @Test func `a suite without items is no suite`() throws {
    #expect(throws: DocumentFaults.self) { try suite("suite: core\nitems: items.jsonl\n", items: "\n\n") }
  }

  @Test func `changing one byte of the items makes another suite`() throws {
    let one = try suite("suite: core\nitems: items.jsonl\n", items: good)
    let two = try suite("suite: core\nitems: items.jsonl\n", items: good + " ")
    #expect(one.digest != two.digest)
  }
}

@Suite struct SamplingPlanTests {
  @Test func `draws about its rate, the same rows every time, and says with what probability`() {
    let plan = SamplingPlan(rate: 0.3, strata: ["speech"], rates: [#"{speech="regional"}"#: 1], seed: 7)
    var drawn = 0
    for number in 0..<10_000 {
      let columns = ["speech": "standard", "channel": "chat"]
      let decision = plan.decide(key: "\(number)", columns: columns)
      #expect(decision == plan.decide(key: "\(number)", columns: columns))
      if case .drawn(let stratum, let probability) = decision {
        drawn += 1
        #expect(stratum == #"{speech="standard"}"# && probability == 0.3)
      }
      guard case .drawn(_, 1) = plan.decide(key: "\(number)", columns: ["speech": "regional"]) else { return #expect(Bool(false)) }
    }
    // Five standard deviations of a binomial of 10,000 at 0.3.
    #expect(abs(drawn - 3_000) < 230)
  }

  @Test func `another seed draws other rows`() {
    let one = SamplingPlan(rate: 0.5, seed: 1)
    let two = SamplingPlan(rate: 0.5, seed: 2)
    let differing = (0..<1_000).count { one.decide(key: "\($0)", columns: [:]) != two.decide(key: "\($0)", columns: [:]) }
    #expect(differing > 400)
  }
}
