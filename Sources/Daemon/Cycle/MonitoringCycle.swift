import Foundation
import Records
import Storage

/// One turn of the loop for one deployment: sample, predict, measure, judge. What must be done about it (alerting, evaluating, retraining) goes into
/// queues in the judgement's own transaction.
///
/// A turn may be killed anywhere and run again: each step is one transaction that happens once, and the turn's slot is finished with the last.
struct MonitoringCycle: JobHandler {
  static let kind = "cycle"
  var kind: String { Self.kind }
  let context: DaemonContext
  let deployments: [String: Deployment]

  func run(_ lease: JobLease, progress: JobProgress) async throws {
    guard let deployment = lease.job.deployment.flatMap({ deployments[$0] }), let slot = lease.job.time("slot") else {
      throw MalformedJob(job: lease.job, needs: "the name of a configured deployment and a slot")
    }
    let step = CycleStep(context: context, deployment: deployment, lease: lease, slot: slot)
    var counts: [String: Int] = [:]

    try await step.sample(&counts)
    try await step.refreshLabels(&counts)
    let champion = try await context.champion(of: deployment)
    try await step.predict(champion, &counts)
    try await step.sealReference(champion, &counts)
    let measured = try await step.measure(champion, &counts)
    try await step.judge(measured, of: champion, counts)
  }

  /// A later turn samples and predicts all that this one would have, so only the latest waits.
  func patience(with lease: JobLease) throws -> Patience {
    guard let deployment = lease.job.deployment.flatMap({ deployments[$0] }), let slot = lease.job.time("slot") else { return .attempts }
    return Scheduler.patience(slot: slot, every: deployment.configuration.window.every, now: try context.clock.now())
  }
}

/// What the steps of one turn share.
struct CycleStep: Sendable {
  let context: DaemonContext
  let deployment: Deployment
  let lease: JobLease
  /// The moment the turn is about: windows end here, and alerts are judged at it.
  let slot: Date

  var name: String { deployment.name }
}

/// A job whose arguments make no sense to this version.
struct MalformedJob: Error, CustomStringConvertible {
  var job: Job
  var needs: String

  var description: String { "job \(job.kind) \(job.id) cannot be run: it needs \(needs)\nhint: vigil jobs shows its arguments" }
}

struct NoChampion: Error, CustomStringConvertible {
  var deployment: String

  var description: String { "\(deployment) has no champion\nhint: the daemon registers the configured model when it starts" }
}

extension Job {
  func time(_ key: String) -> Date? { arguments[key]?.stringValue.flatMap(Timestamp.parse) }
  func text(_ key: String) -> String? { arguments[key]?.stringValue }
}
