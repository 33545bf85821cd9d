import Foundation
import Kernels

/// How the next token is picked.
public struct GenerationOptions: Sendable, Hashable {
  /// Tokens to generate at most; a full context ends a generation as well.
  public var maximumTokens = 64
  /// 0 is greedy; else logits are divided by it before sampling.
  public var temperature = 0.0
  /// Only the `topK` most probable tokens; 0 for all.
  public var topK = 0
  /// Only the most probable tokens whose probabilities reach `topP` together; 1 for all.
  public var topP = 1.0
  /// Only tokens at least `minP` times as probable as the best; 0 for all.
  public var minP = 0.0
  /// Logits of tokens seen before are divided (positive) or multiplied (negative) by it; 1 does nothing.
  public var repetitionPenalty = 1.0
  public var seed: UInt64 = 0
  /// Text that ends a generation; it is cut off with what follows.
  public var stop: [String] = []
  /// Further ids that end a generation.
  public var stopTokens: [Int32] = []
  /// Goes on after the model's own end.
  public var ignoreEndOfSequence = false

  public init() {}

  func check() throws(EngineFault) {
    if maximumTokens < 1 { throw .option("the number of tokens to generate must be at least 1, got \(maximumTokens)") }
    if !(temperature >= 0 && temperature.isFinite) { throw .option("the temperature must be at least 0, got \(temperature)") }
    if topK < 0 { throw .option("top-k must be at least 0, got \(topK)") }
    if !(topP > 0 && topP <= 1) { throw .option("top-p must be above 0 and at most 1, got \(topP)") }
    if !(minP >= 0 && minP <= 1) { throw .option("min-p must be in 0...1, got \(minP)") }
    if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) { throw .option("the repetition penalty must be above 0, got \(repetitionPenalty)") }
    if stop.contains(where: \.isEmpty) { throw .option("a stop string cannot be empty") }
  }
}

/// Picks tokens from logits, in the order of transformers' processors: repetition penalty, temperature, top-k, top-p, min-p.
struct Sampler {
  private let options: GenerationOptions
  private var state: UInt64
  private var seen: Set<Int32>

  init(_ options: GenerationOptions, seed: UInt64, prompt: [Int32]) {
    self.options = options
    state = seed
    seen = options.repetitionPenalty == 1 ? [] : Set(prompt)
  }

  mutating func pick(_ logits: [Float]) -> Int32 {
    var logits = logits
    for id in seen {
      let penalty = Float(options.repetitionPenalty)
      logits[Int(id)] = logits[Int(id)] > 0 ? logits[Int(id)] / penalty : logits[Int(id)] * penalty
    }
    let id = options.temperature == 0 ? Int32(largest(1, of: logits)[0]) : draw(logits)
    if options.repetitionPenalty != 1 { seen.insert(id) }
    return id
  }

  private mutating func draw(_ logits: [Float]) -> Int32 {
    var ids = Array(logits.indices)
    ids.sort { logits[$0] > logits[$1] || (logits[$0] == logits[$1] && $0 < $1) }
    if options.topK > 0 { ids = Array(ids.prefix(options.topK)) }
    let top = Double(logits[ids[0]])
    var weights = ids.map { exp((Double(logits[$0]) - top) / options.temperature) }
    if options.topP < 1 {
      let total = weights.reduce(0, +)
      var (sum, kept) = (0.0, 0)
      // The token that passes the limit is the last one kept.
      while kept < weights.count, sum < options.topP * total {
        sum += weights[kept]
        kept += 1
      }
      weights = Array(weights.prefix(kept))
    }
    if options.minP > 0 { weights = Array(weights.prefix { $0 >= options.minP }) }
    var left = unit() * weights.reduce(0, +)
    for (i, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return Int32(ids[i]) }
    }
    return Int32(ids[weights.count - 1])
  }

  /// In 0 ..< 1, from SplitMix64 (Steele, Lea and Flood 2014).
  private mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
  }
}
