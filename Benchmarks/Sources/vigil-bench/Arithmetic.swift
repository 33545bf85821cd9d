import LanguageModel

/// What a piece of work needs: the operations of its products and the bytes it must read, whoever does it and however.
///
/// Counted is only what the answer depends on: no padding, no masked half of attention, logits only of scored tokens. A text's last token is looked up and
/// never computed; of the last block, rows whose logits nobody reads need their keys and values alone. Softmax, norms and rotations are not counted.
struct Arithmetic {
  let configuration: ModelConfiguration

  private func weights(_ linears: [Linear]) -> Double { linears.reduce(0) { $0 + Double($1.inputSize) * Double($1.outputSize) } }

  /// Weights of the output head.
  private var head: Double { Double(configuration.hiddenSize) * Double(configuration.vocabularySize) }

  /// Of all blocks.
  private var blockWeights: Double {
    configuration.blocks.reduce(0) {
      $0 + weights($1.attention.inputs) + weights([$1.attention.output]) + weights($1.feedForward.inputs) + weights([$1.feedForward.output])
    }
  }

  /// Operations for the log-probabilities of the last `scored` tokens of a text of `length`.
  func scoring(length: Int, scored: Int) -> Double {
    let rows = Double(length - 1)
    let read = Double(scored)
    let pairs = rows * (rows + 1) / 2
    let pairsBeforeRead = (rows - read) * (rows - read + 1) / 2
    var sum = 2 * head * read
    for (number, block) in configuration.blocks.enumerated() {
      let attention = block.attention
      let all = weights(attention.inputs) + weights([attention.output]) + weights(block.feedForward.inputs) + weights([block.feedForward.output])
      let keysAndValues = 2 * Double(configuration.hiddenSize) * Double(attention.keyValueWidth)
      let isLast = number == configuration.blocks.count - 1
      sum += isLast ? 2 * (keysAndValues * rows + (all - keysAndValues) * read) : 2 * all * rows
      sum += 4 * Double(attention.queryWidth) * (isLast ? pairs - pairsBeforeRead : pairs)
    }
    return sum
  }

  /// Operations of one step of generation for a sequence that has `length` tokens with the one that is computed.
  func step(length: Int) -> Double { row(length: length) + logits }

  /// Operations of the logits of one row.
  var logits: Double { 2 * head }

  /// Operations of one row that looks at `length` rows, itself included, logits not counted.
  func row(length: Int) -> Double {
    2 * blockWeights + configuration.blocks.reduce(0) { $0 + 4 * Double($1.attention.queryWidth) * Double(length) }
  }

  /// Bytes that one step reads: all weights once, and what the sequences have in the cache.
  func stepBytes(_ precision: Precision, batch: Int, length: Int) -> Double {
    (blockWeights + head) * Double(precision.bytesPerWeight) + cacheBytes(precision, tokens: batch * length)
  }

  /// Keys and values of so many tokens.
  func cacheBytes(_ precision: Precision, tokens: Int) -> Double {
    configuration.blocks.reduce(0) { $0 + 2 * Double($1.attention.keyValueWidth) } * Double(tokens * precision.bytesPerCached)
  }

  /// All weights, a tied head once.
  func weightBytes(_ precision: Precision) -> Double {
    let parameters = configuration.tensorShapes.reduce(0.0) { $0 + $1.shape.reduce(1.0) { $0 * Double($1) } }
    return parameters * Double(precision.bytesPerWeight)
  }

  /// Activations in fp32 of a pass of `rows` rows with logits of `scored` of them: the residual stream and a normed copy, one block's q, k, v, attention and
  /// inner layer; not more, since blocks come one after the other.
  func activationBytes(rows: Int, scored: Int) -> Double {
    let widest = configuration.blocks.map { block in
      2 * block.attention.queryWidth + 2 * block.attention.keyValueWidth + block.feedForward.width * (block.feedForward.isGated ? 2 : 1)
    }
    return 4 * (Double(rows) * Double(2 * configuration.hiddenSize + (widest.max() ?? 0)) + Double(scored) * Double(configuration.vocabularySize))
  }
}
