import Foundation
import Postgres
import Records
import TestSupport

/// The daemon of the program under test, with the fixture model, on a private PostgreSQL of its own with a table of messages; its clock is a file.
final class WatchedDesk {
  let cluster: PrivateCluster
  let folder = try! TemporaryFolder("vigil-desk")
  private let process = Process()
  private var log: URL { folder.url.appending(path: "daemon.log") }
  private var socket: String { folder.url.appending(path: "s").path }
  private var configuration: URL { folder.url.appending(path: "vigil.yaml") }

  static let start = Date(timeIntervalSince1970: 1_767_225_600)

  /// Databases, roles, table and configuration; the daemon is not started yet.
  /// - model: the configuration's section; nil for the fixture model
  init(model: String? = nil) async throws {
    cluster = try await PrivateCluster.start()
    try await run("CREATE ROLE vigil_daemon LOGIN; CREATE ROLE vigil_reader LOGIN; GRANT pg_read_all_stats TO vigil_reader;")
    try await run("CREATE DATABASE desk")
    try await run("CREATE DATABASE vigil OWNER vigil_daemon")
    try await run(
      """
      CREATE TABLE tickets (id bigint PRIMARY KEY, created_at timestamptz, inserted_at timestamptz NOT NULL DEFAULT now(), message text, queue text);
      GRANT SELECT ON tickets TO vigil_reader;
      """, in: "desk")
    let text = """
      state:
        database: \(cluster.url(database: "vigil", user: "vigil_daemon"))
        directory: \(folder.url.path)/state
      http:
        socket: \(socket)
      rules:
        - \(TestSupport.rules.path)/drift.yaml
      receivers:
        - name: folder
          folder: \(folder.url.path)/alerts
      deployments:
        - name: desk
          source:
            database: \(cluster.url(database: "desk", user: "vigil_reader"))
            table: tickets
            key: id
            time: created_at
            inserted: inserted_at
            input: message
            label: queue
          model: \(model ?? Self.fixture())
          task:
            kind: classify
            labels: [billing, refund, delivery, returns, warranty, network, setup, account, security, cancel, upgrade, feedback]
          sample:
            rate: 1
          window:
            every: 1h
            length: 1d
          reference:
            rows: 100

      """
    try Data(text.utf8).write(to: configuration)
    try setClock(hours: 0)
  }

  /// The section of a model folder with the fixture's adapter.
  static func fixture(model: URL = TestSupport.fixtures.appending(path: "model")) -> String {
    "{base: \(model.path), adapter: \(TestSupport.fixtures.path)/adapter, system: Route.}"
  }

  // MARK: - The world

  func run(_ script: String, in database: String = "postgres") async throws {
    let connection = try cluster.connection(database: database)
    try await connection.run(script: script)
    await connection.close()
  }

  /// Rows numbered from `first`, each with a literal or expression of SQL as its message.
  func insert(_ messages: [String], first: Int, hours: Double) async throws {
    let time = "timestamptz 'epoch' + interval '\(Int(Self.start.timeIntervalSince1970 + hours * 3_600)) seconds'"
    let rows = messages.enumerated().map { "(\(first + $0.offset), \(time), \($0.element), 'billing')" }
    try await run("INSERT INTO tickets (id, created_at, message, queue) VALUES \(rows.joined(separator: ", "))", in: "desk")
  }

  /// The one value that a query of Vigil's own database gives, as text.
  func asked(_ query: String) async throws -> String? {
    let connection = try cluster.connection(database: "vigil")
    let rows = try await connection.query("SELECT (\(query))::text AS answer")
    await connection.close()
    return try rows.first?.optionalText("answer")
  }

  func setClock(hours: Double) throws {
    let time = Self.start.addingTimeInterval(hours * 3_600)
    try Data((time.formatted(Date.ISO8601FormatStyle()) + "\n").utf8).write(to: folder.url.appending(path: "clock"), options: .atomic)
  }

  // MARK: - The daemon

  func startDaemon() throws {
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    process.executableURL = try Program.url()
    process.arguments = ["run", "--config", configuration.path, "--clock-file", folder.url.appending(path: "clock").path, "--exit-with-parent"]
    process.standardInput = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  var isRunning: Bool { process.isRunning }
  var words: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Runs a command over this configuration or this daemon.
  func command(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
    let place = arguments.first == "check" ? ["--config", configuration.path] : ["--socket", socket]
    return try Program.run(arguments + place)
  }

  /// What `vigil status --json` prints; nil while nobody answers.
  func status() throws -> JSONValue? {
    let ended = try Program.run(["status", "--json", "--socket", socket])
    return ended.code == 3 ? nil : try? JSONForm.decoder().decode(JSONValue.self, from: Data(ended.output.utf8))
  }

  /// Asks again and again until it is so.
  /// - Throws: `NotSo` with the last answer and the log, after `seconds` or when the daemon has ended.
  @discardableResult func wait(_ what: String, seconds: Double = 90, until isSo: (JSONValue) -> Bool) async throws -> JSONValue {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var last: JSONValue?
    while ContinuousClock.now < deadline, process.isRunning {
      if let status = try status() {
        if isSo(status) { return status }
        last = status
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NotSo(what: what, last: last.map { (try? JSONForm.text($0, pretty: true)) ?? "" } ?? "no answer", log: words)
  }

  /// Waits until everything that is due at this hour has been done.
  @discardableResult func settle(hours: Double) async throws -> JSONValue {
    let time = Self.start.addingTimeInterval(hours * 3_600)
    return try await wait("settled at hour \(hours)") { status in
      status["settled_at"]?.stringValue.flatMap(Timestamp.parse).map { $0 >= time } ?? false
    }
  }

  func stop() async {
    if process.isRunning {
      process.terminate()
      process.waitUntilExit()
    }
    await cluster.stop()
  }

  struct NotSo: Error, CustomStringConvertible {
    var what: String
    var last: String
    var log: String
    var description: String { "not so in time: \(what)\nlast answer: \(last)\nlog:\n\(log)" }
  }
}

extension JSONValue {
  /// Of the only deployment.
  var desk: JSONValue? { self["deployments"]?.arrayValue?.first }

  func count(_ name: String) -> Int? { desk?[name]?.numberValue.map { Int($0) } }

  var skipped: [String: Int] { desk?["skipped"]?.objectValue?.compactMapValues { $0.numberValue.map { Int($0) } } ?? [:] }

  /// Everything the daemon complains of, as one text.
  var complaints: String {
    (self["degraded"]?.arrayValue ?? []).compactMap { $0["reason"]?.stringValue }.joined(separator: "\n")
  }
}
