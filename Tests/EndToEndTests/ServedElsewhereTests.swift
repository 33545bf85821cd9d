import Foundation
import Records
import Synchronization
import TestSupport
import Testing

/// A deployment whose model is served elsewhere, by a server on loopback that says back each message's last word.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ServedElsewhereTests {
  private static let rows = 120
  private static let labels = ["billing", "refund", "delivery", "returns"]
  /// Messages that end in what the model is to answer; the right answer is `billing`.
  private static func messages(wrong: Int = 0) -> [String] { (0..<rows).map { "'invoice number \($0) \($0 < wrong ? "refund" : "billing")'" } }

  private static func section(_ server: FakeServer) -> String {
    "{remote: {url: 'http://127.0.0.1:\(server.port)', name: router, retries: 0, timeout: 5s, concurrency: 4}, system: Route.}"
  }

  @Test func `is sampled, asked and measured; what its server cannot tell has no value and says so`() async throws {
    let version = Mutex("weights-1")
    let server = try await FakeServer { request, _ in
      FakeServer.model(request, name: "router", root: version.withLock { $0 }, labels: Self.labels)
    }
    let desk = try await WatchedDesk(model: Self.section(server))
    try await desk.insert(Self.messages(wrong: 30), first: 1, hours: 0.5)
    try desk.setClock(hours: 24)
    try desk.startDaemon()
    let first = try await desk.settle(hours: 24)
    #expect(first.count("sampled") == Self.rows && first.count("predicted") == Self.rows)
    #expect(first.complaints.isEmpty, "\(first.complaints)")
    #expect(first["queue"]?["failed"]?.numberValue == 0)
    let champion = try #require(first.desk?["champion"]?.stringValue)
    #expect(try await desk.asked("SELECT base_path FROM vigil.model") == "http://127.0.0.1:\(server.port)/v1#router")
    #expect(
      try await desk.asked("SELECT value::numeric(3, 2) FROM vigil.measurement WHERE measure = 'performance.accuracy' ORDER BY slot DESC LIMIT 1")
        == "0.75")
    for measure in ["drift.input.embedding", "drift.input.surprisal"] {
      let row = "FROM vigil.measurement WHERE measure = '\(measure)' AND model = '\(champion)' LIMIT 1"
      #expect(try await desk.asked("SELECT value IS NULL AND n = 0 AND verdict = 'insufficient' \(row)") == "true")
      #expect(try await desk.asked("SELECT body ->> 'cannotMeasure' \(row)")?.hasPrefix("cannot measure") == true)
    }

    // Another model under the same name is another champion from then on; the old one's rows are not its own.
    version.withLock { $0 = "weights-2" }
    try await desk.insert(Self.messages(), first: Self.rows + 1, hours: 24.5)
    try desk.setClock(hours: 25)
    let second = try await desk.settle(hours: 25)
    let successor = try #require(second.desk?["champion"]?.stringValue)
    #expect(successor != champion)
    #expect(try await desk.asked("SELECT actor FROM vigil.promotion WHERE sequence = 2") == "server")
    #expect(try await desk.asked("SELECT count(*) FROM vigil.prediction WHERE model = '\(champion)'") == "\(Self.rows)")

    // Others deploy it, so nothing is rolled back here.
    let refused = try desk.command(["models", "rollback"])
    #expect(refused.code == 5 && refused.errors.contains("what its server serves is champion"), "\(refused)")
    await desk.stop()
    try await server.stop()
  }

  @Test func `is checked with what its server tells, and the rules that will find nothing to judge are named`() async throws {
    let server = try await FakeServer { request, _ in FakeServer.model(request, name: "router", labels: Self.labels) }
    let desk = try await WatchedDesk(model: Self.section(server))
    let offline = try desk.command(["check"])
    #expect(offline.code == 0, "\(offline.errors)")
    #expect(offline.errors.contains("drift.input.embedding cannot be measured; nothing to judge for InputEmbeddingDrifted"), "\(offline.errors)")
    #expect(server.requests.isEmpty)
    let asked = try desk.command(["check", "--server"])
    #expect(asked.code == 0 && asked.output.contains("and tells: labels, label_probabilities, generated_text"), "\(asked)")
    try await server.stop()
    let away = try desk.command(["check", "--server"])
    #expect(away.code == 6 && away.errors.contains("could not get an answer"), "\(away)")
    await desk.stop()
  }

  @Test func `a server that is down at start keeps nothing from starting`() async throws {
    let server = try await FakeServer { _, _ in .status(500) }
    let desk = try await WatchedDesk(model: Self.section(server))
    let port = server.port
    try await server.stop()
    try await desk.insert(Self.messages(), first: 1, hours: 0.5)
    try desk.setClock(hours: 1)
    try desk.startDaemon()
    let away = try await desk.wait("ready and degraded") { $0["ready"]?.boolValue == true && $0.complaints.contains("put off") }
    #expect(away.count("sampled") == Self.rows)
    let back = try await FakeServer(port: port) { request, _ in FakeServer.model(request, name: "router", labels: Self.labels) }
    let settled = try await desk.settle(hours: 1)
    #expect(settled.count("predicted") == Self.rows && settled["queue"]?["failed"]?.numberValue == 0)
    await desk.stop()
    try await back.stop()
  }

  @Test func `a server that dies in the middle of a turn and comes back costs no row and no attempt`() async throws {
    @Sendable func slowly(_ request: FakeServer.Request, _ number: Int) -> FakeServer.Answer {
      var answer = FakeServer.model(request, name: "router", labels: Self.labels)
      answer.delay = 30
      return answer
    }
    let server = try await FakeServer(slowly)
    let port = server.port
    let desk = try await WatchedDesk(model: Self.section(server))
    try await desk.insert(Self.messages(), first: 1, hours: 0.5)
    try desk.setClock(hours: 1)
    try desk.startDaemon()
    while server.requests.count < 90 { try await Task.sleep(for: .milliseconds(5)) }
    try await server.stop()
    let away = try await desk.wait("degraded") { $0.complaints.contains("predictions are put off, and nothing is lost") }
    #expect(away.complaints.contains("http://127.0.0.1:\(port)"), "\(away.complaints)")
    #expect(away.count("sampled") == Self.rows)
    #expect(try await desk.asked("SELECT count(*) FROM vigil.prediction") == "64")

    // The next hour's turn takes the place of the one that waits.
    try await desk.insert(Self.messages(), first: Self.rows + 1, hours: 1.5)
    try desk.setClock(hours: 2)
    try await desk.wait("sampled") { $0.count("sampled") == 2 * Self.rows }
    let back = try await FakeServer(port: port, slowly)
    let settled = try await desk.settle(hours: 2)
    #expect(try await desk.asked("SELECT count(*) FROM vigil.prediction WHERE answer = 'billing'") == "\(2 * Self.rows)")
    #expect(settled["queue"]?["failed"]?.numberValue == 0)
    #expect(try await desk.asked("SELECT max(attempt) FROM vigil.job") == "1")
    // What was stored before is not asked again.
    #expect(back.requests.count { $0.path.hasSuffix("completions") && $0.body["max_tokens"]?.intValue != 1 } == 2 * Self.rows - 64)
    try await desk.wait("no more complaints") { !$0.complaints.contains("put off") }
    await desk.stop()
    try await back.stop()
  }
}
