package import Foundation
package import Logging

/// A PostgreSQL server of one's own: made from Debian's binaries in a short temporary folder, on a Unix socket, gone with the process that made it.
///
/// As root the server runs as Debian's user `postgres` (PostgreSQL refuses root), otherwise as the user who asks. Nothing listens on TCP, the folder is
/// closed to other users, which is what makes `trust` authentication safe.
///
/// **It does not outlive its owner**, not even after kill -9: a watchdog in a session of its own holds the reading end of a pipe whose only writing end is
/// ours. When that closes, by `stop()` or by any kind of death, the watchdog stops the server and removes the folder. (`PR_SET_PDEATHSIG` would not
/// do: Linux sends it when the *thread* that forked ends, and dispatch ends its threads when it likes.)
package final class PrivateCluster: Sendable {
  package struct Options: Sendable {
    /// Off, the server may lose data when the machine crashes, never when only the server does; tests and the demo gain most of their time.
    package var fsync = false
    /// Lines for `postgresql.conf`, over ours.
    package var settings: [String: String] = [:]
    /// The parent of the temporary folder; its path must leave room for a socket's (107 bytes in all).
    package var parent = "/tmp"

    package init(fsync: Bool = false, settings: [String: String] = [:], parent: String = "/tmp") {
      self.fsync = fsync
      self.settings = settings
      self.parent = parent
    }
  }

  /// How PostgreSQL goes down.
  package enum StopMode: String, Sendable { case smart, fast, immediate }

  /// The superuser that `initdb` makes.
  package static let superuser = "vigil"

  /// Data, socket, logs.
  package let folder: URL
  let tools: ClusterTools
  private let watchdog: ClusterWatchdog
  private let logger: Logger

  /// Makes and starts a server: two seconds or so.
  package static func start(_ options: Options = Options(), logger: Logger = Logger(label: "vigil.cluster")) async throws -> PrivateCluster {
    let tools = try ClusterTools.find()
    let folder = try tools.makeFolder(in: options.parent)
    // Before there is anything to clean up, there is who does it.
    let watchdog: ClusterWatchdog
    do {
      watchdog = try ClusterWatchdog(folder: folder, stop: tools.command("pg_ctl", ["-D", folder.path + "/data", "-m", "immediate", "-W", "stop"]))
    } catch {
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
    let cluster = PrivateCluster(folder: folder, tools: tools, watchdog: watchdog, logger: logger)
    do {
      try await cluster.initialise(options)
      try await cluster.startServer()
    } catch {
      await cluster.stop()
      throw error
    }
    logger.debug("private PostgreSQL started", metadata: ["folder": "\(folder.path)"])
    return cluster
  }

  private init(folder: URL, tools: ClusterTools, watchdog: ClusterWatchdog, logger: Logger) {
    self.folder = folder
    self.tools = tools
    self.watchdog = watchdog
    self.logger = logger
  }

  /// The connection string for one of its databases.
  package func url(database: String = "postgres", user: String = superuser) -> String {
    "postgresql://\(user)@/\(database)?host=\(folder.path)"
  }

  /// A connection as superuser.
  package func connection(database: String = "postgres", purpose: String = "cluster") throws -> PostgresConnection {
    PostgresConnection(try PostgresConfiguration(url: url(database: database), purpose: purpose), logger: logger)
  }

  /// - name: taken letter for letter.
  /// - Returns: its connection string as superuser.
  @discardableResult
  package func createDatabase(_ name: String, template: String? = nil) async throws -> String {
    let connection = try connection()
    let source = try template.map { " TEMPLATE " + (try Identifier.quoted($0)) } ?? ""
    try await connection.execute("CREATE DATABASE \(try Identifier.quoted(name))\(source)")
    await connection.close()
    return url(database: name)
  }

  /// Starts the server again after `stopServer`.
  package func startServer() async throws {
    try await tools.run("pg_ctl", ["-D", folder.path + "/data", "-w", "-t", "60", "-l", folder.path + "/server.log", "start"], in: folder)
  }

  /// Stops the server and leaves its data, as an operator or a crash would.
  package func stopServer(_ mode: StopMode = .fast) async throws {
    try await tools.run("pg_ctl", ["-D", folder.path + "/data", "-w", "-m", mode.rawValue, "stop"], in: folder)
  }

  /// Stops the server and removes the folder. Never throws: what is left, if anything, is said in the log.
  package func stop() async {
    watchdog.end()
    for _ in 0..<400 {
      guard FileManager.default.fileExists(atPath: folder.path) else { return }
      try? await Task.sleep(for: .milliseconds(25))
    }
    logger.warning("the private PostgreSQL's folder could not be removed", metadata: ["folder": "\(folder.path)"])
  }

  /// Lets the server live on when this process ends.
  /// - Returns: the commands that stop it and remove it.
  package func release() -> String {
    watchdog.release()
    let stop = tools.command("pg_ctl", ["-D", folder.path + "/data", "-m", "fast", "stop"])
    return "cd \(folder.path) && \(stop.joined(separator: " ")); rm -rf \(folder.path)"
  }

  private func initialise(_ options: Options) async throws {
    let data = folder.path + "/data"
    try await tools.run(
      "initdb", ["-D", data, "-U", Self.superuser, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"], in: folder)
    var settings = [
      "listen_addresses": "", "unix_socket_directories": folder.path, "shared_buffers": "64MB", "max_connections": "60", "timezone": "UTC",
      "log_timezone": "UTC", "lc_messages": "C",
    ]
    if !options.fsync { settings.merge(["fsync": "off", "full_page_writes": "off"]) { $1 } }
    settings.merge(options.settings) { $1 }
    let lines = settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value.replacing("'", with: "''"))'\n" }.joined()
    // A file of ours beside initdb's, so that it need not be edited; the last word wins.
    let file = folder.appending(path: "vigil.conf")
    try Data(lines.utf8).write(to: file)
    try tools.give(file)
    let main = folder.appending(path: "data/postgresql.conf")
    let handle = try FileHandle(forWritingTo: main)
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("\ninclude '\(file.path)'\n".utf8))
  }
}
