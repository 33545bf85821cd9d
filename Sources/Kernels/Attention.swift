internal import CKernels

// Attention with grouped heads over ragged sequences: o = softmax(q kᵀ scale) v, head by head, each row looking at itself and what stands before it
// in its own sequence (or, in an encoder, at all of it). Tiles of queries, as in FlashAttention-2 (Dao 2023), but with the whole rows of scores of one tile at hand
// (tile × length floats), so the softmax is the plain one; scores above the diagonal's tile are never computed. For the backward pass the forward
// pass keeps only the log-sum-exp of each row; probabilities are computed again. One task is one sequence and one key-value head, so a
// sequence's results depend on that sequence alone.

/// Heads of attention and how they share keys and values.
public struct AttentionShape: Sendable, Hashable {
  public var heads: Int
  /// Divides `heads`: query heads h * g ..< (h + 1) * g use key-value head h.
  public var keyValueHeads: Int
  public var headDimension: Int
  /// What q kᵀ is multiplied with.
  public var scale: Float
  /// Scores s become cap * tanh(s / cap) before the softmax (Gemma 2); nil where they stay as they are.
  public var softcap: Float?
  /// Each row looks at itself and at the `window - 1` rows before it; nil for all rows before it.
  public var window: Int?
  /// False in encoders, where each row looks at its whole sequence.
  public var isCausal: Bool

  /// - scale: nil for 1 / sqrt(headDimension)
  public init(
    heads: Int, keyValueHeads: Int, headDimension: Int, scale: Float? = nil, softcap: Float? = nil, window: Int? = nil, isCausal: Bool = true
  ) {
    precondition(keyValueHeads > 0 && heads % keyValueHeads == 0, "\(heads) heads cannot share \(keyValueHeads) key-value heads")
    precondition(window.map { $0 > 0 && isCausal } ?? true, "a window needs at least one row, and a causal model")
    (self.heads, self.keyValueHeads, self.headDimension) = (heads, keyValueHeads, headDimension)
    self.scale = scale ?? 1 / Float(headDimension).squareRoot()
    (self.softcap, self.window, self.isCausal) = (softcap, window, isCausal)
  }

  var group: Int { heads / keyValueHeads }

  /// The first position that position `p` looks at.
  func first(_ p: Int) -> Int { window.map { max(0, p - $0 + 1) } ?? 0 }

  /// Scores lower ..< upper of one row become probabilities in place; those before `lower` become 0. Returns the log-sum-exp.
  func softmax(_ scores: UnsafeMutablePointer<Float>, _ lower: Int, _ upper: Int) -> Float {
    let (seen, count) = (scores + lower, upper - lower)
    if let softcap { vk_softcap(count, seen, scale / softcap, softcap, seen) }
    let factor = softcap == nil ? scale : 1
    let lse = Float(vk_log_sum_exp(count, seen, factor))
    vk_exp_minus(count, seen, factor, lse, seen)
    scores.update(repeating: 0, count: lower)
    return lse
  }
}

/// Query rows of one tile: a multiple of the product's 14 rows; a tile's scores at length 1024 fill a quarter of the second-level cache.
private let tile = 56

/// - q, out: (T, heads * d); k, v: (T, keyValueHeads * d), q and k already turned; logSumExp: (T, heads) or nil, kept for the backward pass
public func attentionForward(
  q: Matrix, k: Matrix, v: Matrix, sequences: Sequences, shape: AttentionShape, into out: Matrix, logSumExp: Matrix? = nil
) {
  check(q, k, v, sequences, shape)
  precondition(out.rows == q.rows && out.columns == q.columns, "attention: out has \(out.columns) columns")
  parallel(sequences.count * shape.keyValueHeads) { task in
    let rows = sequences[task / shape.keyValueHeads]
    guard !rows.isEmpty else { return }
    attend(q, rows, start: 0, head: task % shape.keyValueHeads, shape, into: out, logSumExp: logSumExp) { take in
      take(k.rows(rows), v.rows(rows))
    }
  }
}

