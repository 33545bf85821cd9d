import Files
import Foundation
import Kernels
import LanguageModel

/// One run from its first step, or the step of its newest good checkpoint, to its result.
struct TrainingRun {
  private let setup: TrainingSetup
  private let output: OutputFolder
  private let model: LlamaTrainee
  private var record: RunRecord

  // What changes from step to step; all of it is in every checkpoint.
  private var step = 0
  private var stopping = EarlyStopping()
  private var tokens = 0
  private var earlierSeconds = 0.0

  private var loss = 0.0
  private var resumedFrom = 0
  private let begin = ContinuousClock.now

  private var configuration: TrainingConfiguration { setup.configuration }

  init(_ setup: TrainingSetup, output: OutputFolder) throws {
    self.setup = setup
    self.output = output
    let (folder, adapter) = (setup.model, setup.initialAdapter)
    model = try LlamaTrainee(
      setup.llama, lora: setup.configuration.lora, seed: setup.configuration.seed,
      base: setup.request.fromScratch ? nil : { try folder.floats(named: $0) }, adapter: adapter.map { adapter in { try adapter.floats(named: $0) } })
    record = RunRecord(
      status: .running, identity: setup.identity, configuration: setup.configuration, base: setup.request.model.relativePath,
      baseDigest: setup.model.digest,
      fromScratch: setup.request.fromScratch,
      train: RunRecord.DataSource(file: setup.request.train.relativePath, sha256: setup.train.digest, counts: setup.train.counts),
      validation: setup.valid.flatMap { valid in
        setup.request.valid.map { RunRecord.DataSource(file: $0.relativePath, sha256: valid.digest, counts: valid.counts) }
      },
      seed: setup.configuration.seed, trainedParameters: model.parameters.count, plannedSteps: setup.plan.steps, numerics: setup.numerics)
  }

  // MARK: - The loop

  mutating func run(_ progress: (TrainingEvent) -> Void) throws -> TrainingOutcome {
    // Before any checkpoint is loaded: what the trained tensors are compared with at the end.
    let start = model.parameters.digests()
    try resume(progress)
    try record.write(in: output.url)
    let log = try MetricsLog(output.metrics, keepingThrough: step)
    progress(.note("training \(model.parameters.count) parameters on \(setup.train.counts.rows) rows, \(setup.plan.steps) steps"))

    let rate = LearningRate(configuration, steps: setup.plan.steps)
    var order: (epoch: Int, rows: [Int]) = (-1, [])
    var exhausted = stopping.isExhausted(patience: configuration.earlyStoppingPatience)
    while step < setup.plan.steps, !exhausted {
      let stepBegin = ContinuousClock.now
      let epoch = setup.plan.epoch(ofStep: step)
      if order.epoch != epoch { order = (epoch, setup.plan.order(ofEpoch: epoch)) }
      let window = setup.plan.passes(ofStep: step, order: order.rows).map { rows in TrainingBatch(rows.map { setup.train.examples[$0] }) }
      let usedRate = rate(step)
      let (loss, norm) = try update(window, rate: usedRate)
      self.loss = loss
      step += 1
      let windowTokens = window.reduce(0) { $0 + $1.count }
      tokens += windowTokens
      let speed = Double(windowTokens) / max(1e-9, seconds(since: stepBegin))

      var validationLoss: Double?
      var isBest = false
      if let valid = setup.valid, step % setup.evaluationInterval == 0 || step == setup.plan.steps {
        let measured = try validate(valid)
        let observed = stopping.observe(
          measured, step: step, patience: configuration.earlyStoppingPatience, threshold: configuration.earlyStoppingThreshold)
        validationLoss = measured
        isBest = observed.isBest
        exhausted = observed.verdict == .exhausted
      }
      try log.add(
        MetricsLine(
          step: step, loss: loss, learningRate: usedRate, gradNorm: norm, tokens: tokens, tokensPerSecond: speed, validationLoss: validationLoss))

      let stop = setup.request.shouldStop()
      // The best weights are kept as a checkpoint of their own, so that what is restored at the end survives whatever happens until then.
      if isBest || exhausted || stop || step == setup.plan.steps || step % setup.checkpointInterval == 0 {
        try log.sync()
        try saveCheckpoint()
      }
      progress(.step(progressNow(usedRate, speed)))
      if stop, step < setup.plan.steps, !exhausted {
        throw TrainingFault(
          .interrupted, "interrupted after step \(step) of \(setup.plan.steps); a checkpoint is written", hint: "the same command goes on from there")
      }
      if setup.request.crashAfterStep == step { throw TrainingFault(.interrupted, "stopped after step \(step) as a crash would have") }
    }
    try log.close()
    return try finish(start, exhausted: exhausted)
  }

