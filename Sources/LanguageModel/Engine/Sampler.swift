import Foundation

/// How the next token is picked.
public struct GenerationOptions: Sendable, Hashable {
  /// Tokens to generate at most; a full context ends a generation as well.
  public var maximumTokens = 64
  /// 0 is greedy; else logits are divided by it before sampling.
  public var temperature = 0.0
  /// Only the `topK` most probable tokens, and those as probable as the last of them; 0 for all.
  public var topK = 0
  /// Only the most probable tokens whose probabilities reach `topP` together, at least one; 1 for all, 0 for the best alone.
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
    if !(topP >= 0 && topP <= 1) { throw .option("top-p must be in 0...1, got \(topP)") }
    if !(minP >= 0 && minP <= 1) { throw .option("min-p must be in 0...1, got \(minP)") }
    if !(repetitionPenalty > 0 && repetitionPenalty.isFinite) { throw .option("the repetition penalty must be above 0, got \(repetitionPenalty)") }
    if stop.contains(where: \.isEmpty) { throw .option("a stop string cannot be empty") }
  }
}

/// Picks tokens from logits, as transformers' processors filter them and in their order: repetition penalty, temperature, top-k, top-p, min-p
/// (`huggingface/transformers: src/transformers/generation/logits_process.py`, and `_get_logits_processor` in `utils.py`).
///
/// Ties go as they do there: all equals of the k-th best stay, and of equals at the edge of top-p the higher ids stay.
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
    let logits = penalized(logits)
    let id = options.temperature == 0 ? Int32(largest(1, of: logits)[0]) : draw(candidates(logits))
    if options.repetitionPenalty != 1 { seen.insert(id) }
    return id
  }

  /// A token that may be drawn.
  struct Candidate: Hashable {
    var id: Int
    /// Relative to that of the best, which has 1.
    var weight: Double
  }

  /// Logits of the prompt's and the generated tokens, made less probable.
  func penalized(_ logits: [Float]) -> [Float] {
    var logits = logits
    let penalty = Float(options.repetitionPenalty)
    for id in seen { logits[Int(id)] = logits[Int(id)] < 0 ? logits[Int(id)] * penalty : logits[Int(id)] / penalty }
    return logits
  }

  /// What the filters leave of some logits; at least one. The temperature must be above 0.
  func candidates(_ logits: [Float]) -> [Candidate] {
    let best = Double(logits.max() ?? 0)
    var ids = Array(logits.indices)
    if (1..<ids.count).contains(options.topK) {
      // Looking along the few best is faster than sorting, until they are many.
      let last = options.topK <= 256 ? logits[largest(options.topK, of: logits)[options.topK - 1]] : logits.sorted(by: >)[options.topK - 1]
      ids.removeAll { logits[$0] < last }
    }
    // The best is taken away before the division, so that no temperature is too low.
    var left = ids.map { Candidate(id: $0, weight: exp((Double(logits[$0]) - best) / options.temperature)) }
    if options.topP < 1 { left = nucleus(left, logits) }
    return left.filter { $0.weight >= options.minP }
  }

  /// The most probable candidates whose probabilities reach `topP` together, and one at least: from the least probable on, candidates go while what has gone
  /// is at most 1 - topP. Probabilities and their sums are rounded to Float as in the reference, since edges and ties depend on it.
  private func nucleus(_ candidates: [Candidate], _ logits: [Float]) -> [Candidate] {
    let total = candidates.reduce(0) { $0 + $1.weight }
    let limit = Float(1 - options.topP)
    // Those that could all go without reaching the limit need no order among them: a large vocabulary is mostly of this kind.
    let small = Double(limit) / Double(candidates.count) * 0.99
    var order: [Candidate] = []
    var gone = 0.0
    for candidate in candidates {
      let probability = Float(candidate.weight / total)
      if Double(probability) < small { gone += Double(probability) } else { order.append(candidate) }
    }
    order.sort { logits[$0.id] < logits[$1.id] || (logits[$0.id] == logits[$1.id] && $0.id < $1.id) }
    let kept = order.firstIndex { candidate in
      gone += Double(Float(candidate.weight / total))
      return Float(gone) > limit
    }
    return Array(order[min(kept ?? order.count - 1, order.count - 1)...])
  }

  private mutating func draw(_ candidates: [Candidate]) -> Int32 {
    var left = unit() * candidates.reduce(0) { $0 + $1.weight }
    for candidate in candidates {
      left -= candidate.weight
      if left < 0 { return Int32(candidate.id) }
    }
    return Int32(candidates[candidates.count - 1].id)
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
