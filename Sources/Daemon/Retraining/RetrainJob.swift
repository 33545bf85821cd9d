import Alerting
import Curation
import Evaluation
import Files
import Foundation
import Measures
import Records
import Reports
import Retraining
import Storage

/// Dataset, training, gate, deployment. Each stage leaves a row or a file behind from which the next try goes on: a dataset is its hash, a run has
/// checkpoints, a decision is recorded once.
struct RetrainJob: JobHandler {
  static let kind = "retrain"
  static let priority = 50
  static let attemptsMax = 5
  var kind: String { Self.kind }
  let context: DaemonContext
  let deployments: [String: Deployment]

  func run(_ lease: JobLease, progress: JobProgress) async throws {
    guard let deployment = lease.job.deployment.flatMap({ deployments[$0] }), let request = RetrainRequest(lease.job) else {
      throw MalformedJob(job: lease.job, needs: "the name of a configured deployment, a reason and a slot")
    }
    guard let settings = deployment.configuration.retrain else { throw NotTrainable(deployment: deployment.name) }
    guard let champion = try await context.storage.read({ try await $0.models.champion(deployment.name) }) else {
      throw NoChampion(deployment: deployment.name)
    }
    guard let base = deployment.configuration.model.base else { throw NotTrainable(deployment: deployment.name) }
    let stage = RetrainStages(
      context: context, deployment: deployment, settings: settings, base: base, lease: lease, request: request, progress: progress)
    let run = try await stage.datasetAndRun(champion)
    let challenger = try await stage.train(run, from: champion)
    try await stage.judge(challenger, against: champion, run)
  }
}

/// What the stages of one retraining share.
struct RetrainStages: Sendable {
  let context: DaemonContext
  let deployment: Deployment
  let settings: RetrainConfiguration
  /// Folder of the base model.
  let base: URL
  let lease: JobLease
  let request: RetrainRequest
  let progress: JobProgress

  var name: String { deployment.name }
  var runID: String { "run-\(lease.job.id)" }
  var runFolder: URL { context.configuration.directory.appending(path: "runs/\(runID)", directoryHint: .isDirectory) }

  func suites() throws -> [Suite] { try deployment.configuration.suites.map { try Suite.read($0.file) } }
  func heldBack() throws -> [LabelledItem] { try settings.heldBack.map(LabelledFile.read) ?? [] }
}

struct NotTrainable: Error, CustomStringConvertible {
  var deployment: String

  var description: String {
    "\(deployment) cannot be retrained: its configuration has no retrain section, or its model is remote\nhint: vigil init shows the section"
  }
}

// MARK: - Dataset

extension RetrainStages {
  /// Labels are read again first: what a clerk has corrected since must be learnt as corrected.
  func datasetAndRun(_ champion: Champion) async throws -> RunRecord {
    if let run = try await context.storage.read({ try await $0.runs.find(runID) }) { return run }
    progress.report(["stage": "dataset"])
    // A change is answered with the world since the change, and the window in which it was seen; what was before is replayed.
    let earliest = request.slot.addingTimeInterval(-settings.recent.timeInterval)
    let changed = request.changeSince?.addingTimeInterval(-deployment.configuration.window.length.timeInterval)
    let from = request.rowsSince ?? max(earliest, changed ?? earliest)
    let window = Window(start: from, end: request.slot)
    let samples = try await context.storage.read { try await $0.samples.window(name, window) }
    _ = try await LabelRefresh(context: context, deployment: deployment, source: deployment.trainingSource).run(
      samples, at: request.slot, lease: lease)
    let labelled = try await context.storage.read { try await $0.samples.window(name, window, labels: .labelled) }
    let parent = try await champion.model.dataset.asyncMap { id in try await context.storage.read { try await $0.datasets.find(id) } } ?? nil
    let lineage = Lineage(
      deployment: name, reason: request.reason, productionFrom: from, productionUntil: request.slot, parent: parent?.id, champion: champion.model.id,
      rebalanced: request.slice?.text, seed: deployment.configuration.sampling.seed)
    let built = try DatasetBuilder(deployment: deployment.configuration, objects: context.objects).build(
      production: labelled.map(Self.row), parentRows: try TrainedRows(objects: context.objects).rows(parent), rebalancing: request.slice,
      lineage: lineage,
      suites: try suites(), heldBack: try heldBack())
    let body = JSONValue.object([
      "counts": .object(built.counts.mapValues { .number(Double($0)) }), "audit": try Self.json(built.audit), "lineage": try Self.json(built.lineage),
    ])
    let record = DatasetRecord(
      id: built.id, deployment: name, path: built.folder.path, digest: built.digest.hex, rows: built.counts.values.reduce(0, +),
      createdAt: request.slot,
      body: body)
    let configuration = try trainingSettings()
    var described = configuration
    described["change_since"] = request.changeSince.map { .string(Timestamp.text($0)) }
    described["reason"] = .string(request.reason)
    let run = RunRecord(
      id: runID, deployment: name, dataset: built.id, base: champion.model.baseDigest, configuration: .object(described),
      seed: Int(configuration["seed"]?.numberValue ?? 0), job: lease.job.id, path: runFolder.path, startedAt: request.slot)
    try await context.storage.transaction { tx in
      try await tx.jobs.hold(lease)
      try await tx.datasets.insert(record)
      try await tx.runs.start(run)
    }
    return run
  }

