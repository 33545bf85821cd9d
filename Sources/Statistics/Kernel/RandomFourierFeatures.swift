import Foundation

/// A finite map φ with ⟨φ(x), φ(y)⟩ ≈ exp(−‖x − y‖² / (2σ²)), so that kernel methods cost time linear in the rows.
///
/// φ(x) = 1/√m (cos w₁·x, sin w₁·x, …, cos w_m·x, sin w_m·x) with w ~ N(0, I/σ²). Cosine and sine in pairs: ‖φ(x)‖² is then exactly 1 and the
/// approximation's variance lower than with random phases.
/// Source: A. Rahimi, B. Recht, "Random features for large-scale kernel machines" (2007); D. Sutherland, J. Schneider (2015) on the pairs.
public struct RandomFourierFeatures: Sendable {
  public let inputDimension: Int
  /// m, the number of frequencies; φ has 2m components.
  public let frequencies: Int
  public let bandwidth: Double
  /// (m, inputDimension), row-major.
  private let weights: [Float]

  public var outputDimension: Int { 2 * frequencies }

  /// - bandwidth: σ, in the unit of the inputs; greater than 0.
  public init(inputDimension: Int, frequencies: Int, bandwidth: Double, seed: UInt64) {
    precondition(inputDimension > 0 && frequencies > 0 && bandwidth > 0, "random features need dimensions and a bandwidth above zero")
    self.inputDimension = inputDimension
    self.frequencies = frequencies
    self.bandwidth = bandwidth
    var generator = Xoshiro256(seed: seed)
    weights = (0..<frequencies * inputDimension).map { _ in Float(generator.normal() / bandwidth) }
  }

  /// - rows: (n, inputDimension), row-major.
  /// - Returns: (n, outputDimension), row-major.
  public func map(_ rows: [Float]) -> [Float] {
    precondition(rows.count % inputDimension == 0, "rows are whole vectors of the input dimension")
    let n = rows.count / inputDimension
    let scale = 1 / Float(frequencies).squareRoot()
    var output = [Float](repeating: 0, count: n * outputDimension)
    for i in 0..<n {
      for k in 0..<frequencies {
        let angle = dot(rows, i * inputDimension, weights, k * inputDimension, inputDimension)
        output[i * outputDimension + 2 * k] = cosf(angle) * scale
        output[i * outputDimension + 2 * k + 1] = sinf(angle) * scale
      }
    }
    return output
  }

  /// σ = √(median squared distance / 2) over `pairs` randomly drawn pairs of rows (Alibi Detect's rule); nil if fewer than two rows or if at least half
  /// of the pairs coincide.
  public static func medianBandwidth(_ rows: [Float], dimension: Int, pairs: Int = 1000, seed: UInt64) -> Double? {
    let n = rows.count / max(1, dimension)
    guard n > 1, dimension > 0 else { return nil }
    var generator = Xoshiro256(seed: seed)
    var distances: [Double] = []
    for _ in 0..<pairs {
      let i = generator.index(below: n)
      let j = generator.index(below: n - 1)
      let other = j < i ? j : j + 1
      var sum = 0.0
      for d in 0..<dimension {
        let difference = Double(rows[i * dimension + d] - rows[other * dimension + d])
        sum += difference * difference
      }
      distances.append(sum)
    }
    guard let median = Quantiles.of(distances, 0.5), median > 0 else { return nil }
    return (median / 2).squareRoot()
  }
}

/// Σ a[i] b[i] over `count` elements from the two offsets; eight running sums, which the compiler keeps in vector registers.
@inline(__always)
func dot(_ a: [Float], _ aOffset: Int, _ b: [Float], _ bOffset: Int, _ count: Int) -> Float {
  var sums = SIMD8<Float>(repeating: 0)
  var i = 0
  while i + 8 <= count {
    var x = SIMD8<Float>()
    var y = SIMD8<Float>()
    for lane in 0..<8 {
      x[lane] = a[aOffset + i + lane]
      y[lane] = b[bOffset + i + lane]
    }
    sums += x * y
    i += 8
  }
  var sum = sums.sum()
  while i < count {
    sum += a[aOffset + i] * b[bOffset + i]
    i += 1
  }
  return sum
}
