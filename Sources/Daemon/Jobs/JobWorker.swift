import Foundation
import Logging
import Records
import ServiceLifecycle
import Storage
import Synchronization

/// Does one kind of work. It ends its job itself, in the transaction of its effects (`tx.jobs.complete`).
protocol JobHandler: Sendable {
  var kind: String { get }

  func run(_ lease: JobLease, progress: JobProgress) async throws
}

/// How far a job is: written with its next heartbeat.
final class JobProgress: Sendable {
  private let box = Mutex<JSONValue?>(nil)

  func report(_ value: JSONValue) { box.withLock { $0 = value } }
  var latest: JSONValue? { box.withLock { $0 } }
}

/// An error that trying again may mend: a database that is away, a training process that was killed.
protocol TemporaryFailure: Error {}

/// One lane of work: claims jobs of its kinds, one at a time, and keeps their leases while they run.
///
/// Monitoring and training have a lane each, so that a training of hours does not stop the watch.
struct JobWorker: Service {
  let name: String
  let handlers: [String: any JobHandler]
  let context: DaemonContext
  let health: HealthBoard

  init(name: String, handlers: [any JobHandler], context: DaemonContext, health: HealthBoard) {
    self.name = name
    self.handlers = Dictionary(handlers.map { ($0.kind, $0) }) { first, _ in first }
    self.context = context
    self.health = health
  }

  /// How long a lease lasts; a worker that dies without a restart of its state directory is replaced after this.
  static let lease = Duration.seconds(30)
  /// How often an idle lane looks for work.
  static let poll = Duration.milliseconds(50)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        health.beat(name)
        do {
          if try await runOnce() { continue }
          health.well(name)
        } catch is CancellationError {
          return
        } catch {
          health.ill(name, "\(error)")
          context.logger.error("the \(name) lane cannot look for work", metadata: ["error": "\(error)"])
          try? await Task.sleep(for: .seconds(2))
        }
        try? await Task.sleep(for: Self.poll)
      }
    }
  }

  /// Claims and does one job. Returns whether there was one.
  func runOnce() async throws -> Bool {
    let leases = try await context.storage.transaction { tx in
      try await tx.jobs.claim(kinds: Array(handlers.keys).sorted(), holder: context.holder, ttl: Self.lease)
    }
    guard let lease = leases.first, let handler = handlers[lease.job.kind] else { return false }
    var logger = context.logger
    logger[metadataKey: "job"] = "\(lease.job.kind) \(lease.job.id)"
    logger.debug("job begins")
    do {
      try await withHeartbeat(lease) { progress in try await handler.run(lease, progress: progress) }
      health.well("job:\(lease.job.kind)")
      logger.debug("job is done")
    } catch let lost as LeaseLost {
      logger.warning("\(lost)")
    } catch {
      try await settle(lease, error, logger)
    }
    return true
  }

  private func settle(_ lease: JobLease, _ error: any Error, _ logger: Logger) async throws {
    // The daemon stops, or the operator asked: neither is a failure of the job.
    if Task.isCancelled || error is CancellationError {
      // The task is cancelled, and the row must still be written.
      let storage = context.storage
      try await Task.detached {
        try await storage.transaction { tx in
          if try await tx.jobs.find(lease.job.id)?.cancelRequestedAt != nil {
            try await tx.jobs.cancelled(lease)
          } else {
            try await tx.jobs.release(lease)
          }
        }
      }.value
      logger.notice("job is given back")
      return
    }
    let temporary = error is any TemporaryFailure || (error as? TrainingFailed)?.temporary == true || Self.isTransient(error)
    health.ill("job:\(lease.job.kind)", "\(error)")
    logger.error("job failed", metadata: ["error": "\(error)", "again": "\(temporary)"])
    try await context.storage.transaction { tx in
      _ = try await tx.jobs.fail(
        lease, error: "\(error)", retryAfter: temporary ? JobBackoff.delay(attempt: lease.job.attempt, random: Double.random(in: 0...1)) : nil)
    }
  }

  private func withHeartbeat(_ lease: JobLease, _ body: @escaping @Sendable (JobProgress) async throws -> Void) async throws {
    let progress = JobProgress()
    let storage = context.storage
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await body(progress)
        return true
      }
      group.addTask {
        var held = ContinuousClock.now
        while true {
          try await Task.sleep(for: .seconds(2))
          health.beat(name)
          do {
            let asked = ContinuousClock.now
            let cancelled = try await storage.transaction { tx in try await tx.jobs.renew(lease, ttl: Self.lease, progress: progress.latest) }
            if cancelled { return false }
            held = asked
          } catch  where Self.isTransient(error) && ContinuousClock.now - held < Self.lease - .seconds(5) {
            // The database is away for a moment; the lease lasts a little longer, and work that ends before it does is not lost.
          }
        }
      }
      defer { group.cancelAll() }
      guard let finished = try await group.next() else { return }
      if !finished {
        group.cancelAll()
        while (try? await group.next()) != nil {}
        throw CancellationError()
      }
    }
  }
}
