import Foundation
import Records
import Synchronization
import TestSupport

@testable import Alerting

enum Samples {
  static let now = Date(timeIntervalSince1970: 1_768_521_600)  // 2026-01-16

  static func alert(state: AlertState = .firing, rule: String = "accuracy-fell", labels: [String: String] = ["team": "support-ml"]) -> Alert {
    Alert(
      fingerprint: "3f9a77c1d2e4b805", deployment: "helpdesk", rule: rule, measure: "performance.accuracy", slice: Slice(["speech": "regional"]),
      severity: .critical, labels: labels, annotations: ["runbook": "see the wiki"], state: state, activeAt: now.addingTimeInterval(-43_200),
      firedAt: now, resolvedAt: state == .resolved ? now.addingTimeInterval(3600) : nil, lastEvaluatedAt: now,
      measurement: Records.Measurement(
        measure: "performance.accuracy", window: Window(start: now.addingTimeInterval(-86_400), end: now), value: 0.812, lower: 0.781, upper: 0.84,
        n: 412,
        reference: 0.931, effect: -0.119, verdict: .changed, signature: "accuracy|wilson95", model: "9f2c41d07ab35e68"), sequence: 2)
  }

  static func message(_ id: String = "msg_1f0c9a7e5b", alert: Alert? = alert(), attachments: [AlertMessage.Attachment] = []) -> AlertMessage {
    AlertMessage(
      id: id, deployment: "helpdesk", createdAt: now, lines: ["[FIRING · critical] Accuracy fell from 0.931 to 0.812", "Rule accuracy-fell."],
      alert: alert,
      transition: AlertTransition(
        fingerprint: "3f9a77c1d2e4b805", sequence: 2, from: .pending, to: .firing, at: now, reason: "condition held for 12h"),
      attachments: attachments, reportAddress: "reports/1f0c.html")
  }

  static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-alerting-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}

/// An outbox in memory that keeps the promises of the protocol.
final class MemoryOutbox: Outbox {
  struct Row: Sendable {
    var item: OutboxMessage
    var dueAt: Date
    var leased = false
    var state = "waiting"
    var detail = ""
  }

  let rows: Mutex<[Row]>
  let disabled = Mutex<Set<String>>([])
  let clock: Mutex<Date>

  init(_ messages: [(receiver: String, message: AlertMessage)], at now: Date = Samples.now) {
    clock = Mutex(now)
    rows = Mutex(
      messages.enumerated().map { index, entry in
        Row(
          item: OutboxMessage(id: Int64(index), receiver: entry.receiver, message: entry.message, attempts: 0, queuedAt: now, token: 1), dueAt: now)
      })
  }

  func states(_ receiver: String) -> [String] { rows.withLock { $0.filter { $0.item.receiver == receiver }.map(\.state) } }

  func claim(receiver: String, limit: Int) async throws -> [OutboxMessage] {
    if disabled.withLock({ $0.contains(receiver) }) { return [] }
    let now = clock.withLock { $0 }
    return rows.withLock { rows in
      var claimed: [OutboxMessage] = []
      for index in rows.indices where claimed.count < limit {
        let row = rows[index]
        guard row.item.receiver == receiver, row.state == "waiting", row.dueAt <= now, !row.leased else { continue }
        rows[index].leased = true
        claimed.append(row.item)
      }
      return claimed
    }
  }

  private func set(_ item: OutboxMessage, _ body: (inout Row) -> Void) {
    rows.withLock { rows in
      guard let index = rows.firstIndex(where: { $0.item.id == item.id && $0.leased }) else { return }
      rows[index].leased = false
      body(&rows[index])
    }
  }

  func delivered(_ message: OutboxMessage, detail: String) async throws { set(message) { ($0.state, $0.detail) = ("delivered", detail) } }
  func dead(_ message: OutboxMessage, reason: String) async throws { set(message) { ($0.state, $0.detail) = ("dead", reason) } }
  func release(_ messages: [OutboxMessage]) async throws { for message in messages { set(message) { _ in } } }
  func disable(receiver: String, reason: String) async throws { _ = disabled.withLock { $0.insert(receiver) } }

  func retry(_ message: OutboxMessage, at: Date, reason: String) async throws {
    set(message) {
      $0.item.attempts += 1
      ($0.dueAt, $0.detail) = (at, reason)
    }
  }
}

extension FakeServer {
  /// A webhook's address, part of which is secret.
  var hook: String { "http://127.0.0.1:\(port)/hook?key=hidden" }
}
