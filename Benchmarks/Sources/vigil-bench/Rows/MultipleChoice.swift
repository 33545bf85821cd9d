import Foundation
import LanguageModel

/// Five-shot multiple choice, the same task for lm-evaluation-harness: its prompts, its choices, the sum of each choice's log-probabilities.
struct MultipleChoice {
  private struct Item: Decodable {
    var question: String
    var choices: [String]
    var answer: Int

    var asked: String { "Question: \(question)\nAnswer:" }
  }

  let bench: Bench
  var questionCount = 40

  func line(_ subject: Subject, _ precision: Precision, _ engine: LanguageEngine?, _ peer: Peer?) throws -> Line {
    let (shots, items) = try (read("choice-shots"), Array(read("choice-questions").prefix(questionCount)))
    let examples = shots.map { "\($0.asked) \($0.choices[$0.answer])\n\n" }.joined()
    let tokenizer = subject.folder.tokenizer
    // Tokenising is part of the work, on both sides.
    func questions(_ some: some Sequence<Item>) -> [(prompt: [Int32], choices: [[Int32]])] {
      some.map { item in (tokenizer.ids(examples + item.asked), item.choices.map { tokenizer.ids(" \($0)", addSpecialTokens: false) }) }
    }
    let all = questions(items)
    let distinct = TokenTrie(all.flatMap { question in question.choices.map { question.prompt + $0 } }).inner
    let sent = all.reduce(0) { sum, question in sum + question.choices.reduce(0) { $0 + question.prompt.count + $1.count - 1 } }
    var computed: Int?
    var notes: [String] = []
    let ours = engine.map { engine in
      Bench.Contender(
        name: "ours", warmUp: { _ = try Engines.choose(engine, questions(items.prefix(2))) },
        measure: {
          var sums: [[Double]] = []
          let elapsed = try seconds {
            let answer = try Engines.choose(engine, questions(items))
            (sums, computed) = (answer.sums, answer.computed)
          }
          if notes.isEmpty { notes.append(Self.check(sums, items)) }
          return Double(items.count) / elapsed
        })
    }
    var theirs = ""
    let rivals = [peer].compactMap { $0 }.map { peer in
      Bench.Contender(
        name: peer.name, warmUp: { _ = try peer.ask(Peer.Request(work: "choose", questions: 2)) },
        measure: {
          let answer = try peer.ask(Peer.Request(work: "choose", questions: items.count))
          theirs = "; theirs: accuracy \(Spread.number(answer.accuracy ?? .nan)), mean \(Spread.number(answer.check ?? .nan))"
          return Double(items.count) / (answer.seconds ?? .infinity)
        })
    }
    // Every distinct token once, half a prompt behind it on average; logits where a choice's token is read.
    let reads = all.reduce(0) { $0 + 1 + TokenTrie($1.choices).inner }
    let operations =
      Double(distinct) * subject.arithmetic.row(length: (all.first?.prompt.count ?? 0) / 2) + Double(reads) * subject.arithmetic.logits
    let limit = { bench.limits.products(precision) / operations * Double(items.count) }
    let result = try bench.turns(ours: ours, limit: limit, peers: rivals)
    let tokens = "prompt tokens computed \(computed.map(String.init) ?? "-"), distinct \(distinct), as sent \(sent)"
    return Line(
      work: "five-shot multiple choice, \(items.count) questions", model: subject.name, precision: precision.rawValue, unit: "questions/s",
      ours: result.ours, limit: result.limit, peers: result.peers, goals: [Line.Goal(versus: "lm-eval", ratio: 5)],
      note: tokens + notes.map { "; ours: \($0)" }.joined() + theirs, others: result.others)
  }

  /// What both sides must agree on.
  private static func check(_ sums: [[Double]], _ items: [Item]) -> String {
    let right = zip(sums, items).count { sums, item in sums.indices.max { sums[$0] < sums[$1] } == item.answer }
    let flat = sums.flatMap { $0 }
    return
      "accuracy \(Spread.number(Double(right) / Double(items.count))), mean \(Spread.number(flat.reduce(0, +) / Double(max(flat.count, 1))))"
  }

  private func read(_ name: String) throws -> [Item] {
    try String(contentsOf: bench.cache.appending(path: "work/\(name).jsonl"), encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Item.self, from: Data($0.utf8))
    }
  }
}
