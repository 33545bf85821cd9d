/// A part of a model that has parameters, by the path that checkpoints and PEFT give it.
public enum Module: Sendable, Hashable {
  case linear(Linear)
  case table(Embedding.Table)
  case norm(Norm)

  public var path: String {
    switch self {
    case .linear(let linear): linear.path
    case .table(let table): String(table.name.dropLast(".weight".count))
    case .norm(let norm): norm.path
    }
  }

  /// Its tensors with their shapes as stored.
  /// - hidden: columns of a table
  func tensors(hidden: Int) -> [(name: String, shape: [Int])] {
    switch self {
    case .linear(let linear):
      [(linear.weight, linear.isTransposed ? [linear.inputSize, linear.outputSize] : [linear.outputSize, linear.inputSize])]
        + (linear.hasBias ? [(linear.bias, [linear.outputSize])] : [])
    case .table(let table): [(table.name, [table.rows, hidden])]
    case .norm(let norm): [(norm.weight, [norm.size])] + (norm.kind == .layer ? [(norm.bias, [norm.size])] : [])
    }
  }
}

extension ModelConfiguration {
  /// Every part with parameters, in the model's order; a head that is the embedding table is none.
  public var modules: [Module] {
    let tables = [Embedding.Table(name: embedding.tokens, rows: vocabularySize), embedding.positions, embedding.types].compactMap { $0 }
    func norms(_ norms: [Norm?]) -> [Module] { norms.compactMap { $0.map(Module.norm) } }
    let layers = blocks.flatMap { block -> [Module] in
      norms(block.attentionNorms.all) + (block.attention.inputs + [block.attention.output]).map(Module.linear)
        + norms([block.attention.queryNorm, block.attention.keyNorm]) + norms(block.feedForwardNorms.all)
        + (block.feedForward.inputs + [block.feedForward.output]).map(Module.linear)
    }
    return tables.map(Module.table) + norms([embedding.norm]) + layers + norms([finalNorm]) + headLinears.map(Module.linear)
  }

  /// The head's own linear layers.
  private var headLinears: [Linear] {
    switch head {
    case .none, .language(nil, _): []
    case .language(let linear?, _): [linear]
    case .classification(let classifier): [classifier.dense, classifier.output]
    }
  }

  /// Every linear layer in the blocks, in the model's order.
  public var linears: [Linear] {
    blocks.flatMap { $0.attention.inputs + [$0.attention.output] + $0.feedForward.inputs + [$0.feedForward.output] }
  }

  /// Every tensor a folder of this configuration holds, with its shape as stored.
  public var tensorShapes: [(name: String, shape: [Int])] { modules.flatMap { $0.tensors(hidden: hiddenSize) } }

  /// The head of a model whose head is the embedding table, as PEFT sees it: a linear layer of its own.
  var tiedHead: Linear? {
    if case .language(nil, _) = head { Linear("lm_head", hiddenSize, vocabularySize) } else { nil }
  }

  /// The same model with a head of its own.
  var untied: ModelConfiguration {
    guard let linear = tiedHead, case .language(_, let cap) = head else { return self }
    var copy = self
    copy.head = .language(linear, softcap: cap)
    return copy
  }

  /// The same model with every linear layer as `change` makes it.
  func mapLinears(_ change: (Linear) -> Linear) -> ModelConfiguration {
    var copy = self
    for index in copy.blocks.indices {
      copy.blocks[index].attention.inputs = blocks[index].attention.inputs.map(change)
      copy.blocks[index].attention.output = change(blocks[index].attention.output)
      copy.blocks[index].feedForward.inputs = blocks[index].feedForward.inputs.map(change)
      copy.blocks[index].feedForward.output = change(blocks[index].feedForward.output)
    }
    switch head {
    case .none, .language(nil, _): break
    case .language(let linear?, let cap): copy.head = .language(change(linear), softcap: cap)
    case .classification(var classifier):
      classifier.dense = change(classifier.dense)
      classifier.output = change(classifier.output)
      copy.head = .classification(classifier)
    }
    return copy
  }
}