/// The rows of one sequence, from position `start` on, against all keys of the sequence up to the last of them, for the query heads of one key-value head.
/// - source: gives all keys and values of the sequence, in order
func attend(
  _ q: Matrix, _ rows: Range<Int>, start: Int, head: Int, _ shape: AttentionShape, into out: Matrix, logSumExp: Matrix?,
  _ source: (HeadPanels.Take) -> Void
) {
  let d = shape.headDimension
  let L = start + rows.count
  let panels = HeadPanels(positions: L, headDimension: d)
  Scratch.borrow(panels.count + tile * L) { scratch in
    panels.fill(scratch, head: head, source)
    let (kT, vB, scores) = (panels.keys(scratch), panels.values(scratch), scratch + panels.count)
    for h in head * shape.group..<(head + 1) * shape.group {
      for first in Swift.stride(from: 0, to: rows.count, by: tile) {
        let end = min(first + tile, rows.count)
        // One past the last key that some row of the tile looks at.
        let reach = shape.isCausal ? start + end : L
        let row = rows.lowerBound + first
        vk_gemm(end - first, reach, d, q.pointer(row) + h * d, q.stride, 0, kT, scores, L, 0)
        for i in first..<end {
          let s = scores + (i - first) * L
          let upper = shape.isCausal ? start + i + 1 : L
          let lse = shape.softmax(s, shape.first(start + i), upper)
          (s + upper).update(repeating: 0, count: reach - upper)
          if let logSumExp { logSumExp.pointer(rows.lowerBound + i)[h] = lse }
        }
        PackedPanels.multiply(
          scores, L, rows: end - first, inner: reach, vB, packedInner: L, columns: d, into: out.pointer(row) + h * d, out.stride, accumulate: false)
      }
    }
  }
}

/// Keys and values of one head of one sequence, packed for products: keys as Kᵀ, values as they stand.
struct HeadPanels {
  /// Takes over keys and values, each (rows, keyValueHeads * d), of positions that follow those taken before.
  typealias Take = (_ keys: Matrix, _ values: Matrix) -> Void

  let positions: Int
  let headDimension: Int

  /// Floats they take.
  var count: Int { keyCount + PackedPanels.size(columns: headDimension, inner: positions) }

  private var keyCount: Int { PackedPanels.size(columns: positions, inner: headDimension) }

