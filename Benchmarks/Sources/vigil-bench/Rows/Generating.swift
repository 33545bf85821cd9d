import LanguageModel

/// Generation: 64 greedy tokens behind prompts of 128 tokens, 1, 8 and 32 side by side; the prompts' own computation is not counted.
struct Generating {
  static let batches = [1, 8, 32]
  static let steps = 64
  let bench: Bench

  func line(_ subject: Subject, _ precision: Precision, batch: Int, _ engine: LanguageEngine?, _ peers: [Peer]) throws -> Line {
    let prompts = subject.work.generation.prefix(batch)
    let tokens = Double(batch * Self.steps)
    let ours = engine.map { engine in
      // The first token comes with the prompts; what 64 more cost is the difference.
      Bench.Contender(
        name: "ours", warmUp: { _ = try Engines.generate(engine, prompts, tokens: 2) },
        measure: {
          let first = try seconds { _ = try Engines.generate(engine, prompts, tokens: 1) }
          let all = try seconds { _ = try Engines.generate(engine, prompts, tokens: 1 + Self.steps) }
          return tokens / max(all - first, 1e-9)
        })
    }
    let rivals = peers.map { peer in
      Bench.Contender(
        name: peer.name, warmUp: { _ = try peer.ask(Peer.Request(work: "generate", batch: batch, steps: 2)) },
        measure: { tokens / (try peer.seconds(Peer.Request(work: "generate", batch: batch, steps: Self.steps))) })
    }
    // In the middle of the 64 steps.
    let length = (prompts.first?.count ?? 0) + Self.steps / 2
    let bytes = subject.arithmetic.stepBytes(precision, batch: batch, length: length)
    let operations = subject.arithmetic.step(length: length) * Double(batch)
    let limit = {
      // A step takes as long as its reading or as its products, whichever is longer.
      let reading = bytes / bench.limits.bandwidth(Int(bytes))
      return Double(batch) / (batch == 1 ? reading : max(reading, operations / bench.limits.products(precision)))
    }
    let result = try bench.turns(ours: ours, limit: limit, peers: rivals)
    let goals: [Line.Goal] =
      switch (precision, batch) {
      case (.bf16, 1): [Line.Goal(versus: "limit", ratio: 0.8), Line.Goal(versus: "llama", ratio: 1)]
      case (.bf16, _): [Line.Goal(versus: "llama", ratio: 1.3)]
      case (.int8, 1): [Line.Goal(versus: "llama", ratio: 1)]
      default: []
      }
    return Line(
      work: "generation, batch \(batch)", model: subject.name, precision: precision.rawValue, unit: "tokens/s", ours: result.ours,
      limit: result.limit, peers: result.peers, goals: goals, others: result.others)
  }
}
