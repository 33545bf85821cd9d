/// A row-major view of part of a buffer: `rows` rows of `columns` floats, `stride` floats apart.
///
/// Copying a matrix copies the view, never the floats, and writing through any copy is seen by all. A vector is a matrix of one row.
public struct Matrix: Sendable {
  public let buffer: FloatBuffer
  /// Where the first element stands in the buffer.
  public let offset: Int
  public let rows: Int
  public let columns: Int
  /// Floats from one row's start to the next row's.
  public let stride: Int

  /// A view of an existing buffer; `stride` is `columns` unless given.
  public init(_ buffer: FloatBuffer, offset: Int = 0, rows: Int, columns: Int, stride: Int? = nil) {
    let stride = stride ?? columns
    precondition(rows >= 0 && columns >= 0 && offset >= 0 && stride >= columns, "a matrix cannot be \(rows) by \(columns), \(stride) apart")
    precondition(
      rows == 0 || offset + (rows - 1) * stride + columns <= buffer.count,
      "a matrix of \(rows) by \(columns) at \(offset), \(stride) apart, does not fit a buffer of \(buffer.count)")
    (self.buffer, self.offset, self.rows, self.columns, self.stride) = (buffer, offset, rows, columns, stride)
  }

  /// A matrix of its own, all zero.
  public init(rows: Int, columns: Int) {
    self.init(FloatBuffer(count: rows * columns), rows: rows, columns: columns)
  }

  /// A matrix of its own, all zero, for activations: rows do not lie a multiple of a page apart, where they would share few places of the first-level cache.
  public init(activations rows: Int, columns: Int) {
    let stride = spread(columns, elements: 1024)
    self.init(FloatBuffer(count: rows * stride), rows: rows, columns: columns, stride: stride)
  }

  /// A matrix of its own with these values, row by row.
  public init(_ values: [Float], rows: Int, columns: Int) {
    precondition(values.count == rows * columns, "\(values.count) values do not make \(rows) by \(columns)")
    self.init(FloatBuffer(values), rows: rows, columns: columns)
  }

  public var count: Int { rows * columns }

  public subscript(row: Int, column: Int) -> Float {
    get {
      check(row, column)
      return buffer.base[offset + row * stride + column]
    }
    nonmutating set {
      check(row, column)
      buffer.base[offset + row * stride + column] = newValue
    }
  }

  /// The view of some rows.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) are outside a matrix of \(rows)")
    return Matrix(buffer, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// The view of some columns.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) are outside a matrix of \(columns)")
    return Matrix(buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// A copy of row `row`.
  public func row(_ row: Int) -> [Float] {
    precondition(row >= 0 && row < rows, "row \(row) is outside a matrix of \(rows)")
    return Array(UnsafeBufferPointer(start: pointer(row), count: columns))
  }

  /// A copy of all values, row by row.
  public var array: [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    for r in 0..<rows { values.append(contentsOf: UnsafeBufferPointer(start: pointer(r), count: columns)) }
    return values
  }

  public func fill(_ value: Float) {
    for r in 0..<rows { pointer(r).update(repeating: value, count: columns) }
  }

  /// Takes over another matrix's values; the shapes must agree.
  public func copy(from other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "cannot copy \(other.rows) by \(other.columns) into \(rows) by \(columns)")
    for r in 0..<rows { pointer(r).update(from: other.pointer(r), count: columns) }
  }

  /// Takes over values given row by row.
  public func copy(from values: [Float]) {
    precondition(values.count == count, "\(values.count) values do not fill \(rows) by \(columns)")
    values.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress else { return }
      for r in 0..<rows { pointer(r).update(from: from + r * columns, count: columns) }
    }
  }

  /// Address of the first element of a row; one past the last row is allowed.
  package func pointer(_ row: Int) -> UnsafeMutablePointer<Float> { buffer.base + (offset + row * stride) }

  private func check(_ row: Int, _ column: Int) {
    precondition(row >= 0 && row < rows && column >= 0 && column < columns, "(\(row), \(column)) is outside a matrix of \(rows) by \(columns)")
  }
}

/// A distance between rows of `columns` elements, when so many elements are a page: a line more where the rows would stand at the same places of many pages.
func spread(_ columns: Int, elements page: Int) -> Int { columns > 0 && columns % (page / 4) == 0 ? columns + page / 64 : columns }

/// Where each sequence of a ragged batch begins and ends: activations are (T, C) with all sequences one after the other, no padding.
public struct Sequences: Sendable, Hashable {
  /// Row where each sequence begins, and one past the last row at the end: n + 1 numbers.
  public let offsets: [Int]

  public init(lengths: [Int]) {
    var offsets = [0]
    offsets.reserveCapacity(lengths.count + 1)
    for length in lengths {
      precondition(length >= 0, "a sequence cannot have \(length) tokens")
      offsets.append(offsets[offsets.count - 1] + length)
    }
    self.offsets = offsets
  }

  public var count: Int { offsets.count - 1 }
  /// All rows together, T.
  public var tokens: Int { offsets[offsets.count - 1] }
  /// Rows of sequence `index`.
  public subscript(index: Int) -> Range<Int> { offsets[index]..<offsets[index + 1] }

  /// Position of every row in its sequence, from 0.
  public var positions: [Int32] {
    var positions: [Int32] = []
    positions.reserveCapacity(tokens)
    for i in 0..<count { for p in 0..<self[i].count { positions.append(Int32(p)) } }
    return positions
  }
}
