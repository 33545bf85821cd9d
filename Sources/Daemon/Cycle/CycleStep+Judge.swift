import Foundation
import Records
import Reports
import Rules
import Storage

extension CycleStep {
  /// Judges what was measured by the rules, and writes in one transaction: measurements, alert states, what happened to them, the messages about it and
  /// the jobs that follow, and that the slot is done.
  func judge(_ measured: Measured, of champion: Champion, _ counts: [String: Int]) async throws {
    let rules = context.rules.current
    try await context.storage.transaction { tx in
      try await tx.jobs.hold(lease)
      guard try await tx.cycles.finish(CycleRecord(deployment: name, slot: slot, finishedAt: slot, counts: counts)) else {
        // The slot was finished before this process took the job over.
        return try await tx.jobs.complete(lease)
      }
      _ = try await tx.measurements.insert(measured.measurements, deployment: name, slot: slot)
      let suites = try await tx.measurements.latest(name).map(\.measurement).filter {
        $0.measure.hasPrefix("suite.") && $0.model == champion.model.id
      }
      let before = try await tx.alerts.lock(name)
      let judgement = rules.judge(
        measured.measurements + suites, failures: measured.failures, alerts: before, deployment: name, at: slot, fingerprint: Fingerprint.of)
      try await tx.alerts.store(judgement.alerts)
      _ = try await tx.alerts.append(judgement.transitions)

      let decisions = RetrainTrigger(context: context, deployment: deployment, slot: slot)
      let plans = try await decisions.act(on: judgement.alerts, rules: rules, tx)
      try await startSuites(judgement.actions, tx)
      let announcer = Announcer(context: context, deployment: deployment, slot: slot, rules: rules)
      for transition in judgement.transitions where transition.to == .firing || transition.to == .resolved {
        guard let alert = judgement.alerts.first(where: { $0.fingerprint == transition.fingerprint }) else { continue }
        try await announcer.announce(alert, transition, measured: measured, plans: plans[alert.fingerprint] ?? [], champion: champion, tx)
      }
      try await tx.jobs.complete(lease, result: .object(counts.mapValues { .number(Double($0)) }))
    }
  }

  private func startSuites(_ actions: [RuleAction], _ tx: StorageWriter) async throws {
    for action in actions {
      guard case .suite(let suite) = action.consequence else { continue }
      _ = try await tx.jobs.enqueue(
        kind: EvaluateJob.kind, deployment: name,
        arguments: ["suite": .string(suite), "slot": .string(Timestamp.text(slot)), "reason": .string(action.reason)],
        uniqueKey: "\(name)/\(suite)/\(action.key)", priority: EvaluateJob.priority)
    }
  }
}

/// What one turn measured, and what it looked at.
struct Measured: Sendable {
  var measurements: [Records.Measurement]
  var failures: [MeasureFailure]
  var window: Window
  var current: [Observation]
  var reference: [Observation]
}
