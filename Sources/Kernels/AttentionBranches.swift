internal import CKernels

// Attention for inference only: rows that look at keys and values computed before them.

/// Several short continuations of each prompt at once: row r of a branch looks at its whole prompt and at those rows of its own branch that
/// `ancestors[r]` lists, itself included. All branches have the same tree. Prompts and branches are rows of the same matrices.
/// - q, out: (T, heads * d); k, v: (T, keyValueHeads * d), q and k already turned; rows outside the branches of `out` are left alone
/// - prompts, branches: a segment with all before it, and a range of rows, for each prompt; every branch has `ancestors.count` rows
/// - ancestors: for each row of a branch, offsets within the branch in the order of the text
public func attentionBranches(
  q: Matrix, k: Matrix, v: Matrix, keptKeys: Matrix, keptValues: Matrix, prompts: [AttentionSegment], branches: [Range<Int>], ancestors: [[Int]],
  shape: AttentionShape, into out: Matrix
) {
  let d = shape.headDimension
  precondition(prompts.count == branches.count && branches.allSatisfy { $0.count == ancestors.count }, "branches: one of the same size per prompt")
  let n = ancestors.count
  let depth = ancestors.map(\.count).max() ?? 0
  guard n > 0 else { return }
  parallel(prompts.count * shape.keyValueHeads) { task in
    let (prompt, branch) = (prompts[task / shape.keyValueHeads], branches[task / shape.keyValueHeads])
    let head = task % shape.keyValueHeads
    let L = prompt.start + prompt.rows.count
    let width = L + depth
    let panels = HeadPanels(positions: L, headDimension: d)
    Scratch.borrow(panels.count + n * width) { scratch in
      panels.fill(scratch, head: head) { prompt.give(k, v, keptKeys, keptValues, to: $0) }
      let (kT, vB, scores) = (panels.keys(scratch), panels.values(scratch), scratch + panels.count)
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

/// One new token for each of several sequences, whose keys and values stand in pages of `pageRows` rows: row b looks at the first `lengths[b]` positions of
/// `pages[b]`, its own the last of them, or at those that its window reaches.
/// - q, out: (B, heads * d); keys, values: (pages * pageRows, keyValueHeads * d)
public func attentionPaged(
  q: Matrix, keys: Matrix, values: Matrix, pages: [[Int]], pageRows: Int, lengths: [Int], shape: AttentionShape, into out: Matrix
) {
  let d = shape.headDimension
  precondition(
    q.rows == lengths.count && pages.count == q.rows && out.rows == q.rows && keys.columns == shape.keyValueHeads * d, "attentionPaged: shapes")
  for (own, length) in zip(pages, lengths) {
    precondition(length > 0 && length <= own.count * pageRows && own.allSatisfy { ($0 + 1) * pageRows <= keys.rows }, "attentionPaged: pages")
  }
  parallel(lengths.count * shape.keyValueHeads) { task in
    let row = task / shape.keyValueHeads
    let head = task % shape.keyValueHeads
    let positions = shape.first(lengths[row] - 1)..<lengths[row]
    Scratch.borrow(positions.count) { p in
      /// The stretches of rows in the cache, each with the place of its first in `p`.
      func stretches(_ body: (_ first: Int, _ count: Int, _ at: UnsafeMutablePointer<Float>) -> Void) {
        var position = positions.lowerBound
        while position < positions.upperBound {
          let (page, offset) = position.quotientAndRemainder(dividingBy: pageRows)
          let count = min(pageRows - offset, positions.upperBound - position)
          body(pages[row][page] * pageRows + offset, count, p + (position - positions.lowerBound))
          position += count
        }
      }
      for h in head * shape.group..<(head + 1) * shape.group {
        stretches { first, count, at in vk_dots(count, d, q.pointer(row) + h * d, keys.pointer(first) + head * d, keys.stride, at) }
        _ = shape.softmax(p, 0, positions.count)
        let o = out.pointer(row) + h * d
        o.update(repeating: 0, count: d)
        stretches { first, count, at in vk_weighted_sum(count, d, at, values.pointer(first) + head * d, values.stride, o) }
      }
    }
  }
}
