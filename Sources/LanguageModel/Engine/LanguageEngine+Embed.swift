import Kernels

/// How the hidden states of a text become one vector.
public enum Pooling: String, Sendable, Hashable, CaseIterable {
  /// Mean over all tokens.
  case mean
  /// The first token's state.
  case cls
  /// The last token's state: in a causal model the only one that has seen all.
  case last
}

extension LanguageEngine {
  /// One vector per text, from the last hidden states (after the final norm).
  /// - normalize: scales each vector to length 1 (a zero vector stays zero)
  /// - Throws: `EngineFault`
  public func embed(_ texts: [[Int32]], pooling: Pooling = .mean, normalize: Bool = false) throws -> [[Float]] {
    try check(texts)
    var vectors: [[Float]] = []
    for pass in Self.passes(texts.count, rows: { texts[$0].count }) {
      let sequences = Sequences(lengths: texts[pass].map(\.count))
      withWorkspace(rows: sequences.tokens) { workspace in
        let hidden = model.forward(
          texts[pass].flatMap { $0 }, positions: sequences.positions, in: workspace, attend: model.causal(sequences))
        for i in 0..<sequences.count {
          let rows = sequences[i]
          switch pooling {
          case .mean: vectors.append(mean(hidden.rows(rows)))
          case .cls: vectors.append(hidden.row(rows.lowerBound))
          case .last: vectors.append(hidden.row(rows.upperBound - 1))
          }
        }
      }
    }
    for (index, vector) in vectors.enumerated() {
      guard vector.allSatisfy(\.isFinite) else { throw EngineFault.notFinite(index: index) }
      guard normalize else { continue }
      let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      if length > 0 { vectors[index] = vector.map { Float(Double($0) / length) } }
    }
    return vectors
  }
}
