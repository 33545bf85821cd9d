import LanguageModel

/// Scoring: 64 prompts of 256 tokens, the last 32 of each scored.
struct Scoring {
  static let scored = 32
  let bench: Bench

  func line(_ subject: Subject, _ precision: Precision, _ engine: LanguageEngine?, _ peers: [Peer]) throws -> Line {
    let prompts = subject.work.scoring
    let tokens = Double(prompts.reduce(0) { $0 + $1.count })
    let operations = prompts.reduce(0.0) { $0 + subject.arithmetic.scoring(length: $1.count, scored: Self.scored) }
    var checks: [String] = []
    let ours = engine.map { engine in
      Bench.Contender(
        name: "ours",
        warmUp: {
          let some = prompts.prefix(8)
          let mean = try Engines.score(engine, some, last: Self.scored).reduce(0) { $0 + $1.logProbability } / Double(some.count)
          checks.append(Spread.number(mean))
        }, measure: { tokens / (try seconds { _ = try Engines.score(engine, prompts[...], last: Self.scored) }) })
    }
    let rivals = peers.map { peer in
      Bench.Contender(
        name: peer.name,
        warmUp: {
          if let check = try peer.ask(Peer.Request(work: "score", prompts: 8, scored: Self.scored)).check { checks.append(Spread.number(check)) }
        }, measure: { tokens / (try peer.seconds(Peer.Request(work: "score", prompts: prompts.count, scored: Self.scored))) })
    }
    let result = try bench.turns(ours: ours, limit: { bench.limits.products(precision) * tokens / operations }, peers: rivals)
    let goals: [Line.Goal] =
      switch (precision, subject.name) {
      case (.bf16, "10M"): [Line.Goal(versus: "PyTorch", ratio: 1.5)]
      case (.bf16, _): [Line.Goal(versus: "limit", ratio: 0.75), Line.Goal(versus: "PyTorch", ratio: 1.4)]
      case (_, "10M"): []
      default: [Line.Goal(versus: "limit", ratio: 0.7)]
      }
    return Line(
      work: "scoring 64 x 256 tokens, last \(Self.scored)", model: subject.name, precision: precision.rawValue, unit: "tokens/s", ours: result.ours,
      limit: result.limit, peers: result.peers, goals: goals, note: checks.isEmpty ? "" : "mean log-probability \(checks.joined(separator: ", "))",
      others: result.others)
  }
}
