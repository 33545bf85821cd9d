/// Which rows each step sees: a pure function of the number of rows, the configuration and the step, so a resumed run needs no cursor but the step.
///
/// An epoch takes every row once. A step's window is `batch * accumulation` rows; the last window of an epoch is short rather than dropped or padded, and
/// never reaches into the next epoch (transformers does the same). Losses are normalised by the window's own supervised tokens, so a short one is exact.
struct BatchPlan: Sendable {
  let rows: Int
  let batch: Int
  let accumulation: Int
  let seed: UInt64
  let shuffle: Bool
  let stepsPerEpoch: Int
  /// Steps in the whole run.
  let steps: Int

  init(rows: Int, configuration: TrainingConfiguration) {
    precondition(rows > 0, "a plan is made over at least one row")
    self.rows = rows
    batch = configuration.perDeviceTrainBatchSize
    accumulation = configuration.gradientAccumulationSteps
    seed = configuration.seed
    shuffle = configuration.shuffle
    let batches = (rows + batch - 1) / batch
    stepsPerEpoch = (batches + accumulation - 1) / accumulation
    steps =
      configuration.maxSteps > 0
      ? configuration.maxSteps : max(1, Int((configuration.numTrainEpochs * Double(stepsPerEpoch)).rounded(.up)))
  }

  func epoch(ofStep step: Int) -> Int { step / stepsPerEpoch }

  /// The order of an epoch's rows.
  func order(ofEpoch epoch: Int) -> [Int] {
    var order = Array(0..<rows)
    guard shuffle else { return order }
    // Fisher-Yates from the top; the generator is keyed by seed and epoch, so each order stands on its own.
    var generator = SplitMix64(state: seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(epoch) &* 0xD1B5_4A32_D192_ED03 ^ 0x5EED)
    for last in stride(from: rows - 1, to: 0, by: -1) {
      order.swapAt(last, generator.next(below: last + 1))
    }
    return order
  }

  /// The row indices of one step, pass by pass. `order` is that of the step's epoch.
  func passes(ofStep step: Int, order: [Int]) -> [[Int]] {
    let first = (step % stepsPerEpoch) * batch * accumulation
    return stride(from: first, to: min(first + batch * accumulation, rows), by: batch).map { Array(order[$0..<min($0 + batch, rows)]) }
  }
}

/// Vigna's SplitMix64: 64 bits of state, equidistributed, the same on every platform.
struct SplitMix64: Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0 ..< bound, without modulo bias (Lemire's multiplication with rejection).
  mutating func next(below bound: Int) -> Int {
    let range = UInt64(bound)
    while true {
      let product = next().multipliedFullWidth(by: range)
      if product.low >= (0 &- range) % range { return Int(product.high) }
    }
  }
}