  private static func row(_ sample: Sample) -> TrainingRow {
    TrainingRow(
      key: sample.key, input: sample.input, label: sample.label ?? "", origin: TrainingRow.production, columns: sample.columns, time: sample.time)
  }

  private func trainingSettings() throws -> [String: JSONValue] {
    guard let file = settings.training else { return ["lora": ["r": 16, "lora_alpha": 32]] }
    let value = try JSONForm.decoder().decode(JSONValue.self, from: try Data(contentsOf: file))
    guard case .object(let members) = value else {
      throw FileFault(file: file.path, problem: "is not a JSON object", hint: "names of transformers and PEFT, as vigil train --config reads them")
    }
    return members
  }

  static func json(_ value: some Encodable) throws -> JSONValue {
    try JSONForm.decoder().decode(JSONValue.self, from: JSONForm.encoder().encode(value))
  }
}

// MARK: - Training

extension RetrainStages {
  /// Trains (or goes on from the last checkpoint), keeps the adapter by its hash and enters it in the registry as challenger.
  func train(_ run: RunRecord, from champion: Champion) async throws -> ModelVersion {
    if let existing = try await context.storage.read({ reader in try await reader.models.list(name).first { $0.run == run.id } }) { return existing }
    guard let datasetID = run.dataset, let dataset = try await context.storage.read({ try await $0.datasets.find(datasetID) }) else {
      throw MalformedJob(job: lease.job, needs: "a run with a dataset")
    }
    guard let digest = Digest(hex: dataset.digest) else { throw MalformedJob(job: lease.job, needs: "a dataset with a hash") }
    let folder = try context.objects.verified(digest)
    let process = TrainingProcess(
      executable: context.executable, base: base, start: champion.model.adapterPath.map { URL(filePath: $0) },
      dataset: folder, output: runFolder, settings: run.configuration.objectValue.map(Self.trainerSettings) ?? [:])
    do {
      try await process.run { line in
        if var members = line.objectValue {
          members["stage"] = "train"
          progress.report(.object(members))
        }
      }
    } catch let failure as TrainingFailed where !failure.temporary {
      try await context.storage.transaction { tx in
        try await tx.jobs.hold(lease)
        try await tx.runs.finish(run.id, .failed, result: ["error": .string(failure.description)], at: request.slot)
      }
      throw failure
    }
    let adapter = try context.objects.put(folder: runFolder.appending(path: "adapter").adapterFiles())
    let path = context.objects.path(of: adapter).path
    let predictor = try LocalPredictor(
      base: base, adapter: URL(filePath: path), labels: deployment.configuration.labels,
      system: deployment.configuration.model.system, inputTokensMax: deployment.configuration.model.inputTokensMax)
    let version = ModelVersion(
      id: predictor.model, deployment: name, basePath: champion.model.basePath, baseDigest: champion.model.baseDigest, adapterPath: path,
      adapterDigest: adapter.hex, dataset: run.dataset, run: run.id, status: .challenger, createdAt: request.slot)
    try await context.storage.transaction { tx in
      try await tx.jobs.hold(lease)
      try await tx.models.register(version)
      try await tx.runs.finish(run.id, .done, result: ["adapter": .string(adapter.hex), "model": .string(version.id)], at: request.slot)
    }
    return version
  }

  /// Without what only the daemon reads.
  private static func trainerSettings(_ all: [String: JSONValue]) -> [String: JSONValue] {
    all.filter { !["change_since", "reason"].contains($0.key) }
  }
}

extension URL {
  /// The adapter alone: the trainer's output folder also holds checkpoints and logs.
  fileprivate func adapterFiles() throws -> URL {
    let clean = deletingLastPathComponent().appending(path: "adapter-files", directoryHint: .isDirectory)
    try? FileManager.default.removeItem(at: clean)
    try FileManager.default.createDirectory(at: clean, withIntermediateDirectories: true)
    for name in ["adapter_model.safetensors", "adapter_config.json"] {
      try FileManager.default.copyItem(at: appending(path: name), to: clean.appending(path: name))
    }
    return clean
  }
}
