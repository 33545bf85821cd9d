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
    let sequences = Sequences(lengths: writers.map(\.prompt.count))
    // Each sequence has its stretch of the cache, as long as it can get.
    let stretches = Sequences(lengths: writers.map(\.capacity))
    let cache = (0..<configuration.layers).map { _ in
      (
        keys: Matrix(rows: stretches.tokens, columns: configuration.keyValueWidth),
        values: Matrix(rows: stretches.tokens, columns: configuration.keyValueWidth)
      )
    }
    try withWorkspace(rows: max(sequences.tokens, writers.count)) { workspace in
      let hidden = model.forward(writers.flatMap(\.prompt), positions: sequences.positions, in: workspace) { layer, q, k, v, out in
        for i in 0..<sequences.count {
          let place = stretches[i].lowerBound..<stretches[i].lowerBound + sequences[i].count
          cache[layer].keys.rows(place).copy(from: k.rows(sequences[i]))
          cache[layer].values.rows(place).copy(from: v.rows(sequences[i]))
        }
        attentionForward(q: q, k: k, v: v, sequences: sequences, shape: model.shape, into: out)
      }
      var active = Array(writers.indices)
      try read(hidden, rows: active.map { sequences[$0].upperBound - 1 }, &active, &writers, firstIndex, workspace)

      while !active.isEmpty {
        try Task<Never, Never>.checkCancellation()
        let lengths = active.map { writers[$0].length }
        let ranges = zip(active, lengths).map { stretches[$0].lowerBound..<stretches[$0].lowerBound + $1 }
        let hidden = model.forward(active.map { writers[$0].last }, positions: lengths.map { Int32($0 - 1) }, in: workspace) { layer, q, k, v, out in
          for (b, range) in ranges.enumerated() {
            let place = range.upperBound - 1..<range.upperBound
            cache[layer].keys.rows(place).copy(from: k.rows(b..<b + 1))
            cache[layer].values.rows(place).copy(from: v.rows(b..<b + 1))
          }
          attentionCached(q: q, keys: cache[layer].keys, values: cache[layer].values, ranges: ranges, shape: model.shape, into: out)
        }
        try read(hidden, rows: Array(active.indices), &active, &writers, firstIndex, workspace)
      }
    }
  }

  /// Picks the next token of every active sequence from the logits of its row; those that end leave `active`.
  private func read(
    _ hidden: Matrix, rows: [Int], _ active: inout [Int], _ writers: inout [Writer], _ firstIndex: Int, _ workspace: LlamaWorkspace
  ) throws {
    let these = active
    try model.logits(hidden, rows: rows, in: workspace) { numbers, logits in
      for (r, number) in numbers.enumerated() {
        let row = logits.row(r)
        guard row.allSatisfy(\.isFinite) else { throw EngineFault.notFinite(index: firstIndex + these[number]) }
        writers[these[number]].append(row)
      }
    }
    active.removeAll { writers[$0].reason != nil }
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
      text += decoder?.finish() ?? ""
      return
    }
    text += decoder?.append(id) ?? ""
    if let cut = earliestStop() {
      text = cut
      reason = .stop
    } else if tokens.count == maximum {
      text += decoder?.finish() ?? ""
      reason = .length
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
