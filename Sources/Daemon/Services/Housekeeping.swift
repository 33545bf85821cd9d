import Foundation
import ServiceLifecycle
import Storage

/// What must happen now and then whoever is at work: leases that ended without a word are freed, and the sources are looked at, so that a table that was
/// renamed or a right that was taken away is told at once and not at the next turn.
struct Housekeeping: Service {
  let context: DaemonContext
  let deployments: [String: Deployment]
  let health: HealthBoard

  static let interval = Duration.seconds(5)
  /// Rounds between two looks at the sources.
  static let sourceRounds = 12

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var round = 0
      while !Task.isCancelled {
        await rescue()
        if round % Self.sourceRounds == 0 { await lookAtSources(first: round == 0) }
        round += 1
        try? await Task.sleep(for: Self.interval)
      }
    }
  }

  private func rescue() async {
    do {
      let rescued = try await context.storage.transaction { tx in try await tx.jobs.rescue() }
      if !rescued.isEmpty { context.logger.notice("leases ran out; the jobs go back to the queue", metadata: ["jobs": "\(rescued)"]) }
      health.well("state database")
    } catch {
      if !Task.isCancelled { health.ill("state database", "\(error)") }
    }
  }

  private func lookAtSources(first: Bool) async {
    for deployment in deployments.values.sorted(by: { $0.name < $1.name }) {
      let part = "source \(deployment.name)"
      do {
        let warnings = try await deployment.inspector.verify()
        health.well(part)
        if first { for warning in warnings { context.logger.warning("\(deployment.name): \(warning)") } }
      } catch {
        if Task.isCancelled { return }
        health.ill(part, "\(error)")
        context.logger.error("the source cannot be read", metadata: ["deployment": "\(deployment.name)", "error": "\(error)"])
      }
    }
  }
}
