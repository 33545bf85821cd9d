import Files
import Foundation
import Logging
import Records
import TestSupport
import Synchronization
import Testing

@testable import Alerting

@Suite struct DeliveryPolicyTests {
  let policy = DeliveryPolicy()

  @Test func `pauses double up to the cap, spread by a jitter that is always the same`() {
    let pauses = (1...12).map { policy.pause(message: "msg_a", attempt: $0) }
    for (index, pause) in pauses.enumerated() {
      let whole = min(3600, 10 * pow(2, Double(index)))
      #expect(pause >= whole / 2 && pause < whole)
    }
    #expect(pauses == (1...12).map { policy.pause(message: "msg_a", attempt: $0) })
    #expect(policy.pause(message: "msg_a", attempt: 3) != policy.pause(message: "msg_b", attempt: 3))
    #expect(policy.pause(message: "msg_a", attempt: 1_000_000).isFinite)
  }

  private func decide(_ outcome: DeliveryOutcome, attempt: Int = 1, after hours: Double = 0) -> DeliveryPolicy.Decision {
    policy.decide(outcome, message: "msg_a", attempt: attempt, queuedAt: Samples.now, now: Samples.now.addingTimeInterval(hours * 3600))
  }

  @Test func `a longer wish of the receiver is honoured, a shorter one is not`() {
    let plain = Samples.now.addingTimeInterval(policy.pause(message: "msg_a", attempt: 1))
    #expect(decide(.transient(reason: "x", retryAfter: 600)) == .retry(at: Samples.now.addingTimeInterval(600), reason: "x"))
    #expect(decide(.transient(reason: "x", retryAfter: 1)) == .retry(at: plain, reason: "x"))
  }

  @Test func `nobody can put a message off past its life`() {
    #expect(decide(.transient(reason: "x", retryAfter: 1e9)) == .retry(at: Samples.now.addingTimeInterval(72 * 3600), reason: "x"))
  }

  @Test func `a message dies after too many tries or three days`() {
    guard case .dead = decide(.transient(reason: "x", retryAfter: nil), attempt: 120) else { throw_("not dead") }
    guard case .dead = decide(.transient(reason: "x", retryAfter: nil), after: 72) else { throw_("not dead") }
    guard case .retry = decide(.transient(reason: "x", retryAfter: nil), attempt: 119, after: 71) else { throw_("dead too early") }
  }

  @Test func `gone disables the receiver`() { #expect(decide(.gone(reason: "x")) == .disable(reason: "x")) }
}

private func throw_(_ text: String) -> Never { preconditionFailure(text) }

@Suite struct FolderReceiverTests {
  @Test func `a message becomes a whole folder, once`() async throws {
    let root = try Samples.folder()
    defer { try? FileManager.default.removeItem(at: root) }
    let page = root.appending(path: "page")
    try Data("<html>".utf8).write(to: page)
    let attachment = AlertMessage.Attachment(name: "report.html", contentType: "text/html", path: page.path, sha256: Digest.of("<html>").hex)
    let receiver = FolderReceiver(name: "reports", folder: root.appending(path: "out"))
    let message = Samples.message(attachments: [attachment])
    guard case .delivered(let path) = await receiver.deliver(message, now: Samples.now) else { throw_("not delivered") }
    #expect(path.hasSuffix("2026-01-16/000000-accuracy-fell-firing-0c9a7e5b"))
    let folder = URL(filePath: path)
    #expect(try String(contentsOf: folder.appending(path: "report.html"), encoding: .utf8) == "<html>")
    let json = try Data(contentsOf: folder.appending(path: "message.json"))
    // Delivered again (a crash between the file and the outbox): the same place, nothing changes, even when the report is no more.
    try FileManager.default.removeItem(at: page)
    guard case .delivered = await receiver.deliver(message, now: Samples.now.addingTimeInterval(999)) else { throw_("not delivered") }
    #expect(try Data(contentsOf: folder.appending(path: "message.json")) == json)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["message.json", "report.html"])
  }

  @Test func `a report that is missing or damaged does not hold the alert back`() async throws {
    let root = try Samples.folder()
    defer { try? FileManager.default.removeItem(at: root) }
    let damaged = root.appending(path: "damaged")
    try Data("half".utf8).write(to: damaged)
    let receiver = FolderReceiver(name: "reports", folder: root.appending(path: "out"))
    let message = Samples.message(attachments: [
      .init(name: "report.html", contentType: "text/html", path: root.appending(path: "nowhere").path, sha256: Digest.of("x").hex),
      .init(name: "report.md", contentType: "text/markdown", path: damaged.path, sha256: Digest.of("whole").hex),
    ])
    guard case .delivered(let path) = await receiver.deliver(message, now: Samples.now) else { throw_("not delivered") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == ["message.json", "problems.txt"])
    #expect(try String(contentsOfFile: path + "/problems.txt", encoding: .utf8).contains("report.md"))
  }

  @Test func `names of rules and files never lead out of the folder`() {
    let receiver = FolderReceiver(name: "reports", folder: URL(filePath: "/var/reports"))
    let path = receiver.folder(for: Samples.message("../../etc", alert: Samples.alert(rule: "../../../etc/passwd\u{0}\n"))).path
    #expect(path.hasPrefix("/var/reports/2026-01-16/"))
    #expect(path.split(separator: "/").count == 4)
    #expect(FolderReceiver.slug("..") == "unnamed")
    #expect(FolderReceiver.slug(".hidden/../x") == "hidden-..-x")
  }

