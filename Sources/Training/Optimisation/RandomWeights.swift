import Foundation
import Kernels

/// Seeded initial weights. Each tensor has a stream of its own, so that adding one changes no other.
struct RandomWeights {
  private var generator: SplitMix64

  init(seed: UInt64, name: String) {
    // FNV-1a of the name, so that the stream is a function of (seed, name).
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    generator = SplitMix64(state: hash ^ (seed &* 0x9E37_79B9_7F4A_7C15))
    _ = generator.next()
  }

  /// In 0 ..< 1, 53 bits.
  private mutating func unit() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

  /// Normal with mean 0, by Box and Muller's transform.
  mutating func fillNormal(_ matrix: Matrix, deviation: Double) {
    var values: [Float] = []
    values.reserveCapacity(matrix.count + 1)
    while values.count < matrix.count {
      let radius = deviation * (-2 * log(1 - unit())).squareRoot()
      let angle = 2 * Double.pi * unit()
      values.append(Float(radius * cos(angle)))
      values.append(Float(radius * sin(angle)))
    }
    matrix.copy(from: Array(values.prefix(matrix.count)))
  }

  /// Uniform in -bound ..< bound.
  mutating func fillUniform(_ matrix: Matrix, bound: Double) {
    var values = [Float](repeating: 0, count: matrix.count)
    for index in values.indices { values[index] = Float((2 * unit() - 1) * bound) }
    matrix.copy(from: values)
  }
}