  /// One step of the optimiser over a window of passes.
  ///
  /// - Returns: mean loss over what the window teaches, and the norm of its gradient.
  private func update(_ window: [TrainingBatch], rate: Double) throws -> (loss: Double, norm: Double) {
    // Summed over the whole window before the first pass, so that any split into passes gives the same loss and gradient.
    let total = window.reduce(0.0) { $0 + $1.totalWeight }
    model.parameters.zeroGradients()
    var sum = 0.0
    var place = DropoutPlace(seed: configuration.seed, step: step, firstRow: 0, firstTaughtRow: 0)
    for batch in window {
      sum += model.accumulateGradients(batch, scale: Float(1 / total), dropout: place)
      place.firstRow += batch.count
      place.firstTaughtRow += batch.taughtRows.count
    }
    let loss = sum / total
    guard loss.isFinite else { throw diverged("loss", loss) }
    let norm = model.parameters.gradientNorm()
    guard norm.isFinite else { throw diverged("gradient's norm", norm) }
    model.parameters.update(
      AdamW(
        beta1: configuration.adamBeta1, beta2: configuration.adamBeta2, epsilon: configuration.adamEpsilon, weightDecay: configuration.weightDecay),
      step: step + 1, rate: rate, norm: norm, maximumNorm: configuration.maxGradNorm)
    return (loss, norm)
  }

  private func validate(_ data: TrainingData) throws -> Double {
    var sum = 0.0
    var total = 0.0
    for first in stride(from: 0, to: data.examples.count, by: configuration.perDeviceEvalBatchSize) {
      let batch = TrainingBatch(data.examples[first..<min(first + configuration.perDeviceEvalBatchSize, data.examples.count)])
      sum += model.loss(batch)
      total += batch.totalWeight
    }
    let loss = sum / total
    guard loss.isFinite else { throw diverged("validation loss", loss) }
    return loss
  }

  private func diverged(_ name: String, _ value: Double) -> TrainingFault {
    TrainingFault(
      .diverged, "the \(name) became \(value) at step \(step) of \(setup.plan.steps)",
      hint: "lower learning_rate (it is \(configuration.learningRate)), add warmup_steps, or lower max_grad_norm (it is \(configuration.maxGradNorm))"
    )
  }

  // MARK: - Checkpoints

  private mutating func resume(_ progress: (TrainingEvent) -> Void) throws {
    let store = output.checkpoints
    try store.removeAbandoned()
    for candidate in try store.steps().reversed() {
      let manifest: CheckpointManifest
      do {
        manifest = try store.verifiedManifest(ofStep: candidate)
        if let best = manifest.validation.bestStep, best != candidate { _ = try store.verifiedManifest(ofStep: best) }
      } catch let fault as FileFault {
        progress(.note("checkpoint of step \(candidate) is passed over: \(fault)"))
        continue
      }
      let differences = manifest.identity.differences(from: setup.identity)
      guard differences.isEmpty else {
        throw TrainingFault(
          .conflict,
          "\(store.folder.path): holds checkpoints of another run: \(differences.joined(separator: ", ")) differ\(differences.count == 1 ? "s" : "")",
          hint: "choose another output folder, or --no-resume to start anew in this one")
      }
      try store.load(step: candidate, into: model.parameters)
      step = manifest.step
      stopping = manifest.validation
      tokens = manifest.tokens
      loss = manifest.loss
      earlierSeconds = manifest.wallSeconds
      resumedFrom = step
      if manifest.numerics != setup.numerics.identity {
        progress(
          .note("the checkpoint was computed by \(manifest.numerics), now by \(setup.numerics.identity): the result will differ in the last bits"))
      }
      progress(.note("going on from the checkpoint of step \(step)"))
      return
    }
  }

  private func saveCheckpoint() throws {
    try output.checkpoints.save(
      model.parameters,
      manifest: CheckpointManifest(
        step: step, epoch: setup.plan.epoch(ofStep: step), epochStep: step % setup.plan.stepsPerEpoch, identity: setup.identity, validation: stopping,
        loss: loss, tokens: tokens, wallSeconds: wallSeconds, numerics: setup.numerics.identity, files: [:]))
    try output.checkpoints.prune(keepNewest: 2, andSteps: Set([stopping.bestStep].compactMap { $0 }))
  }

