import Foundation

/// A finite map φ with ⟨φ(x), φ(y)⟩ ≈ exp(−‖x − y‖² / (2σ²)), so that kernel methods cost time linear in the rows.
///
/// φ(x) = 1/√m (cos w₁·x, …, cos w_m·x, sin w₁·x, …, sin w_m·x) with w ~ N(0, I/σ²). Cosine and sine in pairs: ‖φ(x)‖² is then exactly 1 and the
/// approximation's variance lower than with random phases.
/// Source: A. Rahimi, B. Recht, "Random features for large-scale kernel machines" (2007); D. Sutherland, J. Schneider (2015) on the pairs.
public struct RandomFourierFeatures: Sendable {
  public let inputDimension: Int
  /// m, the number of frequencies; φ has 2m components.
  public let frequencies: Int
  public let bandwidth: Double
  /// (inputDimension, m), row-major: the inner loop of `map` runs over frequencies, which needs no sum across vector lanes.
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
    let m = frequencies
    let scale = 1 / Float(m).squareRoot()
    var output = [Float](repeating: 0, count: n * outputDimension)
    var angles = [Float](repeating: 0, count: m)
    for i in 0..<n {
      for k in 0..<m { angles[k] = 0 }
      for d in 0..<inputDimension {
        let x = rows[i * inputDimension + d]
        let start = d * m
        for k in 0..<m { angles[k] += x * weights[start + k] }
      }
      let start = i * 2 * m
      for k in 0..<m {
        output[start + k] = cosf(angles[k]) * scale
        output[start + m + k] = sinf(angles[k]) * scale
      }
    }
    return output
  }

  /// σ = √(median squared distance / 2) over `pairs` randomly drawn pairs of rows (Alibi Detect's rule). Pairs that coincide are left out of the median:
  /// two heaps of equal rows are still two heaps. nil if fewer than two rows or if all pairs coincide.
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
        let difference = Double(rows[i * dimension + d]) - Double(rows[other * dimension + d])
        sum += difference * difference
      }
      if sum > 0 { distances.append(sum) }
    }
    guard let median = Quantiles.of(distances, 0.5) else { return nil }
    return (median / 2).squareRoot()
  }
}
