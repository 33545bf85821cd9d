package import Foundation
package import Logging
import Files
import Postgres
import Records
package import Rules
package import ServiceLifecycle
import Storage

/// The daemon put together: the one place that knows every part.
///
/// Start: configuration and rules are valid, the state directory is ours, the state database is there and migrated, the models are read and their hashes
/// agree, the socket is bound; only then READY. The *source* or a remote model's server being away is no reason not to start: the daemon is
/// degraded, says so, and recovers.
package struct VigilDaemon: Sendable {
  package let context: DaemonContext
  package let deployments: [String: Deployment]
  package let health = HealthBoard()
  package let schedule = ScheduleBoard()
  private let stateDirectory: StateDirectory
  private let notifier: SystemdNotifier

  /// - Throws: what keeps the daemon from starting, in words.
  package init(
    configuration: Configuration, rules: RuleSet, clock: any DaemonClock, executable: URL, logger: Logger,
    notifier: SystemdNotifier = SystemdNotifier()
  ) async throws {
    stateDirectory = try StateDirectory(configuration.directory)
    self.notifier = notifier
    let holder = configuration.directory.path
    let storage = try StateDatabase(url: configuration.database, purpose: "state", logger: logger)
    let context = DaemonContext(
      configuration: configuration, storage: storage,
      objects: ContentStore(configuration.directory.appending(path: "objects", directoryHint: .isDirectory)),
      clock: clock, rules: RulesInForce(rules), executable: executable, holder: holder, logger: logger)
    self.context = context
    deployments = Dictionary(
      try configuration.deployments.map { ($0.name, try Deployment($0, logger: logger)) }, uniquingKeysWith: { first, _ in first })
    try await Startup(context: context, deployments: deployments, notifier: notifier).run()
  }

  /// The services, in the order in which they start.
  package func services() throws -> [any Service] {
    [
      Scheduler(context: context, deployments: deployments, board: schedule, health: health),
      JobWorker(
        name: "monitoring",
        handlers: [MonitoringCycle(context: context, deployments: deployments), EvaluateJob(context: context, deployments: deployments)],
        context: context,
        health: health),
      JobWorker(name: "training", handlers: [RetrainJob(context: context, deployments: deployments)], context: context, health: health),
      Housekeeping(context: context, deployments: deployments, health: health),
      try DeliveryService(context: context, health: health),
      WatchdogService(notifier: notifier, health: health, status: { await statusLine() }, logger: context.logger),
    ]
  }

  /// Tells systemd that the daemon is ready, once its socket is bound.
  package func ready() async { notifier.ready(await statusLine()) }
  package func stopping() { notifier.stopping() }
  package func reloading() { notifier.reloading() }

  /// One line for `systemctl status`: names of deployments and counts, never a row's text.
  private func statusLine() async -> String {
    let complaints = health.complaints
    let firing = (try? await context.storage.read { try await $0.alerts.list(states: [.firing]).count }) ?? 0
    let state = complaints.isEmpty ? "watching \(deployments.count) deployments" : "degraded: \(complaints.keys.sorted().joined(separator: ", "))"
    return "\(state), \(firing) alerts firing"
  }

  package func close() async {
    for deployment in deployments.values { await deployment.close() }
    await context.storage.close()
  }
}
