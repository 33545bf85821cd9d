import Foundation
import HelpDesk
import Logging
import Postgres
import Records

/// Everything the demo needs on this machine, in one temporary folder: a PostgreSQL of its own with the help desk's database and Vigil's, roles as a
/// careful operator would make them, a configuration, a clock file.
struct DemoStage: Sendable {
  let folder: URL
  let cluster: PrivateCluster
  let project: DemoProject
  let seed: UInt64

  static let deployment = "helpdesk"

  var configurationFile: URL { folder.appending(path: "vigil.yaml") }
  var clockFile: URL { folder.appending(path: "clock") }
  var stateDirectory: URL { folder.appending(path: "state", directoryHint: .isDirectory) }
  var socket: URL { folder.appending(path: "api.sock") }
  var alertsFolder: URL { folder.appending(path: "alerts", directoryHint: .isDirectory) }
  var daemonLog: URL { folder.appending(path: "daemon.log") }

  /// The help desk's application: owns the table.
  var applicationURL: String { cluster.url(database: "helpdesk", user: "desk") }
  /// What Vigil reads the table with: SELECT, and seeing when other sessions' transactions began.
  var readerURL: String { cluster.url(database: "helpdesk", user: "vigil_reader") }
  /// Vigil's own database.
  var stateURL: String { cluster.url(database: "vigil", user: "vigil_daemon") }

  /// The stage stands in the server's own folder, which is removed with the server, whatever happens to this process.
  static func set(project: DemoProject, seed: UInt64, logger: Logger) async throws -> DemoStage {
    let cluster = try await PrivateCluster.start(logger: logger)
    let folder = cluster.folder.appending(path: "demo", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let stage = DemoStage(folder: folder, cluster: cluster, project: project, seed: seed)
    try await stage.makeDatabases(logger)
    try stage.writeConfiguration()
    try stage.setClock(World.start)
    return stage
  }

  private func makeDatabases(_ logger: Logger) async throws {
    func run(_ url: String, _ script: String) async throws {
      let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "demo"), logger: logger)
      try await connection.run(script: script)
      await connection.close()
    }
    try await run(cluster.url(), "CREATE ROLE desk LOGIN; CREATE ROLE vigil_daemon LOGIN; CREATE ROLE vigil_reader LOGIN CONNECTION LIMIT 5;")
    try await run(cluster.url(), "CREATE DATABASE helpdesk OWNER desk")
    try await run(cluster.url(), "CREATE DATABASE vigil OWNER vigil_daemon")
    try await run(applicationURL, Traffic.table + "GRANT SELECT ON tickets TO vigil_reader;")
    try await run(cluster.url(), "GRANT pg_read_all_stats TO vigil_reader; ALTER ROLE vigil_reader SET default_transaction_read_only = on;")
  }

  /// Replaces the clock in one rename, so that the daemon never reads half a time.
  func setClock(_ time: Date) throws {
    try Data((Timestamp.text(time) + "\n").utf8).write(to: clockFile, options: .atomic)
  }

  private func writeConfiguration() throws {
    let fixtures = project.fixtures.path
    let labels = Queue.allCases.map(\.rawValue).joined(separator: ", ")
    let rules = try project.ruleFiles().map { "  - \($0.path)" }.joined(separator: "\n")
    let text = """
      # Written by `vigil demo`. The same keys watch a model of your own: vigil init writes a commented file.
      state:
        database: \(stateURL)
        directory: \(stateDirectory.path)
      http:
        socket: \(socket.path)
      rules:
      \(rules)
      receivers:
        - name: folder
          folder: \(alertsFolder.path)
      deployments:
        - name: \(Self.deployment)
          source:
            database: \(readerURL)
            table: tickets
            key: id
            time: created_at
            inserted: inserted_at
            input: message
            answer: queue
            label: true_queue
            columns: [channel, region, speech]
            label_horizon: 10d
          model:
            base: \(fixtures)/model
            adapter: \(fixtures)/adapter
            system: \(FixtureData.systemPrompt)
          task:
            kind: classify
            labels: [\(labels)]
          sample:
            rate: 0.9
            strata: [speech]
            seed: \(seed)
          window:
            every: 12h
            length: 2d
          reference:
            from: \(Timestamp.day(World.start))
            until: \(Timestamp.day(World.start(ofDay: 11)))
            rows: 300
          protected: [speech, region]
          suites:
            - {file: \(fixtures)/suites/core.yaml, every: 5d}
            - {file: \(fixtures)/suites/robustness.yaml, every: 5d}
          retrain:
            original: \(fixtures)/data/original.jsonl
            held_back: \(fixtures)/data/original-valid.jsonl
            training: \(fixtures)/training/retrain.json
            replay_share: 0.4
            recent: 8d
            rows_max: 1500
            cooldown: 3d
            minimum_rows: 250
            minimum_slice_rows: 540

      """
    try Data(text.utf8).write(to: configurationFile)
  }

}

/// Where the demo's model, data and rules are: the project's folder, or where `make install` put them.
struct DemoProject: Sendable {
  let fixtures: URL
  let rules: URL

  /// - Throws: `CommandFailure` saying where it looked.
  static func find(_ given: String?) throws -> DemoProject {
    let executable = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    let candidates: [URL] =
      given.map { [URL(filePath: $0)] } ?? [
        URL(filePath: FileManager.default.currentDirectoryPath), executable.appending(path: "../share/vigil"), executable.appending(path: "../../.."),
      ]
    for folder in candidates.map(\.standardizedFileURL) {
      let fixtures = folder.appending(path: "Fixtures", directoryHint: .isDirectory)
      let model = fixtures.appending(path: "model/model.safetensors")
      if FileManager.default.fileExists(atPath: model.path) {
        return DemoProject(fixtures: fixtures, rules: folder.appending(path: "Rules", directoryHint: .isDirectory))
      }
    }
    let places = candidates.map(\.standardizedFileURL.path).joined(separator: ", ")
    throw CommandFailure(
      .notFound, "the demo's model is not there: looked for Fixtures/model/model.safetensors in \(places)",
      hint: "run it in the project's folder, or name that with --project")
  }

  func ruleFiles() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: rules, includingPropertiesForKeys: nil)
      // The demo's model is retrained, which the rules for models that are served elsewhere do not ask for.
      .filter { $0.pathExtension == "yaml" && !$0.lastPathComponent.hasSuffix(".test.yaml") && $0.lastPathComponent != "remote.yaml" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }
}
