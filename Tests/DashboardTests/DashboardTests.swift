import Foundation
import Logging
import Records
import Synchronization
import Testing

@testable import Dashboard

/// An operator interface in memory.
final class FakeOperator: OperatorInterface {
  static let now = Date(timeIntervalSince1970: 1_768_521_600)
  let calls = Mutex<[Call]>([])
  let unready = Mutex<[String]>([])

  func unreadyReasons() async -> [String] { unready.withLock { $0 } }

  func status() async throws -> StatusResponse {
    StatusResponse(
      version: "0.1.0", clock: Self.now, startedAt: Self.now, settledAt: Self.now, ready: true,
      degraded: [.init(component: "receiver chat", reason: "HTTP 503 <b>", since: Self.now)],
      deployments: [
        .init(
          name: "helpdesk", state: "watching", champion: "9f2c41d07ab35e68", seen: 48_210, sampled: 19_284, skipped: ["not_drawn": 28_926],
          predicted: 19_284,
          labelled: 17_902, measurements: 6412, lastSampleAt: Self.now, lastMeasuredAt: nil, pending: 0, firing: 1)
      ], queue: .init(queued: 1, running: 1, failed: 0), deliveries: .init(waiting: 2, dead: 0, oldestSeconds: 12.5))
  }

  func metrics() async throws -> [MetricFamily] {
    [
      MetricFamily("vigil_samples_total", .counter, help: "Rows sampled.", [.init(19_284, ["deployment": "a\"b\\\n"])]),
      .init("vigil_up", .gauge, help: "x", [.init(.nan)]),
    ]
  }

  static let alert = Alert(
    fingerprint: "3f9a77c1d2e4b805", deployment: "helpdesk", rule: "accuracy-fell", measure: "performance.accuracy",
    slice: Slice(["speech": "<i>", "a_b": "c_d"]),
    severity: .critical, labels: ["team_name": "support"], annotations: [:], state: .firing, activeAt: now, firedAt: now, lastEvaluatedAt: now,
    measurement: Records.Measurement(
      measure: "performance.accuracy", window: Window(start: now, end: now), value: 0.8, n: 4, referenceN: 7,
      evidence: Evidence(test: "z", statistic: -2, pValue: 0.1, eValue: 3),
      verdict: .changed, detectableEffect: 0.2, signature: "s",
      detail: .categories([.init(name: "x_y", reference: 0.1, current: 0.2)])), sequence: 2)

  func alerts(_ query: AlertQuery) async throws -> [AlertItem] {
    query.states == [.resolved] ? [] : [AlertItem(alert: Self.alert, headline: "Accuracy fell <script>", report: "r1")]
  }

  func alert(_ fingerprint: String) async throws -> AlertDetail {
    guard fingerprint == Self.alert.fingerprint else { throw OperatorFault(.notFound, "no alert \(fingerprint)", hint: "vigil alerts lists them") }
    return AlertDetail(
      alert: Self.alert, headline: "Accuracy fell",
      transitions: [.init(fingerprint: fingerprint, sequence: 1, from: .inactive, to: .pending, at: Self.now, reason: "held")],
      reports: [try await report("r1")])
  }

  private func item(_ id: String) -> JobItem {
    JobItem(id: id, kind: "retrain", state: "queued", deployment: "helpdesk", reason: "by hand", createdAt: Self.now, result: ["loss_x": 0.5])
  }

  func jobs(_ query: JobQuery) async throws -> [JobItem] { [item("7")] }
  func job(_ id: String) async throws -> JobItem { item(id) }
  func models(deployment: String?) async throws -> [ModelItem] {
    [
      ModelItem(
        version: ModelVersion(
          id: "9f2c41d07ab35e68", deployment: "helpdesk", basePath: "b", baseDigest: "d", adapterPath: nil, adapterDigest: nil, status: .champion,
          createdAt: Self.now))
    ]
  }
  func reports(_ query: ReportQuery) async throws -> [ReportItem] { [try await report("r1")] }
  func report(_ id: String) async throws -> ReportItem {
    .init(id: id, kind: "alert", title: "Accuracy fell", deployment: "helpdesk", createdAt: Self.now, subject: "3f9a77c1d2e4b805")
  }
  func reportFile(_ id: String, format: ReportFormat) async throws -> [UInt8] { Array("\(id) \(format.rawValue)".utf8) }
  func evaluate(_ request: EvaluationRequest, _ call: Call) async throws -> JobItem { item("8") }
  func retrain(_ request: RetrainingRequest, _ call: Call) async throws -> JobItem {
    calls.withLock { $0.append(call) }
    return item("9")
  }
  func cancelJob(_ id: String, _ call: Call) async throws -> JobItem { throw OperatorFault(.conflict, "job \(id) has ended") }
  func promote(_ model: String, _ request: ModelChangeRequest, _ call: Call) async throws -> ModelChange {
    .init(deployment: "helpdesk", champion: model, previous: nil, at: Self.now)
  }
  func rollback(_ request: ModelChangeRequest, _ call: Call) async throws -> ModelChange {
    .init(deployment: "helpdesk", champion: "a", previous: "b", at: Self.now)
  }
  func reload(_ call: Call) async throws -> ReloadResponse { .init(applied: false, faults: ["vigil.yaml:3:1: unknown key"], changed: []) }
}

