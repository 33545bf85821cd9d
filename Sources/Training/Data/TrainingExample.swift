import Kernels

/// One training sequence: its tokens, and which of them the model is taught to say.
struct TrainingExample: Sendable, Hashable {
  /// Marks a label nobody is taught, as in PyTorch's cross-entropy.
  static let unsupervised: Int32 = -100

  /// Line of the file it came from, counted from 1.
  var line: Int
  var tokens: [Int32]
  /// As long as `tokens`: the token to be said at that place, given all before it, or `unsupervised`. The first can never be learned: nothing stands before it.
  var labels: [Int32]
  /// What the row's loss is multiplied by, greater than 0.
  var weight: Float

  /// How many tokens are taught.
  var supervisedCount: Int {
    var count = 0
    for label in labels.dropFirst() where label != Self.unsupervised { count += 1 }
    return count
  }
}

/// Sequences one after the other, without padding, as the kernels take them.
struct TrainingBatch: Sendable {
  let tokens: [Int32]
  let sequences: Sequences
  /// Place of each token in its own sequence.
  let positions: [Int32]
  /// Rows whose next token is taught, in order.
  private(set) var taughtRows: [Int32] = []
  /// The taught token of each of them, and its row's weight.
  private(set) var targets: [Int32] = []
  private(set) var weights: [Float] = []

  var count: Int { tokens.count }

  /// What the loss of this batch is divided by when it stands alone.
  var totalWeight: Double { weights.reduce(0) { $0 + Double($1) } }

  init(_ examples: some Collection<TrainingExample>) {
    tokens = examples.flatMap(\.tokens)
    sequences = Sequences(lengths: examples.map(\.tokens.count))
    positions = sequences.positions
    for (index, example) in examples.enumerated() {
      let start = sequences[index].lowerBound
      for place in 1..<example.tokens.count where example.labels[place] != TrainingExample.unsupervised {
        taughtRows.append(Int32(start + place - 1))
        targets.append(example.labels[place])
        weights.append(example.weight)
      }
    }
  }
}
