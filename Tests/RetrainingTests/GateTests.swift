import Foundation
import Records
import Retraining
import Testing

@Suite struct GateTests {
  private let gate = Gate(columns: ["speech"])
  private let now = Date(timeIntervalSince1970: 1_700_000_000)

  /// `both` right, `gained` by the challenger alone, `lost` by it, `neither`.
  private func answers(_ name: String, both: Int, gained: Int, lost: Int, neither: Int, columns: [String: String] = [:]) -> [PairedAnswer] {
    let kinds = [(both, true, true), (gained, false, true), (lost, true, false), (neither, false, false)]
    var number = 0
    return kinds.flatMap { count, champion, challenger in
      (0..<count).map { _ in
        number += 1
        return PairedAnswer(
          key: "\(name)-\(number)", label: "yes", champion: champion ? "yes" : "no", challenger: challenger ? "yes" : "no", columns: columns)
      }
    }
  }

  private func decide(_ target: GateTarget = .recentAccuracy, recent: [PairedAnswer], guarded: [PairedAnswer]) -> GateDecision {
    gate.decide(
      id: "d", deployment: "desk", champion: "a", challenger: "b", target: target, recent: GateSet(name: "recent", answers: recent, margin: 0.05),
      guarded: [GateSet(name: "suite.core", answers: guarded, margin: 0.05)], at: now)
  }

  @Test func `a challenger that is better on the target and not worse elsewhere is promoted`() {
    let decision = decide(
      recent: answers("r", both: 150, gained: 40, lost: 4, neither: 6), guarded: answers("s", both: 280, gained: 5, lost: 5, neither: 10))
    #expect(decision.promoted)
    #expect(decision.summary.hasPrefix("promoted"))
  }

  @Test func `a loss on a suite refuses the challenger whatever it gained, and says which and by how much`() {
    let decision = decide(
      recent: answers("r", both: 100, gained: 90, lost: 0, neither: 10), guarded: answers("s", both: 240, gained: 0, lost: 45, neither: 15))
    #expect(!decision.promoted)
    #expect(decision.summary.contains("suite.core.accuracy"))
    #expect(decision.summary.contains("95.0% before, 80.0% after on 300 items"))
  }

  @Test func `an equal challenger is refused because the target did not improve`() {
    let same = answers("r", both: 180, gained: 5, lost: 5, neither: 10)
    let decision = decide(recent: same, guarded: answers("s", both: 290, gained: 0, lost: 0, neither: 10))
    #expect(!decision.promoted)
    #expect(decision.checks.filter { !$0.passed }.map(\.role) == ["target"])
  }

  @Test func `nothing to compare on is a refusal, never a pass`() {
    let decision = decide(recent: [], guarded: [])
    #expect(!decision.promoted)
  }

  @Test func `a gap target needs the slice to be served better and the gap to shrink`() {
    let inside = answers("i", both: 60, gained: 30, lost: 1, neither: 9, columns: ["speech": "regional"])
    let outside = answers("o", both: 190, gained: 2, lost: 2, neither: 6, columns: ["speech": "standard"])
    let suite = answers("s", both: 290, gained: 2, lost: 2, neither: 6)
    let slice = Slice(["speech": "regional"])
    let narrowed = decide(.gap(slice), recent: inside + outside, guarded: suite)
    #expect(narrowed.promoted)
    let targets = narrowed.checks.filter { $0.role == "target" }
    #expect(targets.map(\.name) == ["target.bias.accuracy_gap", "target.slice.accuracy"])
    #expect(targets.allSatisfy { $0.slice == slice && $0.lower! > 0.15 })

    let same = answers("i", both: 61, gained: 2, lost: 2, neither: 35, columns: ["speech": "regional"])
    let unmoved = decide(.gap(slice), recent: same + outside, guarded: suite)
    #expect(unmoved.checks.filter { !$0.passed }.map(\.name) == ["target.bias.accuracy_gap", "target.slice.accuracy"])
  }

  @Test func `a gap that is narrower because the rest lost does not count`() {
    let same = answers("i", both: 60, gained: 3, lost: 2, neither: 35, columns: ["speech": "regional"])
    let worse = answers("o", both: 185, gained: 0, lost: 9, neither: 6, columns: ["speech": "standard"])
    let decision = decide(
      .gap(Slice(["speech": "regional"])), recent: same + worse, guarded: answers("s", both: 290, gained: 0, lost: 0, neither: 10))
    #expect(decision.checks.first { $0.name == "target.bias.accuracy_gap" }?.passed == true)
    #expect(decision.checks.first { $0.name == "target.slice.accuracy" }?.passed == false)
    #expect(!decision.promoted)
  }

  @Test func `a slice that gained less than the rest is refused, for its gap grew`() {
    let inside = answers("i", both: 60, gained: 15, lost: 1, neither: 24, columns: ["speech": "regional"])
    let outside = answers("o", both: 120, gained: 75, lost: 0, neither: 5, columns: ["speech": "standard"])
    let decision = decide(
      .gap(Slice(["speech": "regional"])), recent: inside + outside, guarded: answers("s", both: 290, gained: 0, lost: 0, neither: 10))
    #expect(decision.checks.first { $0.name == "target.slice.accuracy" }?.passed == true)
    #expect(decision.summary.contains("which is not narrower"))
  }

