import Documents
package import Foundation
import Records
import ServiceLifecycle
import Storage
import Synchronization

/// Turns time into jobs: for each deployment the cycle's slots and the suites' slots that have come due, each exactly once.
///
/// Slots are multiples of the period since 1970, so they do not depend on when the daemon started. After an outage only the latest missed slot of each kind
/// is made up for: a cycle reads everything that came meanwhile.
struct Scheduler: Service {
  let context: DaemonContext
  let deployments: [String: Deployment]
  let board: ScheduleBoard
  let health: HealthBoard

  static let tick = Duration.milliseconds(50)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        health.beat("scheduler")
        do {
          try await runOnce()
          health.well("scheduler")
        } catch is CancellationError {
          return
        } catch {
          health.ill("scheduler", "\(error)")
          context.logger.error("could not plan", metadata: ["error": "\(error)"])
          try? await Task.sleep(for: .seconds(2))
        }
        try? await Task.sleep(for: Self.tick)
      }
    }
  }

  /// Plans everything that is due at the clock's present time.
  func runOnce() async throws {
    let now = try context.clock.now()
    if let planned = board.plannedThrough, now == planned { return }
    for deployment in deployments.values.sorted(by: { $0.name < $1.name }) { try await plan(deployment, now) }
    board.planned(through: now)
  }

  private func plan(_ deployment: Deployment, _ now: Date) async throws {
    let name = deployment.name
    let every = deployment.configuration.window.every
    try await context.storage.transaction { tx in
      let slot = Self.slot(at: now, every: every.timeInterval)
      if try await tx.cycles.find(name, slot: slot) == nil {
        try await tx.jobs.enqueueOnce(
          kind: MonitoringCycle.kind, deployment: name, arguments: ["slot": .string(Timestamp.text(slot))],
          uniqueKey: "\(name)/\(Timestamp.text(slot))",
          priority: 10)
      }
      for suite in deployment.configuration.suites {
        let slot = Self.slot(at: now, every: suite.every.timeInterval)
        let file = suite.file.lastPathComponent
        try await tx.jobs.enqueueOnce(
          kind: EvaluateJob.kind, deployment: name, arguments: ["slot": .string(Timestamp.text(slot)), "file": .string(file), "reason": "schedule"],
          uniqueKey: "\(name)/\(file)/\(Timestamp.text(slot))", priority: EvaluateJob.priority)
      }
    }
  }

  /// The latest multiple of `every` at or before `time`.
  static func slot(at time: Date, every: TimeInterval) -> Date {
    Date(timeIntervalSince1970: (time.timeIntervalSince1970 / every).rounded(.down) * every)
  }

  /// After an outage only the latest slot is made up for, so only the latest waits for its end.
  static func patience(slot: Date, every: Period, now: Date) -> Patience {
    let latest = Self.slot(at: now, every: every.timeInterval)
    return slot < latest ? .stepAside("the slot of \(Timestamp.text(latest)) takes its place") : .wait
  }
}

extension JobQueue where Access == WriteAccess {
  /// Enqueues unless a job with this key was ever there, live or ended: a slot is tried once (and retried by the queue), not again at every tick.
  func enqueueOnce(kind: String, deployment: String, arguments: JSONValue, uniqueKey: String, priority: Int) async throws {
    if try await everHad(kind: kind, uniqueKey: uniqueKey) { return }
    _ = try await enqueue(kind: kind, deployment: deployment, arguments: arguments, uniqueKey: uniqueKey, priority: priority)
  }
}

/// Up to which time of the clock everything has been planned.
package final class ScheduleBoard: Sendable {
  private let box = Mutex<Date?>(nil)

  package init() {}

  package var plannedThrough: Date? { box.withLock { $0 } }
  package func planned(through time: Date) { box.withLock { $0 = time } }
}
