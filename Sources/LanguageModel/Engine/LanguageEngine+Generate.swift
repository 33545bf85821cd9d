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

  /// Continues every prompt, greedily or by seeded sampling.
  /// - seeds: one for each prompt; nil gives every prompt the seed of the options
  /// - Throws: `EngineFault`
  public func generate(_ prompts: [[Int32]], options: GenerationOptions, seeds: [UInt64]? = nil) throws -> [Generation] {
    try checkLanguageModel()
    try options.check()
    if !options.stop.isEmpty, tokenizer == nil { throw EngineFault.noTokenizer }
    try check(prompts, extra: 1)
    if let seeds, seeds.count != prompts.count { throw EngineFault.countDiffers(what: "seeds", expected: prompts.count, got: seeds.count) }
    var generations: [Generation] = []
    for pass in Self.passes(prompts.count, most: Self.decodedTogether, rows: { prompts[$0].count }) {
      var writers = pass.map { Writer(prompts[$0], options: options, seed: seeds?[$0] ?? options.seed, engine: self) }
      try generate(&writers, firstIndex: pass.lowerBound)
      generations += writers.map(\.generation)
    }
    return generations
  }

  private func generate(_ writers: inout [Writer], firstIndex: Int) throws {
    let cache = Cache(configuration, capacities: writers.map(\.capacity))
    let mayStartAgain = configuration.rotaries.contains { $0.startsAgain(0, .max) }
    let rows = max(writers.reduce(0) { $0 + $1.prompt.count }, mayStartAgain ? writers.map(\.capacity).max() ?? 0 : 0)
    try withWorkspace(rows: rows) { workspace in
      var active = Array(writers.indices)
      var starting = active
      var growing: [Int] = []
      while !active.isEmpty {
        try Task<Never, Never>.checkCancellation()
        // Each reads the logits of its rows before the next pass overwrites them.
        for (numbers, isStart) in [(starting, true), (growing, false)] where !numbers.isEmpty {
          let (hidden, rows) = isStart ? start(numbers, writers, cache, workspace) : grow(numbers, writers, cache, workspace)
          try read(hidden, rows: rows, numbers, &writers, firstIndex, workspace)
        }
        active.removeAll { writers[$0].reason != nil }
        let stale = active.filter { number in
          configuration.rotaries.contains { $0.startsAgain(writers[number].length - 1, writers[number].length) }
        }
        growing = active.filter { !stale.contains($0) }
        // Together if the workspace has the rows; it has them for any one, and the others wait a turn.
        starting = stale.reduce(0) { $0 + writers[$1].length } <= rows ? stale : Array(stale.prefix(1))
      }
    }
  }

  /// Computes all tokens of some sequences and keeps their keys and values. Returns the last hidden states and the row of each sequence's last token.
  private func start(_ numbers: [Int], _ writers: [Writer], _ cache: Cache, _ workspace: Workspace) -> (hidden: Matrix, rows: [Int]) {
    let texts = numbers.map { writers[$0].prompt + writers[$0].tokens }
    let sequences = Sequences(lengths: texts.map(\.count))
    let hidden = model.forward(Pass(texts), in: workspace) { layer, shape, q, k, v, out in
      for (i, number) in numbers.enumerated() { cache.put(k.rows(sequences[i]), v.rows(sequences[i]), layer: layer, sequence: number, at: 0) }
      attentionForward(q: q, k: k, v: v, sequences: sequences, shape: shape, into: out)
    }
    return (hidden, (0..<sequences.count).map { sequences[$0].upperBound - 1 })
  }

  /// Computes the last token of some sequences, whose other tokens' keys and values are in the cache.
  private func grow(_ numbers: [Int], _ writers: [Writer], _ cache: Cache, _ workspace: Workspace) -> (hidden: Matrix, rows: [Int]) {
    let lengths = numbers.map { writers[$0].length }
    let ranges = zip(numbers, lengths).map { cache.rows(of: $0, $1) }
    let pass = Pass(ids: numbers.map { writers[$0].last }, positions: lengths.map { Int32($0 - 1) }, lengths: lengths)
    let hidden = model.forward(pass, in: workspace) { layer, shape, q, k, v, out in
      for (b, number) in numbers.enumerated() {
        cache.put(k.rows(b..<b + 1), v.rows(b..<b + 1), layer: layer, sequence: number, at: lengths[b] - 1)
      }
      attentionCached(q: q, keys: cache.layers[layer].keys, values: cache.layers[layer].values, ranges: ranges, shape: shape, into: out)
    }
    return (hidden, Array(numbers.indices))
  }

  /// Picks the next token of each listed sequence from the logits of its row.
  private func read(
    _ hidden: Matrix, rows: [Int], _ numbers: [Int], _ writers: inout [Writer], _ firstIndex: Int, _ workspace: Workspace
  ) throws {
    try model.logits(hidden, rows: rows, in: workspace) { places, logits in
      for (r, place) in places.enumerated() {
        let row = logits.row(r)
        guard row.allSatisfy(\.isFinite) else { throw EngineFault.notFinite(index: firstIndex + numbers[place]) }
        writers[numbers[place]].append(row)
      }
    }
  }
}

