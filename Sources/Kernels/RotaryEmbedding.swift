internal import CKernels
internal import Foundation

/// Cosines and sines of rotary position embedding (Su et al. 2021), half-split as in Hugging Face's Llama (`rotate_half`): element i turns with element i + d/2.
public struct RopeTable: Sendable {
  public let headDimension: Int
  /// Positions 0 ..< `positions` are known.
  public let positions: Int
  let cosines: Matrix
  let sines: Matrix

  /// The angle of pair i at position p is p / theta^(2i/d). Frequencies are rounded to Float before the product, as the reference does.
  public init(headDimension: Int, theta: Double, positions: Int) {
    precondition(headDimension > 0 && headDimension % 2 == 0, "a head of \(headDimension) cannot be split in halves")
    (self.headDimension, self.positions) = (headDimension, positions)
    let half = headDimension / 2
    (cosines, sines) = (Matrix(rows: positions, columns: half), Matrix(rows: positions, columns: half))
    for i in 0..<half {
      let frequency = Float(1 / Float(pow(theta, Double(2 * i) / Double(headDimension))))
      for p in 0..<positions {
        let angle = Double(Float(p) * frequency)
        cosines[p, i] = Float(cos(angle))
        sines[p, i] = Float(sin(angle))
      }
    }
  }
}

/// Turns every head of every row in place.
/// - x: (T, heads * headDimension); positions: T numbers below `table.positions`
public func ropeForward(_ x: Matrix, heads: Int, positions: [Int32], table: RopeTable) {
  rope(x, heads: heads, positions: positions, table: table, sign: 1)
}

/// Turns gradients back in place: a rotation's transpose is the rotation by the opposite angle.
public func ropeBackward(_ dx: Matrix, heads: Int, positions: [Int32], table: RopeTable) {
  rope(dx, heads: heads, positions: positions, table: table, sign: -1)
}

private func rope(_ x: Matrix, heads: Int, positions: [Int32], table: RopeTable, sign: Float) {
  precondition(x.columns == heads * table.headDimension && positions.count == x.rows, "rope: \(x.columns) columns, \(positions.count) positions")
  parallel(rows: x.rows, grain: 64) { rows in
    for t in rows {
      let p = Int(positions[t])
      precondition(p >= 0 && p < table.positions, "position \(p) is outside the table of \(table.positions)")
      for h in 0..<heads {
        vk_rope(table.headDimension / 2, x.pointer(t) + h * table.headDimension, table.cosines.pointer(p), table.sines.pointer(p), sign)
      }
    }
  }
}

/// Cosines and sines of the rows of one pass, for frequencies that are not the same for all rows or only turn the first part of a head.
public struct RopeRows: Sendable {
  /// Elements of each head that turn: element i with element i + dimension / 2, for i below that.
  public let dimension: Int
  let cosines: Matrix
  let sines: Matrix

  /// Room for the angles of `rows` rows.
  public init(dimension: Int, rows: Int) {
    precondition(dimension > 0 && dimension % 2 == 0, "\(dimension) elements cannot be split in halves")
    self.dimension = dimension
    (cosines, sines) = (Matrix(rows: rows, columns: dimension / 2), Matrix(rows: rows, columns: dimension / 2))
  }

  /// Row t turns by positions[t] * frequencies(t)[i]; the product is rounded to Float, as the reference does.
  /// - factor: what cosines and sines are multiplied with (the attention factor of YaRN and LongRoPE)
  public func fill(positions: [Int32], factor: Float, frequencies: (Int) -> [Float]) {
    precondition(positions.count <= cosines.rows, "rope: \(positions.count) positions for \(cosines.rows) rows")
    parallel(rows: positions.count, grain: 64) { rows in
      for t in rows {
        let (c, s, own) = (cosines.pointer(t), sines.pointer(t), frequencies(t))
        precondition(own.count == dimension / 2, "rope: \(own.count) frequencies for \(dimension) elements")
        for i in 0..<own.count {
          let angle = Double(Float(positions[t]) * own[i])
          c[i] = Float(cos(angle)) * factor
          s[i] = Float(sin(angle)) * factor
        }
      }
    }
  }
}

/// Turns the first `angles.dimension` elements of every head of every row in place.
/// - x: (T, heads * headDimension); row t turns by the angles of row `first` + t
public func ropeForward(_ x: Matrix, heads: Int, angles: RopeRows, from first: Int = 0) {
  precondition(x.columns % heads == 0 && x.columns / heads >= angles.dimension && first + x.rows <= angles.cosines.rows, "rope: shapes differ")
  let d = x.columns / heads
  parallel(rows: x.rows, grain: 64) { rows in
    for t in rows {
      let (cosines, sines) = (angles.cosines.pointer(first + t), angles.sines.pointer(first + t))
      for h in 0..<heads { vk_rope(angles.dimension / 2, x.pointer(t) + h * d, cosines, sines, 1) }
    }
  }
}
