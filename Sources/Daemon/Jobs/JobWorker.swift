import Foundation
import Logging
import Records
import RemoteModel
import ServiceLifecycle
import Storage
import Synchronization

/// Does one kind of work. It ends its job itself, in the transaction of its effects (`tx.jobs.complete`).
protocol JobHandler: Sendable {
  var kind: String { get }

  func run(_ lease: JobLease, progress: JobProgress) async throws

  /// What becomes of a job whose remote model cannot be asked.
  func patience(with lease: JobLease) throws -> Patience
}

extension JobHandler {
  func patience(with lease: JobLease) throws -> Patience { .attempts }
}

/// How long a job waits for a remote model that cannot be asked.
enum Patience: Sendable, Hashable {
  /// As for any failure: a number of attempts.
  case attempts
  /// Until it can be asked again, however long that takes.
  case wait
  /// Not at all, and that is no failure: another job does what it would have done.
  case stepAside(String)
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
      if let deployment = lease.job.deployment { health.well(Self.model(of: deployment)) }
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
    if let fault = error as? RemoteFault, try await putOff(lease, fault, logger) { return }
    let temporary = error is any TemporaryFailure || (error as? TrainingFailed)?.temporary == true || Self.isTransient(error)
    health.ill("job:\(lease.job.kind)", "\(error)")
    logger.error("job failed", metadata: ["error": "\(error)", "again": "\(temporary)"])
    try await context.storage.transaction { tx in
      _ = try await tx.jobs.fail(
        lease, error: "\(error)", retryAfter: temporary ? JobBackoff.delay(attempt: lease.job.attempt, random: Double.random(in: 0...1)) : nil)
    }
  }

  // MARK: - Remote models

  /// The part of the daemon's health that is a deployment's remote model.
  static func model(of deployment: String) -> String { "model \(deployment)" }

  /// Puts off a job whose model cannot be asked, if its kind waits for that. The complaint is its deployment's, since other deployments go on.
  private func putOff(_ lease: JobLease, _ fault: RemoteFault, _ logger: Logger) async throws -> Bool {
    guard let deployment = lease.job.deployment, let handler = handlers[lease.job.kind] else { return false }
    let part = Self.model(of: deployment)
    health.ill(part, "predictions are put off, and nothing is lost: \(fault)")
    switch try handler.patience(with: lease) {
    case .attempts: return false
    case .wait:
      let pause = Self.pause(outage: health.complaints[part].map { Date().timeIntervalSince($0.since) } ?? 0)
      logger.warning("the model cannot be asked; the job is put off", metadata: ["error": "\(fault)", "seconds": "\(Int(pause))"])
      try await context.storage.transaction { tx in try await tx.jobs.postpone(lease, error: "\(fault)", for: .seconds(pause)) }
    case .stepAside(let why):
      logger.warning("the model cannot be asked; the job is dropped", metadata: ["error": "\(fault)", "instead": "\(why)"])
      try await context.storage.transaction { tx in
        try await tx.jobs.complete(lease, result: ["dropped": .string(why), "error": .string("\(fault)")])
      }
    }
    return true
  }

  /// Seconds until a model that has been away for `outage` seconds is asked again: a quarter of the outage, so that a short one costs little and a long one
  /// does not keep the lane busy.
  static func pause(outage: TimeInterval) -> TimeInterval { min(max(outage / 4, 5), 300) }

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
