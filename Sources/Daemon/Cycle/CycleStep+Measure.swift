import Foundation
import Measures
import Records
import Rules
import Storage

extension CycleStep {
  /// Measures the window that ends now. It never spans a change of champion, and holds nothing that the champion was trained on.
  func measure(_ champion: Champion, _ counts: inout [String: Int]) async throws -> Measured {
    let begin = slot.addingTimeInterval(-deployment.configuration.window.length.timeInterval)
    let start = champion.answersFrom.map { max(begin, $0) } ?? begin
    let window = Window(start: min(start, slot), end: slot)
    let trained = try TrainedRows(objects: context.objects).keys(of: champion.model, try await dataset(of: champion))
    let reference = try await context.storage.read { try await $0.references.latest(name, purpose: Self.inputReference) }
    // Until there is a reference there is nothing to say but what the window looks like.
    let (current, compared) = try await context.storage.read { reader in
      let current = try await reader.predictions.observations(name, model: champion.model.id, window)
      let compared = try await reference.asyncMap { try await reader.references.observations($0.id, model: champion.model.id) } ?? []
      return (current.filter { !trained.contains($0.sample.key) }, compared.filter { !trained.contains($0.sample.key) })
    }
    let settings = MeasureSettings(
      protectedColumns: deployment.configuration.protected, columns: deployment.configuration.source.columns,
      taskLabels: deployment.configuration.labels, seed: deployment.configuration.sampling.seed &+ 1)
    let baselines = try await baselines(champion, reference: compared, settings)
    let input = MeasureInput(
      window: window, referenceWindow: reference?.window, reference: compared, current: current, baselines: baselines, model: champion.model.id)
    let limits = ModelLimits(try await deployment.predictors.predictor(for: champion.model).limits)
    let measurements = limits.applied(to: await Task.detached { Detectors.measure(input, settings) }.value)
    counts["measurements"] = measurements.count
    counts["changed"] = measurements.count { $0.verdict == .changed }
    return Measured(measurements: measurements, failures: [], window: window, current: current, reference: compared)
  }

  /// What this champion could do when it was new: as the gate measured it, or, for one that was never at a gate, on the reference.
  private func baselines(_ champion: Champion, reference: [Observation], _ settings: MeasureSettings) async throws -> Baselines {
    let stored = try await context.storage.read { try await $0.baselines.list(name, model: champion.model.id) }
    if !stored.isEmpty { return BaselineStore.values(stored) }
    let labelled = reference.filter { $0.sample.label != nil }
    guard labelled.count >= settings.minimumReferenceRows else { return Baselines() }
    let computed = Measures.Baseline.compute(labelled, model: champion.model.id, settings)
    try await context.storage.transaction { tx in
      try await tx.jobs.hold(lease)
      try await tx.baselines.store(BaselineStore.rows(computed, deployment: name, at: slot))
    }
    return computed
  }

  private func dataset(of champion: Champion) async throws -> DatasetRecord? {
    guard let id = champion.model.dataset else { return nil }
    return try await context.storage.read { try await $0.datasets.find(id) }
  }
}

/// Baselines as rows of their table and back.
enum BaselineStore {
  private static let signature = "baseline|v1"

  static func rows(_ baselines: Baselines, deployment: String, at time: Date) -> [Storage.Baseline] {
    baselines.values.map {
      Storage.Baseline(
        deployment: deployment, model: $0.model, measure: $0.measure, slice: $0.slice, signature: signature, value: $0.value, n: $0.n, at: time)
    }
  }

  static func values(_ rows: [Storage.Baseline]) -> Baselines {
    Baselines(rows.map { BaselineValue(measure: $0.measure, slice: $0.slice, value: $0.value, n: $0.n, model: $0.model) })
  }
}

extension Optional {
  func asyncMap<T>(_ body: (Wrapped) async throws -> T) async rethrows -> T? {
    switch self {
    case .some(let value): try await body(value)
    case .none: nil
    }
  }
}
