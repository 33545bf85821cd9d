import ArgumentParser
import Dashboard
import Records

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "status", abstract: "How the daemon is. Exit code 6 when an alert fires.")

  @OptionGroup var options: OperatorOptions

  func run() async throws {
    let status = try await options.call { client throws(DaemonClientError) in try await client.status() }
    try options.show(status) { table(status) }
    if status.deployments.contains(where: { $0.firing > 0 }) {
      throw CommandFailure(.findings, "\(status.deployments.map(\.firing).reduce(0, +)) alerts fire", hint: "vigil alerts")
    }
  }

  private func table(_ status: StatusResponse) -> String {
    var lines = [
      "vigil \(status.version), \(status.ready ? "ready" : "not ready"), clock \(Timestamp.short(status.clock))",
      "queue: \(status.queue.queued) waiting, \(status.queue.running) running, \(status.queue.failed) failed; "
        + "messages: \(status.deliveries.waiting) waiting, \(status.deliveries.dead) given up",
    ]
    lines += status.degraded.map { "DEGRADED since \(Timestamp.short($0.since)): \($0.component): \($0.reason)" }
    lines.append("")
    lines.append(
      TextTable.render(
        ["deployment", "state", "champion", "read", "sampled", "labelled", "last cycle", "pending", "firing"],
        status.deployments.map { deployment in
          [
            deployment.name, deployment.state, deployment.champion ?? "-", String(deployment.seen), String(deployment.sampled),
            String(deployment.labelled), deployment.lastMeasuredAt.map(Timestamp.short) ?? "-", String(deployment.pending), String(deployment.firing),
          ]
        }))
    return lines.joined(separator: "\n")
  }
}
