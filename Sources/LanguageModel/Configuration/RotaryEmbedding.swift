internal import Foundation

/// Rotary position embedding (Su et al. 2021) with the ways of stretching it that transformers' modeling_rope_utils.py has. Half-split: element i of a head turns
/// with element i + dimension / 2 by position * frequency i.
public struct RotaryEmbedding: Sendable, Hashable {
  public enum Frequencies: Sendable, Hashable {
    /// The same for every text: default, linear, llama3, yarn.
    case fixed([Float])
    /// Texts longer than `positions` raise the base (NTK-aware scaling, "dynamic").
    case dynamic(theta: Double, factor: Double, positions: Int)
    /// Texts longer than `positions` have frequencies of their own (LongRoPE, Phi-3).
    case long(short: [Float], long: [Float], positions: Int)
  }

  /// `rope_type`
  public var type: String
  /// `rope_theta`
  public var theta: Double
  /// Elements of each head that turn; even.
  public var dimension: Int
  public var frequencies: Frequencies
  /// What cosines and sines are multiplied with.
  public var factor: Float

  /// The frequencies of a text of so many tokens, dimension / 2 numbers.
  func frequencies(length: Int) -> [Float] {
    switch frequencies {
    case .fixed(let all): all
    case .dynamic(let theta, let factor, let positions):
      Self.frequencies(theta: Self.raised(theta, factor, Double(max(length, positions)) / Double(positions), dimension), dimension: dimension)
    case .long(let short, let long, let positions): length > positions ? long : short
    }
  }

  /// Whether the tokens of a text of `a` tokens turn otherwise when it grows to `b`.
  func differs(_ a: Int, _ b: Int) -> Bool {
    switch frequencies {
    case .fixed: false
    case .dynamic(_, _, let positions): max(a, positions) != max(b, positions)
    case .long(_, _, let positions): (a > positions) != (b > positions)
    }
  }

  /// Whether keys that were turned in a text of `a` tokens are turned anew when it grows to `b`. With dynamic scaling the reference keeps them as they are.
  func startsAgain(_ a: Int, _ b: Int) -> Bool { if case .long = frequencies { differs(a, b) } else { false } }

  // MARK: - Formulas

  /// theta^(-2i/d) for i < d/2, rounded to Float at the places where the reference does.
  static func frequencies(theta: Double, dimension: Int) -> [Float] {
    (0..<dimension / 2).map { 1 / Float(pow(theta, Double(2 * $0) / Double(dimension))) }
  }

  private static func raised(_ theta: Double, _ factor: Double, _ times: Double, _ dimension: Int) -> Double {
    theta * pow(factor * times - (factor - 1), Double(dimension) / Double(dimension - 2))
  }

  /// Llama 3.1: long waves are stretched by `factor`, short ones stay, those between are mixed.
  static func llama3(_ plain: [Float], factor: Double, low: Double, high: Double, original: Int) -> [Float] {
    let (factor, low, high, original) = (Float(factor), Float(low), Float(high), Float(original))
    return plain.map { frequency in
      let wave = 2 * Float.pi / frequency
      if wave > original / low { return frequency / factor }
      if wave < original / high { return frequency }
      let smooth = (original / wave - low) / (high - low)
      return (1 - smooth) * frequency / factor + smooth * frequency
    }
  }

  /// YaRN (Peng et al. 2023): pairs that turn often in the original context stay, slow ones are interpolated, a ramp lies between.
  static func yarn(
    theta: Double, dimension: Int, factor: Double, original: Int, betaFast: Double, betaSlow: Double, truncates: Bool
  ) -> [Float] {
    func place(_ rotations: Double) -> Double {
      Double(dimension) * log(Double(original) / (rotations * 2 * .pi)) / (2 * log(theta))
    }
    var (low, high) = (place(betaFast), place(betaSlow))
    if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, Double(dimension - 1)))
    if low == high { high += 0.001 }
    return frequencies(theta: theta, dimension: dimension).enumerated().map { i, frequency in
      let kept = 1 - min(max((Float(i) - Float(low)) / Float(high - low), 0), 1)
      return frequency / Float(factor) * (1 - kept) + frequency * kept
    }
  }
}