@Suite struct DashboardTests {
  /// Runs a server for as long as `body` takes.
  private func served(stale: Bool = false, _ body: @Sendable @escaping (DaemonClient, FakeOperator, String) async throws -> Void) async throws {
    let socket = "/tmp/vigil-test-\(UUID().uuidString.prefix(8)).sock"
    if stale {
      let python = Process()
      python.executableURL = URL(filePath: "/usr/bin/python3")
      python.arguments = ["-c", "import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])", socket]
      try python.run()
      python.waitUntilExit()
      #expect(SocketPath.probe(socket) == .stale)
    }
    let fake = FakeOperator()
    var logger = Logger(label: "test")
    logger.logLevel = .error
    let server = DashboardServer(socket: socket, interface: fake, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      for _ in 0..<200 where ((try? FileManager.default.attributesOfItem(atPath: socket))?[.posixPermissions] as? NSNumber)?.intValue != 0o660 {
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(SocketPath.probe(socket) == .listening)
      try await body(DaemonClient(socket: socket), fake, socket)
      group.cancelAll()
      do { while try await group.next() != nil {} } catch is CancellationError {}
    }
    #expect(SocketPath.probe(socket) == .absent)
  }

  private func curl(_ socket: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments = ["-sS", "-i", "--unix-socket", socket] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }

  @Test func `every value survives the way through the socket`() async throws {
    try await served { client, fake, socket in
      let got1 = try await client.status()
      let sent1 = try await fake.status()
      #expect(got1 == sent1)
      let got2 = try await client.alerts()
      let sent2 = try await fake.alerts(AlertQuery())
      #expect(got2 == sent2)
      let got8 = try await client.alerts(AlertQuery(states: [.resolved]))
      #expect(got8.isEmpty)
      let got3 = try await client.alert("3f9a77c1d2e4b805")
      let sent3 = try await fake.alert("3f9a77c1d2e4b805")
      #expect(got3 == sent3)
      let got4 = try await client.jobs()
      let sent4 = try await fake.jobs(JobQuery())
      #expect(got4 == sent4)
      let got5 = try await client.models()
      let sent5 = try await fake.models(deployment: nil)
      #expect(got5 == sent5)
      let got6 = try await client.reports()
      let sent6 = try await fake.reports(ReportQuery())
      #expect(got6 == sent6)
      let got7 = try await client.report("r1")
      let sent7 = try await fake.report("r1")
      #expect(got7 == sent7)
      let file = try await client.reportFile("r1", format: .markdown)
      #expect(String(decoding: file, as: UTF8.self) == "r1 md")
      let got9 = try await client.retrain(.init(reason: "by hand"), key: "k1")
      #expect(got9.id == "9")
      #expect(fake.calls.withLock { $0 }.first?.idempotencyKey == "k1")
      #expect(fake.calls.withLock { $0 }.first?.request == "POST /v1/retrainings\n{\"reason\":\"by hand\"}")
      let got10 = try await client.evaluate(.init(from: FakeOperator.now))
      #expect(got10.id == "8")
      let got11 = try await client.promote("9f2c", .init())
      #expect(got11.champion == "9f2c")
      let got12 = try await client.rollback(.init())
      #expect(got12.previous == "b")
      let got13 = try await client.reload()
      #expect(got13.applied == false)
      let conflict = await failure { _ = try await client.cancelJob("7") }
      #expect(conflict?.exitCode == 5)
      #expect(conflict?.message == "job 7 has ended")
      let missing = await failure { _ = try await client.alert("nope") }
      #expect(missing?.exitCode == 3 && missing?.hint == "vigil alerts lists them")
    }
  }

  private func failure(_ body: () async throws -> Void) async -> DaemonClientError? {
    do {
      try await body()
      return nil
    } catch {
      return error as? DaemonClientError
    }
  }

  @Test func `the wire is what the documents say`() async throws {
    try await served { client, fake, socket in
      let status = try curl(socket, "http://vigil/v1/status")
      #expect(status.contains("\"settled_at\":\"2026-01-16T00:00:00.000Z\""))
      #expect(status.lowercased().contains("x-content-type-options: nosniff"))
      let metrics = try curl(socket, "http://vigil/metrics")
      #expect(metrics.contains("# TYPE vigil_samples_total counter\nvigil_samples_total{deployment=\"a\\\"b\\\\\\n\"} 19284\n"))
      #expect(try curl(socket, "http://vigil/healthz").hasPrefix("HTTP/1.1 200"))
      fake.unready.withLock { $0 = ["the state database is away"] }
      #expect(try curl(socket, "http://vigil/readyz").hasPrefix("HTTP/1.1 503"))
      let missing = try curl(socket, "http://vigil/v1/nothing")
      #expect(missing.hasPrefix("HTTP/1.1 404") && missing.contains("application/problem+json"))
      #expect(try curl(socket, "-X", "POST", "-d", "x=1", "http://vigil/v1/retrainings").hasPrefix("HTTP/1.1 415"))
      #expect(
        try curl(socket, "-X", "POST", "-H", "Content-Type: application/json", "-d", "{\"reason\":7}", "http://vigil/v1/retrainings").hasPrefix(
          "HTTP/1.1 400"))
      #expect(try curl(socket, "-X", "POST", "-H", "Content-Type: application/json", "-d", "{", "http://vigil/v1/retrainings").contains("not JSON"))
      let queued = try curl(socket, "-X", "POST", "-H", "Content-Type: application/json", "-d", "{}", "http://vigil/v1/retrainings")
      #expect(queued.hasPrefix("HTTP/1.1 202") && queued.lowercased().contains("location: /v1/jobs/9"))
      try Data(repeating: 32, count: 2 << 20).write(to: URL(filePath: socket + ".big"))
      #expect(
        try curl(
          socket, "-X", "POST", "-H", "Content-Type: application/json", "-H", "Expect:", "--data-binary", "@\(socket).big",
          "http://vigil/v1/retrainings"
        ).contains("HTTP/1.1 413"))
      try FileManager.default.removeItem(atPath: socket + ".big")
      #expect(try curl(socket, "--path-as-is", "http://vigil/v1/reports/..%2f..%2fetc.html").hasPrefix("HTTP/1.1 404"))
      #expect(try curl(socket, "http://vigil/v1/alerts?state=nonsense").hasPrefix("HTTP/1.1 400"))
      let report = try curl(socket, "http://vigil/v1/reports/r1.html")
      #expect(report.contains("sandbox") && report.contains("text/html") && report.hasSuffix("r1 html"))
      let page = try curl(socket, "http://vigil/")
      #expect(page.contains("Accuracy fell &lt;script&gt;") && !page.contains("<script"))
      let one = try curl(socket, "http://vigil/alerts/3f9a77c1d2e4b805")
      #expect(!one.contains("<script"))
    }
  }

  @Test func `a socket that is not there or that nobody serves is said`() async throws {
    let path = "/tmp/vigil-none-\(UUID().uuidString.prefix(8)).sock"
    let absent = await failure { _ = try await DaemonClient(socket: path).status() }
    #expect(absent == .notRunning(socket: path) && absent?.exitCode == 3)
    let long = await failure { _ = try await DaemonClient(socket: String(repeating: "x", count: 200)).status() }
    #expect(long?.exitCode == 1)
  }

  @Test func `a stale socket is taken over`() async throws {
    try await served(stale: true) { client, _, _ in _ = try await client.status() }
  }

  @Test func `a file in the socket's place is not removed`() async throws {
    let path = "/tmp/vigil-file-\(UUID().uuidString.prefix(8))"
    try Data("mine".utf8).write(to: URL(filePath: path))
    await #expect(throws: DashboardServer.Fault.self) {
      try await DashboardServer(socket: path, interface: FakeOperator(), logger: Logger(label: "x")).run()
    }
    #expect(FileManager.default.fileExists(atPath: path))
    try FileManager.default.removeItem(atPath: path)
  }

  @Test func `a second daemon on the same socket is refused`() async throws {
    try await served { client, fake, socket in
      await #expect(throws: DashboardServer.Fault.self) {
        try await DashboardServer(socket: socket, interface: fake, logger: Logger(label: "x")).run()
      }
      _ = try await client.status()
    }
  }
}