  @Test func `a folder that cannot be written may be writable later`() async {
    let receiver = FolderReceiver(name: "reports", folder: URL(filePath: "/proc/nowhere"))
    guard case .transient = await receiver.deliver(Samples.message(), now: Samples.now) else { throw_("not transient") }
  }
}

@Suite struct DispatcherTests {
  /// Answers as told, in order; the last for ever.
  final class Scripted: Receiver {
    let name: String
    let outcomes: Mutex<[DeliveryOutcome]>
    let seen = Mutex<[String]>([])

    init(_ name: String, _ outcomes: [DeliveryOutcome]) {
      self.name = name
      self.outcomes = Mutex(outcomes)
    }

    func deliver(_ message: AlertMessage, now: Date) async -> DeliveryOutcome {
      seen.withLock { $0.append(message.id) }
      return outcomes.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }
  }

  private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func dispatcher(_ receivers: [any Receiver], _ outbox: MemoryOutbox) -> Dispatcher {
    Dispatcher(receivers: receivers, outbox: outbox, logger: quiet, now: { outbox.clock.withLock { $0 } })
  }

  @Test func `one receiver's failure holds up no other, and its rest goes back untried`() async {
    let messages = (1...3).map { Samples.message("msg_\($0)") }
    let outbox = MemoryOutbox(messages.flatMap { [("bad", $0), ("good", $0)] })
    let bad = Scripted("bad", [.transient(reason: "HTTP 500", retryAfter: nil)])
    let good = Scripted("good", [.delivered("ok")])
    let summary = await dispatcher([bad, good], outbox).runOnce()
    #expect(summary == Dispatcher.Summary(delivered: 3, retried: 1, dead: 0, released: 2))
    #expect(outbox.states("good") == ["delivered", "delivered", "delivered"])
    #expect(bad.seen.withLock { $0 } == ["msg_1"])
  }

  @Test func `a message that is refused does not stop the ones behind it`() async {
    let outbox = MemoryOutbox((1...3).map { ("chat", Samples.message("msg_\($0)")) })
    let chat = Scripted("chat", [.delivered("ok"), .refused(reason: "HTTP 400"), .delivered("ok")])
    _ = await dispatcher([chat], outbox).runOnce()
    #expect(outbox.states("chat") == ["delivered", "dead", "delivered"])
  }

  @Test func `500 then 200 sends the same webhook-id twice and no third time`() async throws {
    let server = try await FakeServer(answers: [.init(status: 500), .init(status: 200)])
    let outbox = MemoryOutbox([("chat", Samples.message())])
    let receiver = WebhookReceiver(name: "chat", address: try WebhookAddress(server.hook))
    let dispatcher = dispatcher([receiver], outbox)
    #expect(await dispatcher.runOnce().retried == 1)
    #expect(await dispatcher.runOnce().isEmpty)
    outbox.clock.withLock { $0 += 60 }
    #expect(await dispatcher.runOnce().delivered == 1)
    #expect(await dispatcher.runOnce().isEmpty)
    try await server.stop()
    #expect(server.requests.map { $0.headers["webhook-id"] } == ["msg_1f0c9a7e5b", "msg_1f0c9a7e5b"])
    #expect(server.requests[0].body == server.requests[1].body)
  }

  @Test func `410 ends the receiver and the message is visibly dead`() async {
    let outbox = MemoryOutbox((1...2).map { ("chat", Samples.message("msg_\($0)")) })
    let chat = Scripted("chat", [.gone(reason: "HTTP 410")])
    let dispatcher = dispatcher([chat], outbox)
    _ = await dispatcher.runOnce()
    #expect(await dispatcher.runOnce().isEmpty)
    #expect(outbox.states("chat") == ["dead", "waiting"])
    #expect(outbox.disabled.withLock { $0 } == ["chat"])
  }

  @Test func `an outbox that is down is no loss`() async {
    struct Down: Outbox {
      struct Away: Error {}
      func claim(receiver: String, limit: Int) async throws -> [OutboxMessage] { throw Away() }
      func delivered(_ message: OutboxMessage, detail: String) async throws { throw Away() }
      func retry(_ message: OutboxMessage, at: Date, reason: String) async throws { throw Away() }
      func dead(_ message: OutboxMessage, reason: String) async throws { throw Away() }
      func release(_ messages: [OutboxMessage]) async throws { throw Away() }
      func disable(receiver: String, reason: String) async throws { throw Away() }
    }
    let summary = await Dispatcher(receivers: [Scripted("chat", [.delivered("ok")])], outbox: Down(), logger: quiet).runOnce()
    #expect(summary == Dispatcher.Summary(failedRounds: 1))
  }

  @Test func `the identity of a message depends on the step and the receiver alone`() {
    let id = AlertMessage.identity(fingerprint: "f", sequence: 2, receiver: "chat")
    #expect(id == AlertMessage.identity(fingerprint: "f", sequence: 2, receiver: "chat"))
    #expect(id != AlertMessage.identity(fingerprint: "f", sequence: 3, receiver: "chat"))
    #expect(id != AlertMessage.identity(fingerprint: "f", sequence: 2, receiver: "mail"))
    #expect(id.hasPrefix("msg_") && id.utf8.count == 28)
  }
}
