import Dashboard
import Foundation
import Glibc
import Records

/// The daemon as its service manager would run it: started, started again when it dies, asked how it is.
actor DaemonProcess {
  private let stage: DemoStage
  private let executable: URL
  private var process: SupervisedProcess
  private(set) var restarts = 0
  nonisolated let client: DaemonClient

  init(stage: DemoStage, executable: URL) throws {
    self.stage = stage
    self.executable = executable
    client = DaemonClient(socket: stage.socket.path)
    process = try Self.start(stage, executable, exitWithParent: true)
  }

  private static func start(_ stage: DemoStage, _ executable: URL, exitWithParent: Bool) throws -> SupervisedProcess {
    var arguments = ["run", "--config", stage.configurationFile.path, "--clock-file", stage.clockFile.path]
    if exitWithParent { arguments.append("--exit-with-parent") }
    return try SupervisedProcess(arguments, executable: executable, log: stage.daemonLog)
  }

  var identifier: pid_t { process.identifier }

  /// kill -9, as a demonstration.
  func kill() { process.send(SIGKILL) }

  /// Waits until everything that is due at `time` has been done: planned, worked off, delivered. Starts the daemon again when it has died.
  func settle(at time: Date, progress: (DaemonGlance) -> Void) async throws {
    let began = ContinuousClock.now
    while true {
      if process.hasEnded {
        restarts += 1
        guard restarts <= Self.restartsMax else {
          throw CommandFailure(.failed, "the daemon ended \(restarts) times; its last words:\n\(lastWords())")
        }
        process = try Self.start(stage, executable, exitWithParent: true)
      }
      // While it starts, nobody answers; that is waited for.
      if let status = try? await client.status() {
        await progress(glance(status))
        if let settled = status.settledAt, settled >= time { return }
        if status.queue.failed > 0 { throw CommandFailure(.failed, "a job of the daemon failed; its log:\n\(lastWords())") }
      }
      guard ContinuousClock.now - began < .seconds(600) else {
        throw CommandFailure(.failed, "the daemon did not come to rest within ten minutes; its last words:\n\(lastWords())")
      }
      try await Task.sleep(for: .milliseconds(15))
    }
  }

  /// What is worth showing; lists are asked for only when their counts have moved.
  private func glance(_ status: StatusResponse) async -> DaemonGlance {
    let counts = [status.deployments.map(\.firing).reduce(0, +), status.queue.running]
    if counts != shownCounts {
      // The next look shows what this one could not get.
      shownFiring = (try? await client.alerts(AlertQuery(states: [.firing])).map { "\($0.alert.rule): \($0.headline)" }) ?? shownFiring
      shownCounts = counts
    }
    let running = status.queue.running > 0 ? try? await client.jobs(JobQuery(state: "running", limit: 3)) : nil
    let work = (running ?? []).compactMap { job in job.kind == "cycle" ? nil : "\(job.kind): \(job.note ?? "at work")" }.joined(separator: "; ")
    return DaemonGlance(firing: shownFiring, champion: status.deployments.first?.champion, work: work)
  }

  private var shownCounts: [Int] = []
  private var shownFiring: [String] = []

  func stop() async { await process.stop() }

  /// Leaves a daemon behind that does not end with this process.
  func leaveRunning() async throws {
    await process.stop()
    process = try Self.start(stage, executable, exitWithParent: false)
  }

  private func lastWords() -> String {
    let text = (try? String(contentsOf: stage.daemonLog, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(12).joined(separator: "\n")
  }

  private static let restartsMax = 100
}

/// What the demo shows of the daemon at one look.
struct DaemonGlance: Sendable {
  /// Rule and headline of each alert that fires.
  var firing: [String]
  var champion: String?
  var work: String
}
