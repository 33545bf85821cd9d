import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct PoolTests {
  private func pool(_ connections: Int, waiters: Int = 100, timeout: Duration = .seconds(30)) async throws -> PostgresPool {
    let configuration = try PostgresConfiguration(url: try await Cluster.database(), purpose: "pool")
    return PostgresPool(configuration, connectionsMax: connections, waitersMax: waiters, acquireTimeout: timeout)
  }

  @Test func `no more connections than allowed, and everyone gets a turn`() async throws {
    let pool = try await pool(3)
    let busy = Busy()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<40 {
        group.addTask {
          try await pool.withConnection { connection in
            busy.enter()
            try await connection.execute("SELECT pg_sleep(0.005)")
            busy.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(busy.most <= 3)
    #expect(pool.counts == .init(open: pool.counts.open, idle: pool.counts.open, waiting: 0))
    #expect(pool.counts.open <= 3)
    await pool.close()
    await #expect(throws: PostgresPool.Failure.closed) { try await pool.query("SELECT 1") }
  }

  @Test func `waiting has an end, and the line has one`() async throws {
    let pool = try await pool(1, waiters: 1, timeout: .milliseconds(300))
    try await pool.withConnection { _ in
      let first = Task { try await pool.query("SELECT 1") }
      while pool.counts.waiting == 0 { await Task.yield() }
      await #expect(throws: PostgresPool.Failure.tooManyWaiters(waitersMax: 1)) { try await pool.query("SELECT 1") }
      await #expect(throws: PostgresPool.Failure.self) { try await first.value }
    }
    #expect(pool.counts.waiting == 0)
    #expect(try await pool.query("SELECT 1 AS one")[0].int("one") == 1)
  }

  @Test func `one who is cancelled leaves the line`() async throws {
    let pool = try await pool(1)
    try await pool.withConnection { _ in
      let task = Task { try await pool.query("SELECT 1") }
      while pool.counts.waiting == 0 { await Task.yield() }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(pool.counts == .init(open: 1, idle: 1, waiting: 0))
  }

  @Test func `a connection that comes back broken or busy makes room for a new one`() async throws {
    let pool = try await pool(1)
    _ = try? await pool.withConnection { connection in
      try await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    }
    #expect(pool.counts.open == 0)
    try await pool.withConnection { _ = try await $0.execute("BEGIN") }
    #expect(pool.counts.open == 0)
    #expect(try await pool.query("SELECT pg_current_xact_id_if_assigned() IS NULL AS is_fresh")[0].bool("is_fresh"))
  }

  @Test func `a database that is down gives the place back`() async throws {
    let pool = PostgresPool(try PostgresConfiguration(url: "postgresql://x@/y?host=/nonexistent", purpose: "pool"), connectionsMax: 1)
    for _ in 0..<3 { await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") } }
    #expect(pool.counts.open == 0)
  }
}

/// How many are inside at once, and at most.
private final class Busy: Sendable {
  private let counts = Mutex((now: 0, most: 0))

  var most: Int { counts.withLock { $0.most } }

  func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }

  func leave() { counts.withLock { $0.now -= 1 } }
}
