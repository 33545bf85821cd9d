internal import COpenBLAS
internal import CKernels

// Products of activations (T, C) with weights (out, in), and the gradients of both.
//
// Rows of activations go through our own kernel, not through sgemm: element (t, o) is a sum over the inner dimension in one order and one
// accumulator, so a row's bits depend neither on the other rows of the batch, nor on the number of threads, nor on AVX2 or AVX-512. OpenBLAS
// cannot promise that: its Haswell set gives different bits to equal rows at different places of one call, whatever the tiling, and all sets
// change with M. Speed is the same: 200 GFLOP/s a core for both at T = 2048, 256 -> 768 with AVX-512.

/// y = x wᵀ, or += when `accumulate`.
/// - x: (T, in), w: (out, in), y: (T, out)
public func matmul(_ x: Matrix, wT w: Matrix, into y: Matrix, accumulate: Bool = false) {
  precondition(x.columns == w.columns && y.columns == w.rows && x.rows == y.rows, shapes("x wT", x, w, y))
  packAndMultiply(x, w, transposed: true, into: y, accumulate: accumulate)
}

/// y = x w, or += when `accumulate`: with a weight (out, in), the gradient dx = dy w.
/// - x: (T, out), w: (out, in), y: (T, in)
public func matmul(_ x: Matrix, _ w: Matrix, into y: Matrix, accumulate: Bool = false) {
  precondition(x.columns == w.rows && y.columns == w.columns && x.rows == y.rows, shapes("x w", x, w, y))
  packAndMultiply(x, w, transposed: false, into: y, accumulate: accumulate)
}

/// y = x B with B packed before, or += when `accumulate`. The same bits as without packing.
/// - x: (T, inner), y: (T, outer)
public func matmul(_ x: Matrix, packed b: PackedMatrix, into y: Matrix, accumulate: Bool = false) {
  precondition(x.columns == b.inner && y.columns == b.outer && x.rows == y.rows, "x (\(x.rows), \(x.columns)) packed (\(b.inner), \(b.outer))")
  inTiles(rows: x.rows, outer: b.outer, inner: b.inner) { rows, columns in
    b.multiply(x.rows(rows), columns: columns, into: y.rows(rows), accumulate: accumulate)
  }
}

/// dw = dyᵀ x, or += when `accumulate`: the gradient of a weight. The one product over rows; it runs on OpenBLAS, in tiles that are
/// the same for any number of threads.
/// - dy: (T, out), x: (T, in), dw: (out, in)
public func matmulTransposed(_ dy: Matrix, _ x: Matrix, into dw: Matrix, accumulate: Bool = true) {
  precondition(dy.rows == x.rows && dw.rows == dy.columns && dw.columns == x.columns, shapes("dyT x", dy, x, dw))
  guard dw.count > 0 else { return }
  guard dy.rows > 0 else {
    if !accumulate { dw.fill(0) }
    return
  }
  BLAS.singleThreaded
  let rowTile = dw.rows >= 256 ? 128 : dw.rows
  let columnTile = dw.rows >= 256 ? dw.columns : min(dw.columns, 128)
  let across = (dw.columns + columnTile - 1) / columnTile
  parallel(((dw.rows + rowTile - 1) / rowTile) * across) { task in
    let row = task / across * rowTile
    let column = task % across * columnTile
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(min(rowTile, dw.rows - row)), Int32(min(columnTile, dw.columns - column)), Int32(dy.rows),
      1, dy.pointer(0) + row, Int32(dy.stride), x.pointer(0) + column, Int32(x.stride), accumulate ? 1 : 0, dw.pointer(row) + column,
      Int32(dw.stride))
  }
}

// MARK: - Packing and tiling

/// Packed at once when nothing is packed before: 4 Mi floats, 16 MiB.
private let slab = 4 << 20
/// Rows of one task: what `vk_gemm` keeps in the second-level cache.
let rowTile = 112

func pack(_ w: Matrix, transposed: Bool, _ range: Range<Int>, into packed: UnsafeMutablePointer<Float>) {
  let inner = transposed ? w.columns : w.rows
  let outer = transposed ? w.rows : w.columns
  let pack = transposed ? vk_pack_transposed : vk_pack
  let size = panelColumns * inner
  // A few thousand floats are packed sooner than a second thread wakes.
  let grain = max(1, 16384 / max(size, 1))
  parallel(rows: range.count, grain: grain) { task in
    for p in task { pack(range.lowerBound + p, outer, inner, w.pointer(0), w.stride, packed + p * size) }
  }
}

private func packAndMultiply(_ x: Matrix, _ w: Matrix, transposed: Bool, into y: Matrix, accumulate: Bool) {
  guard x.rows > 0, y.columns > 0 else { return }
  let size = panelColumns * x.columns
  let panels = panelCount(y.columns)
  let group = max(1, min(panels, slab / max(size, 1)))
  Scratch.borrow(group * size) { packed in
    for first in Swift.stride(from: 0, to: panels, by: group) {
      let range = first..<min(first + group, panels)
      pack(w, transposed: transposed, range, into: packed)
      let columns = first * panelColumns..<min(range.upperBound * panelColumns, y.columns)
      multiply(x, packed, outer: columns.count, into: y.columns(columns), accumulate: accumulate)
    }
  }
}

private func multiply(_ x: Matrix, _ packed: UnsafeMutablePointer<Float>, outer: Int, into y: Matrix, accumulate: Bool) {
  nonisolated(unsafe) let packed = packed
  inTiles(rows: x.rows, outer: outer, inner: x.columns) { rows, columns in
    vk_gemm(
      rows.count, columns.count, x.columns, x.pointer(rows.lowerBound), x.stride, 0, packed + columns.lowerBound * x.columns,
      y.pointer(rows.lowerBound) + columns.lowerBound, y.stride, accumulate ? 1 : 0)
  }
}

/// Runs `body` for tiles that cover a product of `rows` by `outer`, on all threads; columns begin at a panel.
private func inTiles(rows: Int, outer: Int, inner: Int, _ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void) {
  guard rows > 0, outer > 0 else { return }
  // Under a few hundred thousand operations a second thread costs more than it brings.
  guard Compute.threads > 1, rows * outer * inner > 200_000 else { return body(0..<rows, 0..<outer) }
  let down = (rows + rowTile - 1) / rowTile
  // With few rows the columns are split as well, so that every thread has something.
  let wanted = max(1, (3 * Compute.threads + down - 1) / down)
  let panels = panelCount(outer)
  let group = max(1, (panels + wanted - 1) / wanted)
  let across = (panels + group - 1) / group
  parallel(down * across) { task in
    let row = task / across * rowTile
    let column = task % across * group * panelColumns
    body(row..<min(row + rowTile, rows), column..<min(column + group * panelColumns, outer))
  }
}

private func shapes(_ what: String, _ a: Matrix, _ b: Matrix, _ c: Matrix) -> String {
  "\(what): (\(a.rows), \(a.columns)) and (\(b.rows), \(b.columns)) do not make (\(c.rows), \(c.columns))"
}
