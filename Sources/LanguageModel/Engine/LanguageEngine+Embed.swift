public import Kernels

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
  /// - types: token types of each text (the second of a pair has 1); nil for all 0
  /// - pooling: nil for what the folder says, else the mean
  /// - normalize: scales each vector to length 1 (a zero vector stays zero); nil for what the folder says, else not
  /// - Throws: `EngineFault`
  public func embed(_ texts: [[Int32]], types: [[Int32]]? = nil, pooling: Pooling? = nil, normalize: Bool? = nil) throws -> [[Float]] {
    let (pooling, normalize) = (pooling ?? sentence?.pooling ?? .mean, normalize ?? sentence?.normalizes ?? false)
    var vectors: [[Float]] = []
    try eachPass(texts, types) { sequences, hidden, _ in
      for i in 0..<sequences.count {
        switch pooling {
        case .mean: vectors.append(mean(sequences[i].map { hidden.rows($0..<$0 + 1) }))
        case .cls: vectors.append(hidden.row(sequences[i].lowerBound))
        case .last: vectors.append(hidden.row(sequences[i].upperBound - 1))
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

  /// The last hidden states of a text, (T, hidden). For tests and small studies.
  public func hidden(_ tokens: [Int32], types: [Int32]? = nil) throws -> Matrix {
    let all = Matrix(rows: tokens.count, columns: configuration.hiddenSize)
    try eachPass([tokens], types.map { [$0] }) { _, hidden, _ in all.copy(from: hidden) }
    return all
  }

  /// Runs whole texts, pass by pass: `body` gets where each stands and the last hidden states of all.
  func eachPass(_ texts: [[Int32]], _ types: [[Int32]]?, _ body: (Sequences, Matrix, Workspace) throws -> Void) throws {
    try check(texts)
    try checkTypes(types, texts)
    for pass in Self.passes(texts.count, rows: { texts[$0].count }) {
      let sequences = Sequences(lengths: texts[pass].map(\.count))
      try withWorkspace(rows: sequences.tokens) { workspace in
        let rows = Pass(texts[pass], types: types.map { $0[pass].flatMap { $0 } })
        try body(sequences, model.forward(rows, in: workspace, attend: model.within(sequences)), workspace)
      }
    }
  }

  private func checkTypes(_ types: [[Int32]]?, _ texts: [[Int32]]) throws(EngineFault) {
    guard let types else { return }
    guard types.count == texts.count else { throw .countDiffers(what: "lists of token types", expected: texts.count, got: types.count) }
    let known = Int32(configuration.embedding.types?.rows ?? 1)
    for (index, list) in types.enumerated() {
      guard list.count == texts[index].count else { throw .countDiffers(what: "token types", expected: texts[index].count, got: list.count) }
      if let type = list.first(where: { $0 < 0 || $0 >= known }) { throw .unknownType(index: index, type: type, types: Int(known)) }
    }
  }
}
