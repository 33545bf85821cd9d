import ArgumentParser
import Daemon
import Dashboard
import Documents
import Foundation
import Logging
import Rules
import ServiceLifecycle

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "The daemon.",
    discussion: """
      Starts when configuration and rules are valid, the state database answers and is migrated, and the models are read. A source, or a remote \
      model's server, that is away does not keep it from starting: it is degraded, says so in vigil status, and goes on when it is back. SIGTERM ends it in order; work in hand goes \
      back to the queue. SIGHUP or vigil reload reads rules again.
      """)

  @Option(help: ArgumentHelp("Configuration file.", valueName: "file")) var config = "/etc/vigil/vigil.yaml"
  @Option(help: ArgumentHelp("Take the time from this file instead of the system; for rehearsals and replays.", valueName: "file")) var clockFile:
    String?
  @Option(help: "trace, debug, info, notice, warning or error.") var logLevel = "notice"
  @Flag(help: .hidden) var exitWithParent = false

  func run() async throws {
    if exitWithParent { ParentWatch.exitWithParent() }
    guard let level = Logger.Level(rawValue: logLevel) else { throw CommandFailure(.usage, "unknown log level \"\(logLevel)\"") }
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    let logger = Logger(label: "vigil")
    let (configuration, rules) = try ConfigurationFiles.load(config)
    guard let executable = Bundle.main.executableURL else { throw CommandFailure(.failed, "this program cannot find itself") }
    let clock: any DaemonClock = clockFile.map { FileClock(file: URL(filePath: $0)) } ?? SystemClock()
    let daemon: VigilDaemon
    do {
      daemon = try await VigilDaemon(configuration: configuration, rules: rules, clock: clock, executable: executable, logger: logger)
    } catch {
      throw CommandFailure(.failed, "the daemon cannot start: \(error)")
    }
    let reloader = Reloader(file: config, running: configuration, daemon: daemon)
    let interface = DaemonOperator(daemon: daemon) { await reloader.reload() }
    let server = DashboardServer(socket: configuration.socket.path, interface: interface, logger: logger)
    let services: [any Service] =
      [server] + (try daemon.services()) + [ReloadOnHangup(reloader: reloader), ReadyService(daemon: daemon, socket: configuration.socket.path)]
    var group = ServiceGroupConfiguration(
      services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    // Work in hand has a minute to go back to the queue; what does not end by then is cancelled, and its lease runs out.
    group.maximumGracefulShutdownDuration = .seconds(60)
    group.maximumCancellationDuration = .seconds(10)
    do {
      try await ServiceGroup(configuration: group).run()
    } catch {
      throw CommandFailure(.failed, "the daemon ended: \(error)")
    }
    await daemon.close()
  }
}

/// Configuration and rules, or everything that is wrong with them.
enum ConfigurationFiles {
  static func load(_ path: String) throws -> (Configuration, RuleSet) {
    do {
      let configuration = try Configuration.read(URL(filePath: path))
      return (configuration, try RuleLoading.load(configuration))
    } catch let faults as DocumentFaults {
      throw CommandFailure(.failed, faults.description)
    }
  }
}

/// Replaces the rules while the daemon runs; with a fault, the old ones stay.
actor Reloader {
  private let file: String
  private let running: Configuration
  private let daemon: VigilDaemon

  init(file: String, running: Configuration, daemon: VigilDaemon) {
    self.file = file
    self.running = running
    self.daemon = daemon
  }

  func reload() -> ReloadResponse {
    daemon.reloading()
    defer { Task { await daemon.ready() } }
    do {
      let (configuration, rules) = try ConfigurationFiles.load(file)
      var kept = configuration
      kept.rules = running.rules
      kept.origins = running.origins
      guard kept == running else {
        return ReloadResponse(
          applied: false, faults: ["more than the rules has changed in \(file): restart the daemon for that; nothing was changed"], changed: [])
      }
      let before = daemon.context.rules.current
      daemon.context.rules.replace(with: rules)
      let names = Set(before.rules.map(\.name)).symmetricDifference(rules.rules.map(\.name))
      let altered = rules.rules.filter { rule in before.rule(named: rule.name).map { $0 != rule } ?? false }.map(\.name)
      return ReloadResponse(applied: true, faults: [], changed: (names.sorted() + altered.sorted()))
    } catch {
      return ReloadResponse(applied: false, faults: "\(error)".split(separator: "\n").map(String.init), changed: [])
    }
  }
}

/// SIGHUP: what `systemctl reload` sends when nobody waits for the verdict; the log has it.
struct ReloadOnHangup: Service {
  let reloader: Reloader

  func run() async throws {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    signal(SIGHUP, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
    source.setEventHandler { continuation.yield() }
    source.resume()
    defer { source.cancel() }
    for await _ in stream.cancelOnGracefulShutdown() {
      let response = await reloader.reload()
      let logger = Logger(label: "vigil")
      if response.applied {
        logger.notice("reloaded", metadata: ["changed": "\(response.changed.joined(separator: ", "))"])
      } else {
        logger.error("not reloaded; what was in force stays", metadata: ["faults": "\(response.faults.joined(separator: "; "))"])
      }
    }
  }
}

/// Says READY once the socket answers, and STOPPING when the end begins.
struct ReadyService: Service {
  let daemon: VigilDaemon
  let socket: String

  func run() async throws {
    while !FileManager.default.fileExists(atPath: socket) {
      try await Task.sleep(for: .milliseconds(20))
    }
    await daemon.ready()
    try? await gracefulShutdown()
    daemon.stopping()
  }
}
