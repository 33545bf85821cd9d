import ArgumentParser
import Daemon
import Foundation
import HelpDesk
import Logging
import Records
import Reports
import Storage

/// `vigil demo`: the whole loop on this machine.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "The whole loop on this machine: private PostgreSQL, fixture model, forty simulated days of production.",
    discussion: """
      Plays a help desk whose messages are routed by a fine-tuned model, plants four changes that only the demo knows of, and shows what Vigil finds and \
      does. Exit code 0 when everything that must happen has happened, 6 when not.
      """)

  @Option(help: "Another seed plays another world.") var seed: UInt64 = 1
  @Flag(help: "Print the table as JSON.") var json = false
  @Flag(help: "Leave PostgreSQL and the daemon running at the end, for vigil status, alerts, evaluate and retrain.") var keep = false
  @Option(help: ArgumentHelp("Where the report is written.", valueName: "file")) var report = "vigil-demo-report.html"
  @Option(help: ArgumentHelp("The folder with Fixtures and Rules.", valueName: "dir")) var project: String?
  @Option(help: .hidden) var days = World.days
  @Option(help: .hidden) var kills = 0

  func run() async throws {
    let project = try DemoProject.find(project)
    let logger = Logger(label: "demo") { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .warning
      return handler
    }
    guard let executable = Bundle.main.executableURL else { throw CommandFailure(.failed, "this program cannot find itself") }
    let screen = DemoScreen()
    screen.note("starting a private PostgreSQL and the daemon (seed \(seed))")
    let stage = try await DemoStage.set(project: project, seed: seed, logger: logger)
    do {
      let daemon = try DaemonProcess(stage: stage, executable: executable)
      try await daemon.settle(at: .distantPast) { _ in }
      let traffic = try TrafficProcess(stage: stage, executable: executable)
      let conductor = DemoConductor(stage: stage, daemon: daemon, traffic: traffic, screen: screen, kills: kills)
      try await conductor.play(days: days)
      await traffic.stop()
      let outcome = try await conductor.outcome()
      let page = try await DemoReporting(stage: stage, outcome: outcome, days: days).write(to: URL(filePath: report))
      try tell(outcome, page: page)
      if keep {
        try await daemon.leaveRunning()
        let end = stage.cluster.release()
        screen.note("left running. Its socket: export VIGIL_SOCKET=\(stage.socket.path)")
        screen.note("try: vigil status; vigil alerts; vigil evaluate --wait; vigil retrain --wait")
        screen.note("to end it: pkill -f \(stage.configurationFile.path); \(end)")
      } else {
        await daemon.stop()
        await stage.cluster.stop()
      }
      if !outcome.met { throw CommandFailure(.findings, "not everything that must happen has happened; the table says what") }
    } catch {
      if !keep { await stage.cluster.stop() }
      throw error
    }
  }

  private func tell(_ outcome: DemoOutcome, page: URL) throws {
    if json {
      print(try JSONForm.text(outcome, pretty: true))
    } else {
      print(outcome.table())
    }
    printError("\nreport: \(page.path)")
  }
}
