internal import CKernels

/// What the loss of some rows came to.
public struct CrossEntropyResult: Sendable {
  /// -log p(target) of every row, nats.
  public var losses: [Double]
  /// Their sum, row by row in order.
  public var sum: Double { losses.reduce(0, +) }
}

/// A weight that does not change, packed for both directions: y = x wᵀ forward, dx = dy w backward.
public struct FrozenWeight: Sendable {
  public let matrix: Matrix
  public let forward: PackedMatrix
  public let backward: PackedMatrix?

  /// - w: (out, in); the backward packing only on request, it costs as much memory again.
  public init(_ w: Matrix, backward: Bool = true) {
    matrix = w
    forward = PackedMatrix(transposing: w)
    self.backward = backward ? PackedMatrix(w) : nil
  }
}

/// Cross-entropy of the head's softmax with the targets, and its gradients, without ever holding more than `chunk` rows of logits.
///
/// Give it only the supervised rows (gathered). The gradients are those of `scale * Σ losses`: with `scale` = 1 / supervised tokens of the whole
/// step, several calls add up to the mean loss of the step. The target's p - 1 is computed as minus the sum of the other probabilities, which does
/// not vanish when the model is sure.
/// - hidden: (R, C); targets: R ids in 0 ..< V; head: (V, C), the tied embedding or its own
/// - dHidden: (R, C), overwritten; dHead: (V, C), added to
public func crossEntropy(
  hidden: Matrix, targets: [Int32], head: Matrix, frozenHead: FrozenWeight? = nil, scale: Float, dHidden: Matrix? = nil, dHead: Matrix? = nil,
  chunk: Int = 224
) -> CrossEntropyResult {
  precondition(targets.count == hidden.rows && hidden.columns == head.columns, "cross-entropy: \(targets.count) targets for \(hidden.rows) rows")
  var losses = [Double](repeating: 0, count: hidden.rows)
  guard hidden.rows > 0 else { return CrossEntropyResult(losses: losses) }
  let forward = frozenHead?.forward ?? PackedMatrix(transposing: head)
  let backward = dHidden == nil ? nil : frozenHead?.backward ?? PackedMatrix(head)
  losses.withUnsafeMutableBufferPointer { losses in
    nonisolated(unsafe) let losses = losses
    Scratch.borrow(rows: min(chunk, hidden.rows), columns: head.rows) { scratch in
      for first in Swift.stride(from: 0, to: hidden.rows, by: chunk) {
        let rows = first..<min(first + chunk, hidden.rows)
        let logits = scratch.rows(0..<rows.count)
        matmul(hidden.rows(rows), packed: forward, into: logits)
        parallel(rows: rows.count, grain: 8) { part in
          for r in part {
            let target = Int(targets[first + r])
            precondition(target >= 0 && target < head.rows, "target \(target) is outside a vocabulary of \(head.rows)")
            losses[first + r] = vk_cross_entropy(head.rows, logits.pointer(r), target, scale)
          }
        }
        if let dHidden, let backward { matmul(logits, packed: backward, into: dHidden.rows(rows)) }
        if let dHead { matmulTransposed(logits, hidden.rows(rows), into: dHead, accumulate: true) }
      }
    }
  }
  return CrossEntropyResult(losses: losses)
}
