import Foundation
import Logging
import ServiceLifecycle

/// Tells systemd that the daemon is alive, and what it is doing. Alive means: every loop has moved lately, and the cooperative pool runs new tasks (this
/// one is such a task).
struct WatchdogService: Service {
  let notifier: SystemdNotifier
  let health: HealthBoard
  let status: @Sendable () async -> String
  let logger: Logger

  /// A loop that has not moved for so long is stuck; the longest step between two beats is a batch of predictions.
  static let patience = Duration.seconds(120)

  func run() async throws {
    let interval = notifier.watchdogInterval ?? .seconds(10)
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        if health.isAlive(within: Self.patience) {
          notifier.watchdog()
        } else {
          logger.critical("a loop is stuck; leaving it to the watchdog to restart the daemon")
        }
        notifier.status(await status())
        try? await Task.sleep(for: min(interval, .seconds(10)))
      }
    }
  }
}
