import Foundation
import RemoteModel
import ServiceLifecycle
import Storage

/// What must happen now and then whoever is at work: leases that ended without a word are freed, and sources and remote models are looked at, so that
/// a table that was renamed, a right that was taken away or a server that is down is told at once and not at the next turn.
struct Housekeeping: Service {
  let context: DaemonContext
  let deployments: [String: Deployment]
  let health: HealthBoard

  static let interval = Duration.seconds(5)
  /// Rounds between two looks at sources and servers.
  static let lookRounds = 12
  /// Seconds that a server has to say which models it serves: rescuing waits meanwhile.
  static let serverTimeout = 5.0

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var round = 0
      while !Task.isCancelled {
        await rescue()
        if round % Self.lookRounds == 0 {
          await lookAtSources(first: round == 0)
          await lookAtServers()
        }
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

  private func lookAtServers() async {
    for deployment in deployments.values.sorted(by: { $0.name < $1.name }) {
      guard let section = deployment.configuration.model.remote else { continue }
      let part = "server \(deployment.name)"
      do {
        var settings = try section.settings()
        settings.timeout = min(settings.timeout, Self.serverTimeout)
        settings.retry.retries = 0
        try await RemotePredictor.look(at: settings)
        health.well(part)
      } catch {
        if Task.isCancelled { return }
        health.ill(part, "\(error)")
        context.logger.error("the remote model cannot be asked", metadata: ["deployment": "\(deployment.name)", "error": "\(error)"])
      }
    }
  }
}
