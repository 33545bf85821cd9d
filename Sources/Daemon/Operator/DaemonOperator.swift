package import Dashboard
import Foundation
import Records
import Storage
import Synchronization

/// What an operator can see and do, over the daemon's records. What is asked for by hand ends in the same queue as what a rule asks for.
package struct DaemonOperator: OperatorInterface {
  let daemon: VigilDaemon
  let startedAt = Date()
  let reloader: @Sendable () async -> ReloadResponse
  private let lastKnown = LastKnown()

  package static let version = "0.1.0"

  package init(daemon: VigilDaemon, reloader: @escaping @Sendable () async -> ReloadResponse) {
    self.daemon = daemon
    self.reloader = reloader
  }

  var context: DaemonContext { daemon.context }
  var storage: StateDatabase { daemon.context.storage }

  // MARK: - State

  package func unreadyReasons() async -> [String] {
    let complaints = daemon.health.complaints.filter { $0.key == "state database" || $0.key == "scheduler" }
    return complaints.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.reason)" }
  }

  /// With the state database away the answer is what was last known of it, with that as a complaint: this is when an operator asks.
  package func status() async throws -> StatusResponse {
    let clock = try context.clock.now()
    // Read before the queue is: what is planned later is due later.
    let planned = daemon.schedule.plannedThrough
    var complaints = daemon.health.complaints
    let facts: Facts
    do {
      facts = try await storage.read { reader in try await gather(reader) }
      lastKnown.facts = facts
    } catch  where JobWorker.isTransient(error) {
      facts = lastKnown.facts ?? unknown
      daemon.health.ill("state database", "\(error)")
      complaints = daemon.health.complaints
    }
    let away = complaints["state database"] != nil
    let idle = facts.queue.queued == 0 && facts.queue.running == 0 && facts.deliveries.waiting == 0
    return StatusResponse(
      version: Self.version, clock: clock, startedAt: startedAt, settledAt: idle && !away ? planned : nil, ready: await unreadyReasons().isEmpty,
      degraded: complaints.sorted { $0.key < $1.key }.map { DegradedReason(component: $0.key, reason: $0.value.reason, since: $0.value.since) },
      deployments: facts.deployments, queue: facts.queue, deliveries: facts.deliveries)
  }

  struct Facts: Sendable {
    var deployments: [DeploymentStatus]
    var queue: QueueStatus
    var deliveries: DeliveryStatus
  }

  /// Before the state database has ever answered.
  private var unknown: Facts {
    Facts(
      deployments: daemon.deployments.keys.sorted().map { name in
        DeploymentStatus(
          name: name, state: "unknown", champion: nil, seen: 0, sampled: 0, skipped: [:], predicted: 0, labelled: 0, measurements: 0,
          lastSampleAt: nil, lastMeasuredAt: nil, pending: 0, firing: 0)
      }, queue: QueueStatus(queued: 0, running: 0, failed: 0), deliveries: DeliveryStatus(waiting: 0, dead: 0, oldestSeconds: nil))
  }

  private func gather(_ reader: StorageReader) async throws -> Facts {
    var deployments: [DeploymentStatus] = []
    for name in daemon.deployments.keys.sorted() { deployments.append(try await deploymentStatus(name, reader)) }
    let counts = try await reader.jobs.counts()
    let outbox = try await reader.outbox.counts()
    return Facts(
      deployments: deployments,
      queue: QueueStatus(
        queued: (counts[.queued] ?? 0) + (counts[.retry] ?? 0), running: counts[.running] ?? 0, failed: counts[.failed] ?? 0),
      deliveries: DeliveryStatus(waiting: outbox.waiting, dead: outbox.dead, oldestSeconds: try await reader.outbox.oldestWaitingSeconds()))
  }

  private func deploymentStatus(_ name: String, _ reader: StorageReader) async throws -> DeploymentStatus {
    let counts = try await reader.sampleCounts.totals(name)
    let champion = try await reader.models.champion(name)
    let alerts = try await reader.alerts.list(name, states: [.pending, .firing])
    let cycle = try await reader.cycles.latest(name).first
    let sealed = try await reader.references.latest(name, purpose: CycleStep.inputReference) != nil
    return DeploymentStatus(
      name: name, state: sealed ? "watching" : "collecting reference", champion: champion?.model.id, seen: counts.seen, sampled: counts.sampled,
      skipped: Dictionary(counts.skipped.map { ($0.key.rawValue, $0.value) }) { first, _ in first }, predicted: cycle?.counts["predicted"] ?? 0,
      labelled: try await reader.samples.count(name, labels: .labelled), measurements: cycle?.counts["measurements"] ?? 0,
      lastSampleAt: try await reader.samples.latest(name), lastMeasuredAt: cycle?.slot, pending: alerts.count { $0.state == .pending },
      firing: alerts.count { $0.state == .firing })
  }

  package func metrics() async throws -> [MetricFamily] {
    let status = try await status()
    func each(_ value: (DeploymentStatus) -> Double) -> [MetricFamily.Point] {
      status.deployments.map { MetricFamily.Point(value($0), ["deployment": $0.name]) }
    }
    return [
      MetricFamily("vigil_rows_seen_total", .counter, help: "Rows of the source that were looked at.", each { Double($0.seen) }),
      MetricFamily("vigil_rows_sampled_total", .counter, help: "Rows that were drawn.", each { Double($0.sampled) }),
      MetricFamily(
        "vigil_rows_skipped_total", .counter, help: "Rows that were not drawn, by reason; seen = sampled + skipped.",
        status.deployments.flatMap { deployment in
          deployment.skipped.sorted { $0.key < $1.key }.map { .init(Double($0.value), ["deployment": deployment.name, "reason": $0.key]) }
        }),
      MetricFamily("vigil_rows_labelled", .gauge, help: "Samples whose label has arrived.", each { Double($0.labelled) }),
      MetricFamily("vigil_alerts_firing", .gauge, help: "Alerts that fire.", each { Double($0.firing) }),
      MetricFamily("vigil_alerts_pending", .gauge, help: "Alerts that wait for their duration.", each { Double($0.pending) }),
      MetricFamily(
        "vigil_last_cycle_timestamp_seconds", .gauge, help: "Slot of the last finished cycle.",
        each { $0.lastMeasuredAt?.timeIntervalSince1970 ?? 0 }),
      MetricFamily("vigil_jobs_waiting", .gauge, help: "Jobs that wait.", [.init(Double(status.queue.queued))]),
      MetricFamily("vigil_jobs_running", .gauge, help: "Jobs that run.", [.init(Double(status.queue.running))]),
      MetricFamily("vigil_jobs_failed", .gauge, help: "Jobs that failed for good.", [.init(Double(status.queue.failed))]),
      MetricFamily("vigil_messages_waiting", .gauge, help: "Messages not yet delivered.", [.init(Double(status.deliveries.waiting))]),
      MetricFamily("vigil_messages_dead", .gauge, help: "Messages that were given up.", [.init(Double(status.deliveries.dead))]),
      MetricFamily(
        "vigil_oldest_undelivered_seconds", .gauge, help: "Age of the oldest undelivered message.", [.init(status.deliveries.oldestSeconds ?? 0)]),
      MetricFamily(
        "vigil_degraded", .gauge, help: "1 for each part that cannot do its work.", status.degraded.map { .init(1, ["component": $0.component]) }),
    ]
  }

  /// The deployment a request means: the one it names, or the only one there is.
  func deployment(_ name: String?) throws -> Deployment {
    if let name {
      guard let found = daemon.deployments[name] else {
        throw OperatorFault(
          .notFound, "there is no deployment \"\(name)\"", hint: "there are: \(daemon.deployments.keys.sorted().joined(separator: ", "))")
      }
      return found
    }
    guard daemon.deployments.count == 1, let only = daemon.deployments.values.first else {
      throw OperatorFault(.invalid, "there are several deployments", hint: "name one of: \(daemon.deployments.keys.sorted().joined(separator: ", "))")
    }
    return only
  }
}

/// What the state database last said.
private final class LastKnown: Sendable {
  private let box = Mutex<DaemonOperator.Facts?>(nil)

  var facts: DaemonOperator.Facts? {
    get { box.withLock { $0 } }
    set { box.withLock { $0 = newValue } }
  }
}