  @Test func `a slice that got worse refuses although everything together got better`() {
    let inside = answers("i", both: 40, gained: 0, lost: 30, neither: 30, columns: ["speech": "regional"])
    let outside = answers("o", both: 500, gained: 150, lost: 0, neither: 10, columns: ["speech": "standard"])
    let decision = decide(recent: inside + outside, guarded: answers("s", both: 290, gained: 0, lost: 0, neither: 10))
    #expect(!decision.promoted)
    #expect(decision.checks.contains { $0.name == "slice.accuracy" && $0.slice == Slice(["speech": "regional"]) && !$0.passed })
  }

  @Test func `a slice of few rows is shown and does not decide`() {
    let inside = answers("i", both: 2, gained: 0, lost: 5, neither: 0, columns: ["speech": "regional"])
    let outside = answers("o", both: 190, gained: 60, lost: 0, neither: 10, columns: ["speech": "standard"])
    let decision = decide(recent: inside + outside, guarded: answers("s", both: 290, gained: 0, lost: 0, neither: 10))
    let check = decision.checks.first { $0.slice == Slice(["speech": "regional"]) }
    #expect(check?.role == "shown" && check?.passed == true)
    #expect(decision.promoted)
  }

  @Test func `identical models are promoted by mistake at most one time in twenty`() {
    // 400 pairs of models that differ by chance alone on 200 recent rows, 10% of them discordant.
    var generator = Xorshift(state: 88_172_645_463_325_252)
    var promoted = 0
    for _ in 0..<400 {
      let rows = (0..<200).map { number -> PairedAnswer in
        let draw = Double(generator.next() >> 11) / 9_007_199_254_740_992
        let (a, b) = draw < 0.05 ? (true, false) : draw < 0.10 ? (false, true) : (true, true)
        return PairedAnswer(key: "\(number)", label: "y", champion: a ? "y" : "n", challenger: b ? "y" : "n")
      }
      if decide(recent: rows, guarded: answers("s", both: 290, gained: 0, lost: 0, neither: 10)).promoted { promoted += 1 }
    }
    // The 99.9% point of a binomial with 400 trials at 5% is 35.
    #expect(promoted <= 35)
  }
}

private struct Xorshift {
  var state: UInt64
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Suite struct RetrainPolicyTests {
  private let now = Date(timeIntervalSince1970: 1_700_000_000)

  @Test func `waits for labels, for the slice's labels and for the cool-down, and says so`() {
    let policy = RetrainPolicy(cooldown: 86400, minimumRows: 300, minimumSliceRows: 50)
    #expect(policy.answer(rows: 300, sliceRows: nil, lastDecision: nil, now: now) == .begin)
    guard case .wait(let few) = policy.answer(rows: 299, sliceRows: nil, lastDecision: nil, now: now) else { return #expect(Bool(false)) }
    #expect(few.contains("299 of 300"))
    guard case .wait(let slice) = policy.answer(rows: 500, sliceRows: 49, lastDecision: nil, now: now) else { return #expect(Bool(false)) }
    #expect(slice.contains("49 of 50"))
    guard case .wait = policy.answer(rows: 500, sliceRows: 90, lastDecision: now.addingTimeInterval(-86399), now: now) else {
      return #expect(Bool(false))
    }
    #expect(policy.answer(rows: 500, sliceRows: 90, lastDecision: now.addingTimeInterval(-86400), now: now) == .begin)
  }
}

@Suite struct SelectionTests {
  private func row(_ key: String, _ label: String, speech: String = "standard") -> TrainingRow {
    TrainingRow(key: key, input: "text \(key)", label: label, origin: "original", columns: ["speech": speech])
  }

  @Test func `replay is spread over the labels and is the same every time`() {
    let pool = (0..<100).map { row("a\($0)", "common") } + (0..<10).map { row("b\($0)", "rare") }
    let selection = Selection(replayShare: 0.5, seed: 7)
    let replay = selection.replay(pool, besides: 20)
    #expect(replay.count == 20)
    #expect(replay.count { $0.label == "rare" } == 10)
    #expect(replay == selection.replay(pool.reversed(), besides: 20))
  }

  @Test func `a pool that is too small gives all it has`() {
    #expect(Selection(replayShare: 0.9).replay([row("a", "x")], besides: 100).count == 1)
    #expect(Selection().replay([], besides: 100).isEmpty)
  }

  @Test func `rebalancing gives a small slice the same say up to the limit`() {
    let rows = (0..<90).map { row("s\($0)", "x") } + (0..<30).map { row("r\($0)", "x", speech: "regional") }
    let weighed = Selection(maximumWeight: 4).weigh(rows, rebalancing: Slice(["speech": "regional"]))
    #expect(weighed.filter { $0.row.columns["speech"] == "regional" }.allSatisfy { $0.weight == 3 })
    let capped = Selection(maximumWeight: 2).weigh(rows, rebalancing: Slice(["speech": "regional"]))
    #expect(capped.map(\.weight).max() == 2)
    #expect(Selection().weigh(rows, rebalancing: nil).allSatisfy { $0.weight == 1 })
  }
}