/// Keys and values of several sequences side by side; each sequence has its stretch, as long as it can get.
private struct Cache {
  let layers: [(keys: Matrix, values: Matrix)]
  private let stretches: Sequences

  init(_ configuration: ModelConfiguration, capacities: [Int]) {
    let stretches = Sequences(lengths: capacities)
    self.stretches = stretches
    layers = configuration.blocks.map {
      (Matrix(rows: stretches.tokens, columns: $0.attention.keyValueWidth), Matrix(rows: stretches.tokens, columns: $0.attention.keyValueWidth))
    }
  }

  /// The first `count` rows of a sequence's stretch.
  func rows(of sequence: Int, _ count: Int) -> Range<Int> { stretches[sequence].lowerBound..<stretches[sequence].lowerBound + count }

  func put(_ keys: Matrix, _ values: Matrix, layer: Int, sequence: Int, at position: Int) {
    let first = stretches[sequence].lowerBound + position
    layers[layer].keys.rows(first..<first + keys.rows).copy(from: keys)
    layers[layer].values.rows(first..<first + keys.rows).copy(from: values)
  }
}

/// One sequence as it grows.
private struct Writer {
  let prompt: [Int32]
  /// Tokens it can have at most, prompt included.
  let capacity: Int
  private(set) var tokens: [Int32] = []
  private(set) var reason: Generation.FinishReason?
  private var text = ""
  private var decoder: StreamDecoder?
  private var sampler: Sampler
  private let ends: Set<Int32>
  private let stop: [String]
  private let maximum: Int

  init(_ prompt: [Int32], options: GenerationOptions, seed: UInt64, engine: LanguageEngine) {
    self.prompt = prompt
    // The last token is never looked at again, so it needs no place; but a context of n positions holds n tokens.
    maximum = min(options.maximumTokens, engine.configuration.maximumPositions - prompt.count)
    capacity = prompt.count + maximum
    sampler = Sampler(options, seed: seed, prompt: prompt)
    ends = (options.ignoreEndOfSequence ? [] : engine.endOfSequence).union(options.stopTokens)
    stop = options.stop
    decoder = engine.tokenizer?.streamDecoder()
  }

  /// Tokens so far, prompt included.
  var length: Int { prompt.count + tokens.count }
  var last: Int32 { tokens[tokens.count - 1] }

  mutating func append(_ logits: [Float]) {
    let id = sampler.pick(logits)
    tokens.append(id)
    if ends.contains(id) {
      reason = .stop
    } else {
      text += decoder?.append(id) ?? ""
      if tokens.count == maximum { reason = .length }
    }
    // What the decoder held back may hold a stop string too.
    if reason != nil { text += decoder?.finish() ?? "" }
    if let cut = earliestStop() {
      text = cut
      reason = .stop
    }
  }

  /// The text before the first stop string in it. Compared by UTF-8 bytes: equal text, not canonically equivalent text.
  private func earliestStop() -> String? {
    let bytes = Array(text.utf8)
    let places = stop.compactMap { stop -> Int? in
      let wanted = Array(stop.utf8)
      guard wanted.count <= bytes.count else { return nil }
      return (0...bytes.count - wanted.count).first { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
    return places.min().map { String(decoding: bytes[..<$0], as: UTF8.self) }
  }

  var generation: Generation { Generation(tokens: tokens, text: text, finishReason: reason ?? .length, promptTokens: prompt.count) }
}