  func keys(_ scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> { scratch }
  func values(_ scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> { scratch + keyCount }

  func fill(_ scratch: UnsafeMutablePointer<Float>, head: Int, _ source: (Take) -> Void) {
    let (kT, vB, d) = (keys(scratch), values(scratch), headDimension)
    // The last panel has columns that no key fills.
    (kT + (positions - 1) / panelColumns * panelColumns * d).update(repeating: 0, count: panelColumns * d)
    var taken = 0
    source { keys, values in
      guard keys.rows > 0 else { return }
      vk_pack_rows(taken, keys.rows, d, keys.pointer(0) + head * d, keys.stride, kT)
      for p in 0..<panelCount(d) {
        vk_pack(p, d, values.rows, values.pointer(0) + head * d, values.stride, vB + (p * positions + taken) * panelColumns)
      }
      taken += keys.rows
    }
  }
}

/// For causal attention without softcap and window, which is what is trained.
/// With P = exp(q kᵀ scale - lse) and D = Σ dOut out: dV = Pᵀ dOut, dS = P (dOut vᵀ - D) scale, dQ = dS k, dK = dSᵀ q.
/// - dOut, out, q, dQ: (T, heads * d); k, v, dK, dV: (T, keyValueHeads * d); logSumExp: (T, heads). dQ, dK and dV are overwritten.
public func attentionBackward(
  _ dOut: Matrix, q: Matrix, k: Matrix, v: Matrix, out: Matrix, logSumExp: Matrix, sequences: Sequences, shape: AttentionShape, dQ: Matrix,
  dK: Matrix, dV: Matrix
) {
  let d = shape.headDimension
  check(q, k, v, sequences, shape)
  precondition(shape.isCausal && shape.softcap == nil && shape.window == nil, "attentionBackward: only plain causal attention has a backward pass")
  parallel(sequences.count * shape.keyValueHeads) { task in
    let rows = sequences[task / shape.keyValueHeads]
    let head = task % shape.keyValueHeads
    let L = rows.count
    guard L > 0 else { return }
    let transposed = PackedPanels.size(columns: L, inner: d)
    let plain = PackedPanels.size(columns: d, inner: L)
    let packedTile = PackedPanels.size(columns: d, inner: tile)
    Scratch.borrow(2 * transposed + plain + 2 * tile * L + packedTile) { scratch in
      let (kT, vT, kB) = (scratch, scratch + transposed, scratch + 2 * transposed)
      let P = kB + plain
      let dS = P + tile * L
      let rowsB = dS + tile * L
      let (kHead, vHead) = (k.pointer(rows.lowerBound) + head * d, v.pointer(rows.lowerBound) + head * d)
      PackedPanels.packTransposed(kHead, k.stride, columns: L, inner: d, into: kT)
      PackedPanels.packTransposed(vHead, v.stride, columns: L, inner: d, into: vT)
      PackedPanels.pack(kHead, k.stride, columns: d, inner: L, into: kB)
      for t in rows {
        (dK.pointer(t) + head * d).update(repeating: 0, count: d)
        (dV.pointer(t) + head * d).update(repeating: 0, count: d)
      }
      for h in head * shape.group..<(head + 1) * shape.group {
        for first in Swift.stride(from: 0, to: L, by: tile) {
          let end = min(first + tile, L)
          let count = end - first
          let row = rows.lowerBound + first
          let (qTile, dOutTile) = (q.pointer(row) + h * d, dOut.pointer(row) + h * d)
          vk_gemm(count, end, d, qTile, q.stride, 0, kT, P, L, 0)
          vk_gemm(count, end, d, dOutTile, dOut.stride, 0, vT, dS, L, 0)
          for i in first..<end {
            let (p, s) = (P + (i - first) * L, dS + (i - first) * L)
            let t = rows.lowerBound + i
            vk_exp_minus(i + 1, p, shape.scale, logSumExp.pointer(t)[h], p)
            let D = Float(vk_dot(d, dOut.pointer(t) + h * d, out.pointer(t) + h * d))
            vk_softmax_backward(i + 1, p, s, D, shape.scale, s)
            (p + i + 1).update(repeating: 0, count: end - i - 1)
            (s + i + 1).update(repeating: 0, count: end - i - 1)
          }
          PackedPanels.multiply(
            dS, L, rows: count, inner: end, kB, packedInner: L, columns: d, into: dQ.pointer(row) + h * d, dQ.stride, accumulate: false)
          PackedPanels.pack(qTile, q.stride, columns: d, inner: count, into: rowsB)
          vk_gemm(end, d, count, dS, L, 1, rowsB, dK.pointer(rows.lowerBound) + head * d, dK.stride, 1)
          PackedPanels.pack(dOutTile, dOut.stride, columns: d, inner: count, into: rowsB)
          vk_gemm(end, d, count, P, L, 1, rowsB, dV.pointer(rows.lowerBound) + head * d, dV.stride, 1)
        }
      }
    }
  }
}

private func check(_ q: Matrix, _ k: Matrix, _ v: Matrix, _ sequences: Sequences, _ shape: AttentionShape) {
  let d = shape.headDimension
  precondition(q.rows == sequences.tokens && k.rows == q.rows && v.rows == q.rows, "attention: \(q.rows) rows for \(sequences.tokens) tokens")
  precondition(
    q.columns == shape.heads * d && k.columns == shape.keyValueHeads * d && v.columns == k.columns,
    "attention: (\(q.columns), \(k.columns), \(v.columns)) columns for \(shape.heads)/\(shape.keyValueHeads) heads of \(d)")
}

/// Packing for `vk_gemm` of matrices that live in one task's scratch.
enum PackedPanels {
  static let width = Int(VK_PANEL)

  /// Floats that B (inner, columns) takes when packed.
  static func size(columns: Int, inner: Int) -> Int { (columns + width - 1) / width * width * inner }

  /// B = wᵀ, w (columns, inner) with distance ldw.
  static func packTransposed(_ w: UnsafeMutablePointer<Float>, _ ldw: Int, columns: Int, inner: Int, into packed: UnsafeMutablePointer<Float>) {
    for p in 0..<(columns + width - 1) / width { vk_pack_transposed(p, columns, inner, w, ldw, packed + p * width * inner) }
  }

  /// B (inner, columns) as it stands, with distance ldb.
  static func pack(_ b: UnsafeMutablePointer<Float>, _ ldb: Int, columns: Int, inner: Int, into packed: UnsafeMutablePointer<Float>) {
    for p in 0..<(columns + width - 1) / width { vk_pack(p, columns, inner, b, ldb, packed + p * width * inner) }
  }

  /// C = A B with only the first `inner` rows of a B that was packed with `packedInner` rows.
  static func multiply(
    _ a: UnsafeMutablePointer<Float>, _ lda: Int, rows: Int, inner: Int, _ packed: UnsafeMutablePointer<Float>, packedInner: Int, columns: Int,
    into c: UnsafeMutablePointer<Float>, _ ldc: Int, accumulate: Bool
  ) {
    for p in 0..<(columns + width - 1) / width {
      vk_gemm(
        rows, min(width, columns - p * width), inner, a, lda, 0, packed + p * width * packedInner, c + p * width, ldc, accumulate ? 1 : 0)
    }
  }
}
