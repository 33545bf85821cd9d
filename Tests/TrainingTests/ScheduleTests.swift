import Testing

@testable import Training

@Suite struct ScheduleTests {
  private func rates(_ change: (inout TrainingConfiguration) -> Void, steps: Int) -> [Double] {
    var configuration = TrainingConfiguration()
    configuration.learningRate = 1
    change(&configuration)
    let rate = LearningRate(configuration, steps: steps)
    return (0..<steps).map { rate($0) }
  }

  // transformers 5.23.0, get_linear_schedule_with_warmup(optimizer, 2, 6) and get_cosine_schedule_with_warmup(optimizer, 2, 6) at a rate of 1.
  @Test func `linear and cosine are transformers' own`() {
    let linear = rates({ ($0.lrSchedulerType, $0.warmupSteps) = (.linear, 2) }, steps: 6)
    #expect(linear == [0, 0.5, 1, 0.75, 0.5, 0.25])
    let cosine = rates({ ($0.lrSchedulerType, $0.warmupSteps) = (.cosine, 2) }, steps: 6)
    for (found, expected) in zip(cosine, [0, 0.5, 1, 0.8535533905932737, 0.5, 0.14644660940672627]) { #expect(abs(found - expected) < 1e-12) }
  }

  @Test func `warmup may be a share of the steps, rounded up`() {
    #expect(rates({ ($0.lrSchedulerType, $0.warmupRatio) = (.constantWithWarmup, 0.3) }, steps: 5) == [0, 0.5, 1, 1, 1])
    #expect(rates({ ($0.lrSchedulerType, $0.warmupSteps) = (.constantWithWarmup, 0.3) }, steps: 5) == [0, 0.5, 1, 1, 1])
  }

  @Test func `constant has no warmup`() {
    #expect(rates({ ($0.lrSchedulerType, $0.warmupSteps) = (.constant, 3) }, steps: 3) == [1, 1, 1])
  }

  @Test func `each epoch takes every row once, in an order of its own`() {
    var configuration = TrainingConfiguration()
    (configuration.perDeviceTrainBatchSize, configuration.gradientAccumulationSteps, configuration.numTrainEpochs) = (3, 2, 2)
    let plan = BatchPlan(rows: 20, configuration: configuration)
    #expect(plan.stepsPerEpoch == 4 && plan.steps == 8)
    let orders = (0..<2).map(plan.order(ofEpoch:))
    #expect(orders[0] != orders[1] && orders.allSatisfy { $0.sorted() == Array(0..<20) })
    for epoch in 0..<2 {
      let seen = (0..<4).flatMap { plan.passes(ofStep: epoch * 4 + $0, order: orders[epoch]) }
      #expect(seen.flatMap { $0 } == orders[epoch])
      #expect(seen.map(\.count) == [3, 3, 3, 3, 3, 3, 2])
    }
  }

  @Test func `orders are a function of the seed, and file order is kept without shuffle`() {
    var configuration = TrainingConfiguration()
    let first = BatchPlan(rows: 50, configuration: configuration).order(ofEpoch: 3)
    #expect(BatchPlan(rows: 50, configuration: configuration).order(ofEpoch: 3) == first)
    configuration.seed = 43
    #expect(BatchPlan(rows: 50, configuration: configuration).order(ofEpoch: 3) != first)
    configuration.shuffle = false
    #expect(BatchPlan(rows: 50, configuration: configuration).order(ofEpoch: 3) == Array(0..<50))
  }

  @Test func `steps come from epochs, also broken ones, unless max_steps says`() {
    var configuration = TrainingConfiguration()
    (configuration.perDeviceTrainBatchSize, configuration.gradientAccumulationSteps, configuration.numTrainEpochs) = (4, 1, 1.5)
    #expect(BatchPlan(rows: 9, configuration: configuration).steps == 5)
    configuration.maxSteps = 17
    #expect(BatchPlan(rows: 9, configuration: configuration).steps == 17)
    #expect(BatchPlan(rows: 9, configuration: configuration).epoch(ofStep: 16) == 5)
  }

  @Test func `patience counts validations that do not undercut the best by the threshold`() {
    var stopping = EarlyStopping()
    func see(_ loss: Double, _ step: Int) -> (isBest: Bool, verdict: EarlyStopping.Verdict) {
      stopping.observe(loss, step: step, patience: 2, threshold: 0.1)
    }
    #expect(see(2, 10) == (true, .improved))
    #expect(see(1.95, 20) == (true, .notImproved))
    #expect(see(1.5, 30) == (true, .improved))
    #expect(see(1.6, 40) == (false, .notImproved))
    #expect(see(1.5, 50) == (false, .exhausted))
    #expect(stopping.bestStep == 30 && stopping.bestLoss == 1.5 && stopping.isExhausted(patience: 2))
  }

  @Test func `no patience never ends a run`() {
    var stopping = EarlyStopping()
    for step in 1...50 { #expect(stopping.observe(Double(step), step: step, patience: 0, threshold: 0).verdict != .exhausted) }
  }
}
