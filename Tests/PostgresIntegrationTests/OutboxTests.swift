import Foundation
import Postgres
import Records
import Storage
import TestSupport
import Testing

@Suite struct OutboxTests {
  private func enqueue(_ tx: StorageWriter, _ receiver: String, _ fingerprint: String, _ sequence: Int) async throws -> Bool {
    try await tx.outbox.enqueue(
      receiver: receiver, idempotencyKey: "\(receiver)/\(fingerprint)/\(sequence)", fingerprint: fingerprint, sequence: sequence,
      payload: ["sequence": .number(Double(sequence))] as JSONValue)
  }

  @Test func `messages about one alert leave in order, others do not wait for them`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      #expect(try await enqueue(tx, "hook", "f1", 2))
      #expect(try await enqueue(tx, "hook", "f1", 1))
      #expect(try await enqueue(tx, "hook", "f2", 1))
      #expect(try await enqueue(tx, "folder", "f1", 1))
      #expect(try await !enqueue(tx, "hook", "f1", 1))
      let first = try await tx.outbox.claim(holder: "w", ttl: .seconds(60))
      #expect(Set(first.map(\.message.idempotencyKey)) == ["hook/f1/1", "hook/f2/1", "folder/f1/1"])
      #expect(try await tx.outbox.claim(holder: "w", ttl: .seconds(60)).isEmpty)
      let held = try #require(first.first { $0.message.idempotencyKey == "hook/f1/1" })
      // An earlier one that has to wait for another attempt still holds back the later one.
      try await tx.outbox.failed(held, status: 503, error: "busy", retryAfter: .seconds(3600))
      #expect(try await tx.outbox.claim(holder: "w", ttl: .seconds(60)).isEmpty)
      #expect(try await tx.outbox.redeliver(id: held.message.id))
      let again = try await tx.outbox.claim(holder: "w", ttl: .seconds(60))
      #expect(again.map(\.message.idempotencyKey) == ["hook/f1/1"])
      #expect(again[0].message.attempt == 2 && again[0].message.lastStatus == 503)
      try await tx.outbox.delivered(again[0], status: 200)
      #expect(try await tx.outbox.claim(holder: "w", ttl: .seconds(60)).map(\.message.idempotencyKey) == ["hook/f1/2"])
    }
  }

  @Test func `one who lost the lease cannot settle the message`() async throws {
    let state = try await stateDatabase()
    _ = try await state.transaction { try await enqueue($0, "hook", "f1", 1) }
    let slow = try #require(try await state.transaction { try await $0.outbox.claim(holder: "slow", ttl: .milliseconds(1)) }.first)
    try await Task.sleep(for: .milliseconds(20))
    let quick = try #require(try await state.transaction { try await $0.outbox.claim(holder: "quick", ttl: .seconds(60)) }.first)
    #expect(quick.message.idempotencyKey == slow.message.idempotencyKey)
    await #expect(throws: LeaseLost(kind: "delivery", id: slow.message.id)) {
      try await state.transaction { try await $0.outbox.delivered(slow, status: 200) }
    }
    await #expect(throws: LeaseLost.self) {
      try await state.transaction { try await $0.outbox.failed(slow, status: nil, error: "x", retryAfter: nil) }
    }
    try await state.transaction { try await $0.outbox.delivered(quick, status: 204) }
    let message = try #require(try await state.read { try await $0.outbox.list() }.first)
    #expect(message.deliveredAt != nil && message.lastStatus == 204)
  }

  @Test func `a message given up stays visible, makes way, and can be sent again`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      _ = try await enqueue(tx, "hook", "f1", 1)
      _ = try await enqueue(tx, "hook", "f1", 2)
      let first = try #require(try await tx.outbox.claim(holder: "w", ttl: .seconds(60)).first)
      #expect(try await tx.outbox.oldestWaitingSeconds() != nil)
      try await tx.outbox.failed(first, status: 410, error: "gone", retryAfter: nil)
      #expect(try await tx.outbox.counts() == (1, 1))
      let second = try #require(try await tx.outbox.claim(holder: "w", ttl: .seconds(60)).first)
      #expect(second.message.sequence == 2)
      try await tx.outbox.release(second)
      #expect(try await tx.outbox.about("f1").map { $0.deadAt != nil } == [true, false])
      #expect(try await tx.outbox.redeliver(id: first.message.id))
      #expect(try await tx.outbox.claim(holder: "w", ttl: .seconds(60)).map(\.message.sequence) == [1])
      #expect(try await tx.outbox.recover(holder: "w") == 1)
      #expect(try await tx.outbox.claim(holder: "w2", ttl: .seconds(60)).map(\.message.sequence) == [1])
    }
  }

  @Test func `many deliverers at once take each message once`() async throws {
    let state = try await stateDatabase(connectionsMax: 8)
    try await state.transaction { tx async throws in
      for alert in 0..<10 { for sequence in 1...4 { _ = try await enqueue(tx, "hook", "f\(alert)", sequence) } }
    }
    let delivered = try await withThrowingTaskGroup(of: [OutboxMessage].self) { group in
      for worker in 0..<4 {
        group.addTask {
          var mine: [OutboxMessage] = []
          while try await state.read({ try await $0.outbox.counts().waiting }) > 0 {
            let leases = try await state.transaction { try await $0.outbox.claim(holder: "w\(worker)", ttl: .seconds(60), limit: 3) }
            for lease in leases {
              try await state.transaction { try await $0.outbox.delivered(lease, status: 200) }
              mine.append(lease.message)
            }
          }
          return mine
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(delivered.count == 40)
    #expect(Set(delivered.map(\.id)).count == 40)
    // In order, as the database saw the deliveries.
    let history = try await state.read { try await $0.outbox.list(limit: 100) }.sorted { $0.deliveredAt! < $1.deliveredAt! }
    for alert in 0..<10 { #expect(history.filter { $0.fingerprint == "f\(alert)" }.map(\.sequence) == [1, 2, 3, 4]) }
  }
}
