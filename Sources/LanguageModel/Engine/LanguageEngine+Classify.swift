import Foundation
import Kernels

/// How a sequence classifier judged a text.
public struct Classification: Sendable, Hashable {
  /// One for each label, as the head put them out.
  public var logits: [Float]
  /// Softmax, sigmoid or the logits themselves, as the model's `problem_type` asks; see `Classifier.Scoring`.
  public var scores: [Double]

  /// Number of the label with the highest score; the first of equals.
  public var best: Int { scores.indices.max { scores[$0] < scores[$1] || (scores[$0] == scores[$1] && $0 > $1) } ?? 0 }
}

extension LanguageEngine {
  /// The names of a classifier's labels, in the order of its scores; nil for other models.
  public var labels: [String]? { if case .classification(let classifier) = configuration.head { classifier.labels } else { nil } }

  /// Whether the model tells the second text of a pair by its tokens' type. Others are given no types, whatever the tokenizer says.
  public var knowsTokenTypes: Bool { (configuration.embedding.types?.rows ?? 1) > 1 }

  /// Judges whole texts with the sequence-classification head.
  /// - types: token types of each text (the second of a pair has 1); nil for all 0
  /// - Throws: `EngineFault`
  public func classify(_ texts: [[Int32]], types: [[Int32]]? = nil) throws -> [Classification] {
    guard case .classification(let classifier) = configuration.head, case .classification(let dense, let activation, let output) = model.head else {
      throw EngineFault.cannot("classify", architecture: configuration.architecture)
    }
    var results: [Classification] = []
    try eachPass(texts, types) { sequences, hidden, workspace in
      let first = workspace.branch.rows(0..<sequences.count)
      for i in 0..<sequences.count { first.rows(i..<i + 1).copy(from: hidden.rows(sequences[i].lowerBound..<sequences[i].lowerBound + 1)) }
      let (pooled, logits) = (workspace.x.rows(0..<sequences.count), Matrix(rows: sequences.count, columns: classifier.labels.count))
      dense.forward(first, into: pooled)
      activate(pooled, activation, into: pooled)
      output.forward(pooled, into: logits)
      for i in 0..<sequences.count {
        let row = logits.row(i)
        guard row.allSatisfy(\.isFinite) else { throw EngineFault.notFinite(index: results.count) }
        results.append(Classification(logits: row, scores: classifier.scoring.scores(row)))
      }
    }
    return results
  }
}

extension Classifier.Scoring {
  fileprivate func scores(_ logits: [Float]) -> [Double] {
    switch self {
    case .none: return logits.map(Double.init)
    case .sigmoid: return logits.map { 1 / (1 + exp(-Double($0))) }
    case .softmax:
      let top = Double(logits.max() ?? 0)
      let weights = logits.map { exp(Double($0) - top) }
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    }
  }
}
