import Files
import Foundation
import Kernels
import LanguageModel

/// Everything a run is made of, opened and checked before anything is written.
struct TrainingSetup {
  let request: TrainingRequest
  let model: ModelFolder
  /// The model's configuration: only plain Llamas can be trained.
  let llama: LlamaConfiguration
  let initialAdapter: AdapterFolder?
  let train: TrainingData
  let valid: TrainingData?
  let plan: BatchPlan
  let identity: RunIdentity
  let numerics: RunRecord.Numerics
  /// What a person should know before it starts.
  var notes: [String] = []

  var configuration: TrainingConfiguration { request.configuration }

  init(_ request: TrainingRequest) throws {
    self.request = request
    let configuration = request.configuration
    if request.fromScratch, configuration.lora != nil {
      throw TrainingFault(
        .configuration, "an adapter cannot be trained on random weights", hint: "leave out lora to train all parameters from scratch")
    }
    guard request.output.standardizedFileURL.path != request.model.standardizedFileURL.path else {
      throw TrainingFault(.conflict, "\(request.output.path): is the base model's own folder", hint: "choose another output folder")
    }
    let base = try ModelFolder.open(request.model, weights: request.fromScratch ? .notNeeded : .needed)
    model = base
    llama = try LlamaConfiguration(base.configuration, file: base.url.appending(path: "config.json").path)
    let limit = base.configuration.maximumPositions
    guard configuration.maxLength <= limit else {
      throw TrainingFault(
        .configuration, "max_length \(configuration.maxLength) is more than the model's \(limit) positions", hint: "set it to \(limit) or less")
    }
    guard configuration.maxLength != 1 else {
      throw TrainingFault(.configuration, "max_length 1 leaves nothing to learn", hint: "a sequence needs at least two tokens")
    }
    initialAdapter = try configuration.lora.flatMap { lora in
      try lora.initAdapter.map { try Self.openAdapter($0, lora: lora, base: base) }
    }
    let reader = TrainingRowReader(
      model: base, maximumLength: configuration.maxLength > 0 ? configuration.maxLength : limit, truncation: configuration.truncationMode)
    train = try TrainingData(request.train, reader: reader)
    valid = try request.valid.map { file in try TrainingData(file, reader: reader) }
    plan = BatchPlan(rows: train.examples.count, configuration: configuration)
    // The path of the adapter says nothing about its bytes, which its digest does.
    var pathless = configuration
    pathless.lora?.initAdapter = nil
    identity = RunIdentity(
      configuration: Digest.of(try Form.json(pathless)), train: train.digest, validation: valid?.digest, base: model.digest,
      initialAdapter: initialAdapter?.digest)
    numerics = RunRecord.Numerics(blas: BLAS.coreName, kernels: Compute.instructionSet, threads: Compute.threads)
    noteCounts()
  }

  private static func openAdapter(_ path: String, lora: TrainingConfiguration.LoRA, base: ModelFolder) throws -> AdapterFolder {
    let adapter = try AdapterFolder.open(URL(filePath: path, directoryHint: .isDirectory), base: base)
    let found = adapter.configuration
    func demand(_ holds: Bool, _ name: String, _ theirs: String, _ ours: String) throws {
      guard holds else {
        throw TrainingFault(
          .configuration, "\(path): has \(name) \(theirs), the configuration says \(ours)", hint: "to continue from an adapter its shape must be kept"
        )
      }
    }
    try demand(found.isPlain, "more than low-rank pairs of one rank:", "DoRA, biases, patterns, chosen layers or saved modules", "a plain LoRA")
    try demand(found.rank == lora.r, "rank", "\(found.rank)", "\(lora.r)")
    try demand(found.scale == Float(lora.scale), "scale", "\(found.scale)", "\(lora.scale)")
    let theirs = Set(found.targets)
    try demand(
      theirs == Set(lora.targetModules), "target modules", theirs.map(\.rawValue).sorted().joined(separator: ", "),
      lora.targetModules.map(\.rawValue).sorted().joined(separator: ", "))
    return adapter
  }

  private mutating func noteCounts() {
    for (name, counts) in [("training", train.counts), ("validation", valid?.counts)] {
      guard let counts else { continue }
      if counts.mergedBoundaries > 0 {
        notes.append(
          "\(counts.mergedBoundaries) of \(counts.rows) \(name) rows: the tokens at the end of the prompt changed with the completion; supervision begins there"
        )
      }
      if counts.truncated > 0 { notes.append("\(counts.truncated) of \(counts.sequences) \(name) sequences were cut to the longest length allowed") }
      if counts.withoutStop > 0 {
        notes.append("\(counts.withoutStop) of \(counts.rows) \(name) rows teach no stop token; a model trained on them alone does not learn to stop")
      }
    }
    if configuration.earlyStoppingPatience > 0, valid == nil {
      notes.append("early_stopping_patience is set and there are no validation rows: the run will not stop early")
    }
    if configuration.lrSchedulerType == .constant, configuration.warmupSteps > 0 || configuration.warmupRatio > 0 {
      notes.append("lr_scheduler_type constant has no warmup, as in transformers; constant_with_warmup has")
    }
  }

  /// Steps between validations.
  var evaluationInterval: Int { configuration.evalSteps > 0 ? configuration.evalSteps : max(1, (plan.steps + 9) / 10) }

  /// Steps between checkpoints.
  var checkpointInterval: Int {
    configuration.saveSteps > 0 ? configuration.saveSteps : valid != nil ? evaluationInterval : max(1, (plan.steps + 9) / 10)
  }
}

func fileDigest(_ url: URL) throws -> String { try Digest.of(file: url).hex }
