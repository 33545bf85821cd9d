import Foundation
import ServiceLifecycle
import Storage

/// What must happen now and then whoever is at work: leases that ended without a word are freed, and the sources are looked at.
struct Housekeeping: Service {
  let context: DaemonContext
  let health: HealthBoard

  static let interval = Duration.seconds(5)

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          let rescued = try await context.storage.transaction { tx in try await tx.jobs.rescue() }
          if !rescued.isEmpty { context.logger.notice("leases ran out; the jobs go back to the queue", metadata: ["jobs": "\(rescued)"]) }
          health.well("state database")
        } catch is CancellationError {
          return
        } catch {
          health.ill("state database", "\(error)")
        }
        try? await Task.sleep(for: Self.interval)
      }
    }
  }
}
