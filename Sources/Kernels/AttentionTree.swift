internal import CKernels

/// Rows of one text that are computed now, behind others of the same text whose keys and values are there already.
public struct AttentionSegment: Sendable, Hashable {
  /// Keys and values kept from an earlier pass: the first `kept` rows.
  public var kept: Int
  /// Rows of this pass that stand between those and the segment, in the order of the text.
  public var before: [Range<Int>]
  /// The segment's own rows.
  public var rows: Range<Int>

  public init(kept: Int = 0, before: [Range<Int>] = [], rows: Range<Int>) {
    (self.kept, self.before, self.rows) = (kept, before, rows)
  }

  /// Position of the first own row in its text.
  public var start: Int { before.reduce(kept) { $0 + $1.count } }
}

/// Causal attention over a tree of texts: what texts share at their beginnings is computed once, and every row has the bits that it has in its text alone.
/// - q, out: (T, heads * d); k, v: (T, keyValueHeads * d), q and k already turned; keptKeys, keptValues: at least as many rows as a segment keeps
public func attentionForward(
  q: Matrix, k: Matrix, v: Matrix, keptKeys: Matrix, keptValues: Matrix, segments: [AttentionSegment], shape: AttentionShape, into out: Matrix
) {
  let d = shape.headDimension
  precondition(shape.isCausal, "only causal attention shares beginnings")
  precondition(q.columns == shape.heads * d && k.columns == shape.keyValueHeads * d && v.columns == k.columns && out.columns == q.columns, "attention: columns")
  precondition(
    segments.allSatisfy { segment in
      segment.kept <= keptKeys.rows && segment.kept <= keptValues.rows
        && (segment.before + [segment.rows]).allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= k.rows }
    }, "attention: a segment's rows are not there")
  parallel(segments.count * shape.keyValueHeads) { task in
    let segment = segments[task / shape.keyValueHeads]
    guard !segment.rows.isEmpty else { return }
    let head = task % shape.keyValueHeads
    let pieces = segment.before + [segment.rows]
    attend(q, segment.rows, start: segment.start, head: head, shape, into: out, logSumExp: nil) { keys, values in
      if segment.kept > 0 {
        keys(keptKeys.pointer(0), keptKeys.stride, segment.kept)
        values(keptValues.pointer(0), keptValues.stride, segment.kept)
      }
      for piece in pieces {
        keys(k.pointer(piece.lowerBound), k.stride, piece.count)
        values(v.pointer(piece.lowerBound), v.stride, piece.count)
      }
    }
  }
}