  // MARK: - The end

  private mutating func finish(_ start: [Digest], exhausted: Bool) throws -> TrainingOutcome {
    var resultStep = step
    if configuration.loadBestModelAtEnd, let best = stopping.bestStep, best != step {
      try output.checkpoints.loadValues(step: best, into: model.parameters)
      resultStep = best
    }
    try checkMoved(start, steps: resultStep)
    var outcome = TrainingOutcome(
      output: output.url.relativePath, steps: step, plannedSteps: setup.plan.steps, resumedFrom: resumedFrom, loss: loss, resultStep: resultStep,
      bestStep: stopping.bestStep, bestValidationLoss: stopping.bestLoss,
      stopReason: exhausted
        ? "stopped early: \(stopping.misses) validations without improvement on step \(stopping.bestStep ?? 0)" : "finished",
      weightsDigest: "", tokens: tokens, wallSeconds: wallSeconds)
    outcome.weightsDigest = try writeWeights()
    outcome.wallSeconds = wallSeconds
    record.status = .finished
    record.wallSeconds = outcome.wallSeconds
    record.outcome = outcome
    try DurableFile.write(ModelCard(record: record, outcome: outcome).text, to: output.url.appending(path: "README.md"))
    // Last: the folder is a finished run's from here on.
    try record.write(in: output.url)
    if !setup.request.keepsCheckpoints { try output.checkpoints.removeAll() }
    return outcome
  }

  /// Writes the result: a PEFT folder, or a Hugging Face folder in bfloat16.
  ///
  /// - Returns: SHA-256 of the weights file.
  private func writeWeights() throws -> String {
    var writer = SafetensorsWriter()
    let type: SafetensorsType = configuration.lora == nil ? .bf16 : .f32
    for tensor in model.parameters.tensors {
      writer.add(tensor.name, shape: tensor.shape, floats: model.parameters.values(of: tensor).array, as: type)
    }
    if let lora = configuration.lora {
      try ModelFiles.writeAdapterConfiguration(lora, base: setup.request.model, to: output.url)
    } else {
      try ModelFiles.copyCompanions(of: setup.request.model, to: output.url)
    }
    let weights = output.url.appending(path: configuration.lora == nil ? OutputFolder.modelWeights : OutputFolder.adapterWeights)
    try writer.write(to: weights)
    return try fileDigest(weights)
  }

  /// Every tensor must have left its start: a gradient that never reaches a tensor is a fault no loss curve shows.
  private func checkMoved(_ start: [Digest], steps: Int) throws {
    let rate = LearningRate(configuration, steps: setup.plan.steps)
    // A starts to move only once B has left 0, so two steps with a rate above 0 are needed before silence means anything.
    guard (0..<steps).count(where: { rate($0) > 0 }) >= 2 else { return }
    let still = zip(model.parameters.tensors, zip(start, model.parameters.digests())).filter { $0.1.0 == $0.1.1 }.map(\.0.name)
    guard still.isEmpty else {
      throw TrainingFault(
        .selfCheck, "\(still.count) tensors did not move in \(steps) steps: \(still.prefix(5).joined(separator: ", "))",
        hint: "the rows may be too short to reach them (attention needs two tokens before a taught one), or learning_rate too small")
    }
  }

  /// Writes into the record how a run that failed ended.
  mutating func record(_ fault: TrainingFault) throws {
    record.status = fault.kind == .interrupted ? .interrupted : .failed
    record.failure = fault.message
    record.wallSeconds = wallSeconds
    try record.write(in: output.url)
  }

  // MARK: - Time

  private var wallSeconds: Double { earlierSeconds + seconds(since: begin) }

  private func seconds(since instant: ContinuousClock.Instant) -> Double {
    let (whole, atto) = (ContinuousClock.now - instant).components
    return Double(whole) + Double(atto) * 1e-18
  }

  private func progressNow(_ rate: Double, _ speed: Double) -> TrainingProgress {
    let done = step - resumedFrom
    let left = done > 0 ? seconds(since: begin) / Double(done) * Double(setup.plan.steps - step) : 0
    return TrainingProgress(
      step: step, of: setup.plan.steps, loss: loss, learningRate: rate, validationLoss: stopping.lastLoss, tokensPerSecond: speed, secondsLeft: left)
  }
}
