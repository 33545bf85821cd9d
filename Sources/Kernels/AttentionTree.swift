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

  /// All keys and values of the text up to the segment's end, in order.
  func give(_ k: Matrix, _ v: Matrix, _ keptKeys: Matrix, _ keptValues: Matrix, to take: HeadPanels.Take) {
    take(keptKeys.rows(0..<kept), keptValues.rows(0..<kept))
    for piece in before { take(k.rows(piece), v.rows(piece)) }
    take(k.rows(rows), v.rows(rows))
  }
}

/// Causal attention over a tree of texts: what texts share at their beginnings is computed once, and every row has the bits that it has in its text alone.
/// - q, out: (T, heads * d); k, v: (T, keyValueHeads * d), q and k already turned; keptKeys, keptValues: at least as many rows as a segment keeps
public func attentionForward(
  q: Matrix, k: Matrix, v: Matrix, keptKeys: Matrix, keptValues: Matrix, segments: [AttentionSegment], shape: AttentionShape, into out: Matrix
) {
  let d = shape.headDimension
  precondition(shape.isCausal, "only causal attention shares beginnings")
  precondition(
    q.columns == shape.heads * d && k.columns == shape.keyValueHeads * d && v.columns == k.columns && out.columns == q.columns, "attention: columns")
  parallel(segments.count * shape.keyValueHeads) { task in
    let segment = segments[task / shape.keyValueHeads]
    guard !segment.rows.isEmpty else { return }
    let head = task % shape.keyValueHeads
    attend(q, segment.rows, start: segment.start, head: head, shape, into: out, logSumExp: nil) { segment.give(k, v, keptKeys, keptValues, to: $0) }
  }
}
