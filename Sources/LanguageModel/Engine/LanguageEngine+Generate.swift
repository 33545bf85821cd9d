import Foundation
import Kernels

/// What a model wrote after a prompt.
public struct Generation: Sendable, Hashable {
  public enum FinishReason: String, Sendable, Hashable {
    /// An end token or a stop string.
    case stop
    /// The number of tokens asked for, or a full context.
    case length
  }

  /// The generated tokens, with the end token that stopped it, if one did.
  public var tokens: [Int32]
  /// Their text without special tokens, cut before a stop string; empty when the engine has no tokenizer.
  public var text: String
  public var finishReason: FinishReason
  public var promptTokens: Int
}

extension LanguageEngine {
  /// Sequences that are decoded side by side.
  private static let decodedTogether = 32
  /// What the keys and values of all of them may take: a gigabyte, or as much as one sequence needs.
  private static let cacheBytes = 1 << 30

  /// Continues every prompt, greedily or by seeded sampling. As one sequence ends the next prompt takes its place, in the same pass as the others' next tokens.
  /// - seeds: one for each prompt; nil gives every prompt the seed of the options
  /// - Throws: `EngineFault`
  public func generate(_ prompts: [[Int32]], options: GenerationOptions, seeds: [UInt64]? = nil) throws -> [Generation] {
    try checkLanguageModel()
    try options.check()
    if !options.stop.isEmpty, tokenizer == nil { throw EngineFault.noTokenizer }
    try check(prompts, extra: 1)
    if let seeds, seeds.count != prompts.count { throw EngineFault.countDiffers(what: "seeds", expected: prompts.count, got: seeds.count) }
    var writers = prompts.indices.map { GenerationWriter(prompts[$0], options: options, seed: seeds?[$0] ?? options.seed, engine: self) }
    // The longest first, so that the last to be done are short; taken from the end.
    var waiting = writers.indices.sorted { (writers[$0].capacity, $0) < (writers[$1].capacity, $1) }
    let cache = KeyValueCache(
      configuration, capacities: writers.map(\.capacity), together: Self.decodedTogether, bytes: Self.cacheBytes)
    var (growing, starting): ([Int], [Int]) = ([], [])
    while !growing.isEmpty || !starting.isEmpty || !waiting.isEmpty {
      try Task<Never, Never>.checkCancellation()
      var rows = growing.count + starting.reduce(0) { $0 + writers[$1].length }
      while let number = waiting.last, growing.count + starting.count < Self.decodedTogether,
        rows == 0 || rows + prompts[number].count <= Self.passRows, cache.open(number, positions: writers[number].capacity)
      {
        waiting.removeLast()
        starting.append(number)
        rows += prompts[number].count
      }
      try step(starting: starting, growing: growing, &writers, cache)
      let active = (growing + starting).filter { writers[$0].reason == nil }
      for number in growing + starting where writers[number].reason != nil { cache.close(number) }
      starting = active.filter { number in
        configuration.rotaries.contains { $0.startsAgain(writers[number].length - 1, writers[number].length) }
      }
      growing = active.filter { !starting.contains($0) }
    }
    return writers.map(\.generation)
  }

  /// One pass: all tokens of the sequences that start, the last token of those that grow; then each has its next token.
  private func step(starting: [Int], growing: [Int], _ writers: inout [GenerationWriter], _ cache: KeyValueCache) throws {
    let texts = starting.map { writers[$0].prompt + writers[$0].tokens }
    let lengths = growing.map { writers[$0].length }
    let started = Sequences(lengths: texts.map(\.count))
    var pass = Pass(texts)
    pass.ids += growing.map { writers[$0].last }
    pass.positions += lengths.map { Int32($0 - 1) }
    pass.lengths += lengths
    let (first, all) = (started.tokens, started.tokens + growing.count)
    try withWorkspace(rows: all) { workspace in
      let hidden = forward(pass, in: workspace) { layer, shape, q, k, v, out in
        for (i, number) in starting.enumerated() { cache.put(k.rows(started[i]), v.rows(started[i]), layer: layer, sequence: number, at: 0) }
        for (i, number) in growing.enumerated() {
          cache.put(k.rows(first + i..<first + i + 1), v.rows(first + i..<first + i + 1), layer: layer, sequence: number, at: lengths[i] - 1)
        }
        let (old, new) = (0..<first, first..<all)
        attentionForward(q: q.rows(old), k: k.rows(old), v: v.rows(old), sequences: started, shape: shape, into: out.rows(old))
        attentionPaged(
          q: q.rows(new), keys: cache.keys[layer], values: cache.values[layer], pages: growing.map(cache.pages), pageRows: KeyValueCache.pageRows,
          lengths: lengths, shape: shape, into: out.rows(new))
      }
      let rows = (0..<started.count).map { started[$0].upperBound - 1 } + (first..<all)
      try read(rows.map { hidden.rows($0..<$0 + 1) }, starting + growing, &writers, workspace)
    }
  }

  /// Picks the next token of each listed sequence from the logits of its row.
  private func read(_ rows: [Matrix], _ numbers: [Int], _ writers: inout [GenerationWriter], _ workspace: Workspace) throws {
    try model.logits(rows, in: workspace) { places, logits in
      if let bad = finiteRows(logits).firstIndex(of: false) { throw EngineFault.notFinite(index: numbers[places.lowerBound + bad]) }
      let best = largestOfRows(logits)
      for (r, place) in places.enumerated() {
        let number = numbers[place]
        writers[number].append(writers[number].isPlainlyGreedy ? Int32(best[r][0]) : writers[number].pick(logits.row(r)))
      }
    }
  }
}
