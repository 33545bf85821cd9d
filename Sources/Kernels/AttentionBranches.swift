internal import CKernels

// Attention for inference only: rows that look at keys and values computed before them.

/// Several short continuations of each prompt at once: row r of a branch looks at its whole prompt and at those rows of its own branch that
/// `ancestors[r]` lists, itself included. All branches have the same tree. Prompt and branches are rows of the same matrices.
/// - q, out: (T, heads * d); k, v: (T, keyValueHeads * d), q and k already turned; rows outside the branches of `out` are left alone
/// - prompts, branches: one range of rows each per prompt; every branch has `ancestors.count` rows
/// - ancestors: for each row of a branch, offsets within the branch in the order of the text
public func attentionBranches(
  q: Matrix, k: Matrix, v: Matrix, prompts: [Range<Int>], branches: [Range<Int>], ancestors: [[Int]], shape: AttentionShape, into out: Matrix
) {
  let d = shape.headDimension
  precondition(prompts.count == branches.count && branches.allSatisfy { $0.count == ancestors.count }, "branches: one of the same size per prompt")
  let n = ancestors.count
  let depth = ancestors.map(\.count).max() ?? 0
  guard n > 0 else { return }
  parallel(prompts.count * shape.keyValueHeads) { task in
    let (prompt, branch) = (prompts[task / shape.keyValueHeads], branches[task / shape.keyValueHeads])
    let head = task % shape.keyValueHeads
    let L = prompt.count
    let width = L + depth
    let keys = PackedPanels.size(columns: L, inner: d)
    let values = PackedPanels.size(columns: d, inner: L)
    Scratch.borrow(keys + values + n * width) { scratch in
      let (kT, vB, scores) = (scratch, scratch + keys, scratch + keys + values)
      PackedPanels.packTransposed(k.pointer(prompt.lowerBound) + head * d, k.stride, columns: L, inner: d, into: kT)
      PackedPanels.pack(v.pointer(prompt.lowerBound) + head * d, v.stride, columns: d, inner: L, into: vB)
      for h in head * shape.group..<(head + 1) * shape.group {
        vk_gemm(n, L, d, q.pointer(branch.lowerBound) + h * d, q.stride, 0, kT, scores, width, 0)
        for r in 0..<n {
          let s = scores + r * width
          let query = q.pointer(branch.lowerBound + r) + h * d
          for (j, a) in ancestors[r].enumerated() {
            vk_dots(1, d, query, k.pointer(branch.lowerBound + a) + head * d, k.stride, s + L + j)
          }
          // Prompt and ancestors are one text, so the last of them, the row itself, stands at position count - 1.
          let count = L + ancestors[r].count
          _ = shape.softmax(s, shape.first(count - 1), count)
        }
        PackedPanels.multiply(
          scores, width, rows: n, inner: L, vB, packedInner: L, columns: d, into: out.pointer(branch.lowerBound) + h * d, out.stride,
          accumulate: false)
        for r in 0..<n {
          let s = scores + r * width
          for (j, a) in ancestors[r].enumerated() {
            vk_weighted_sum(
              1, d, s + L + j, v.pointer(branch.lowerBound + a) + head * d, v.stride, out.pointer(branch.lowerBound + r) + h * d)
          }
        }
      }
    }
  }
}

/// One new token for each of several sequences, whose keys and values stand in a cache: row b looks at cache rows `ranges[b]`, its own included, or at
/// the last of them that its window reaches.
/// - q, out: (B, heads * d); keys, values: (capacity, keyValueHeads * d)
public func attentionCached(q: Matrix, keys: Matrix, values: Matrix, ranges: [Range<Int>], shape: AttentionShape, into out: Matrix) {
  let d = shape.headDimension
  precondition(q.rows == ranges.count && out.rows == q.rows && keys.columns == shape.keyValueHeads * d, "attentionCached: shapes differ")
  parallel(ranges.count * shape.keyValueHeads) { task in
    let row = task / shape.keyValueHeads
    let head = task % shape.keyValueHeads
    let whole = ranges[row]
    precondition(whole.lowerBound >= 0 && whole.upperBound <= keys.rows, "cache rows \(whole) are outside \(keys.rows)")
    let range = whole.lowerBound + shape.first(whole.count - 1)..<whole.upperBound
    Scratch.borrow(range.count) { p in
      for h in head * shape.group..<(head + 1) * shape.group {
        vk_dots(range.count, d, q.pointer(row) + h * d, keys.pointer(range.lowerBound) + head * d, keys.stride, p)
        _ = shape.softmax(p, 0, range.count)
        let o = out.pointer(row) + h * d
        o.update(repeating: 0, count: d)
        vk_weighted_sum(range.count, d, p, values.pointer(range.lowerBound) + head * d, values.stride, o)
      }
    }
  }
}
