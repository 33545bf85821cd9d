import Kernels
import Testing

@testable import LanguageModel

@Suite struct SharedBeginningsTests {
  private func plan(_ texts: [[Int32]], rows: Int = 1000) -> SharedBeginnings { SharedBeginnings(texts, rows: rows) { _, _ in true } }

  /// The tokens at each text's places, pass after pass, as they would be looked up.
  private func followed(_ plan: SharedBeginnings, _ texts: [[Int32]]) -> [[Int32]] {
    var found = texts.map { _ in [Int32]() }
    var kept: [Int32] = []
    for pass in plan.passes {
      var rows = [Int32](repeating: -1, count: pass.rows)
      for text in pass.texts {
        let new = texts[text.number].suffix(text.own.count)
        for (row, token) in zip(text.own, new) { rows[row] = token }
        func token(_ place: SharedBeginnings.Place) -> Int32 {
          switch place {
          case .kept(let position): kept[position]
          case .row(let row): rows[row]
          }
        }
        found[text.number] = text.places.map(token)
      }
      kept = pass.keep.enumerated().map { position, place in
        switch place {
        case .kept: kept[position]
        case .row(let row): rows[row]
        }
      }
    }
    return found
  }

  @Test func `every token of what texts share is computed once, in one pass and over many`() {
    let few: [Int32] = [1, 2, 3, 4, 5, 6, 7]
    var texts: [[Int32]] = []
    for question in 0..<20 {
      let asked = few + [100 + Int32(question), 9, 9]
      for answer in 0..<4 { texts.append(asked + [200 + Int32(answer), 8]) }
    }
    texts += [[], few, few, [1, 2]]
    texts.reverse()
    var distinct: Set<[Int32]> = []
    for text in texts { for count in stride(from: 1, through: text.count, by: 1) { distinct.insert(Array(text.prefix(count))) } }
    for rows in [1000, 60, 13, 1] {
      let plan = plan(texts, rows: rows)
      #expect(plan.passes.reduce(0) { $0 + $1.rows } == distinct.count)
      #expect(plan.passes.flatMap(\.texts).map(\.number).sorted() == Array(texts.indices))
      #expect(followed(plan, texts) == texts)
      if rows == 60 { #expect(plan.passes.count > 2 && plan.passes.allSatisfy { $0.rows <= 60 }) }
    }
  }

  @Test func `texts whose lengths forbid it share nothing`() {
    let texts: [[Int32]] = [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6]]
    let plan = SharedBeginnings(texts, rows: 100) { ($0 > 4) == ($1 > 4) }
    #expect(plan.passes.reduce(0) { $0 + $1.rows } == 4 + 6)
    #expect(followed(plan, texts) == texts)
  }

  @Test func `scores of texts that share beginnings have the bits of each alone, in any order, over several passes`() throws {
    let engine = try TinyLlama.engine()
    let few = (0..<60).map { Int32(($0 * 13) % 60 + 1) }
    var requests: [ScoreRequest] = []
    for question in 0..<150 {
      for answer in 0..<3 {
        requests.append(ScoreRequest(tokens: few + (0..<20).map { Int32((question * 7 + $0) % 60) } + [Int32(answer), 5, 6], promptTokens: 80))
      }
    }
    requests.append(ScoreRequest(tokens: few))
    requests.append(ScoreRequest(tokens: few, promptTokens: 59))
    let before = engine.tokensComputed
    let together = try engine.score(requests, top: 2)
    let computed = engine.tokensComputed - before
    var distinct: Set<[Int32]> = []
    for request in requests { for count in 1...request.inputs.count { distinct.insert(Array(request.inputs.prefix(count))) } }
    #expect(computed == distinct.count)
    #expect(try engine.score(requests.reversed(), top: 2) == together.reversed())
    for i in [0, 1, 77, 300, 449, 450, 451] { #expect(try engine.score([requests[i]], top: 2) == [together[i]]) }
  }
}
