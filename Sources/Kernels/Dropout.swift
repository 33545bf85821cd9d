internal import CKernels

/// Dropout whose mask is a function, not a state: element (row, column) is kept or not by a hash of (seed, step, stream, row, column).
/// So the backward pass recomputes the mask, and a resumed run sees the masks it would have seen.
public struct Dropout: Sendable, Hashable {
  /// Probability of dropping, in 0 ..< 1.
  public var rate: Float
  public var seed: UInt64
  /// Optimiser step.
  public var step: Int
  /// Which place of the model: two places in one step must differ, as layer * 16 + module.
  public var stream: Int
  /// Number of this batch's first row among the rows of the step, when a step has several batches.
  public var firstRow: Int

  public init(rate: Float, seed: UInt64, step: Int, stream: Int, firstRow: Int = 0) {
    precondition(rate >= 0 && rate < 1, "a dropout rate of \(rate) is outside 0 ..< 1")
    (self.rate, self.seed, self.step, self.stream, self.firstRow) = (rate, seed, step, stream, firstRow)
  }

  /// Key of one row, for the column hash in `vk_dropout`.
  func key(row: Int) -> UInt64 {
    var key = mix(seed ^ 0x9E37_79B9_7F4A_7C15)
    key = mix(key ^ UInt64(bitPattern: Int64(step)))
    key = mix(key ^ UInt64(bitPattern: Int64(stream)))
    return mix(key ^ UInt64(bitPattern: Int64(firstRow + row)))
  }

  /// SplitMix64's finaliser (Steele, Lea and Flood 2014).
  private func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// out = x * mask / (1 - rate); its own backward pass, with dOut for x. `out` may be `x`.
public func dropout(_ x: Matrix, _ dropout: Dropout, into out: Matrix) {
  precondition(x.rows == out.rows && x.columns == out.columns, "dropout: shapes differ")
  parallel(rows: x.rows, grain: 64) { rows in
    for t in rows { vk_dropout(x.columns, x.pointer(t), dropout.key(row: t), dropout.rate, out.pointer(t)) }
  }
}
