import Foundation
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct JobQueueTests {
  @Test func `workers that claim at the same time never share a job`() async throws {
    let state = try await stateDatabase(connectionsMax: 8)
    try await state.transaction { tx async throws in
      for number in 0..<60 { _ = try await tx.jobs.enqueue(kind: "evaluate", arguments: ["number": .number(Double(number))]) }
    }
    let claimed = try await withThrowingTaskGroup(of: [Int].self) { group in
      for worker in 0..<6 {
        group.addTask {
          var mine: [Int] = []
          while true {
            let leases = try await state.transaction {
              try await $0.jobs.claim(kinds: ["evaluate"], holder: "w\(worker)", ttl: .seconds(60), limit: 2)
            }
            if leases.isEmpty { return mine }
            mine += leases.map(\.job.id)
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(claimed.count == 60)
    #expect(Set(claimed).count == 60)
  }

  @Test func `jobs come by priority, then time, and not before their time`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      let late = try await tx.jobs.enqueue(kind: "a", runAt: .now + 3600)
      let low = try await tx.jobs.enqueue(kind: "a", priority: 200)
      let high = try await tx.jobs.enqueue(kind: "a", priority: 10)
      _ = try await tx.jobs.enqueue(kind: "b", priority: 0)
      let leases = try await tx.jobs.claim(kinds: ["a"], holder: "w", ttl: .seconds(60), limit: 10)
      #expect(leases.map(\.job.id) == [high.id, low.id])
      #expect(try await tx.jobs.find(late.id)?.state == .queued)
      #expect(try await tx.jobs.counts() == [.running: 2, .queued: 2])
    }
  }

  @Test func `a unique key is held by one live job`() async throws {
    let state = try await stateDatabase()
    let first = try await state.transaction { try await $0.jobs.enqueue(kind: "retrain", uniqueKey: "routing") }
    let tickets = try await withThrowingTaskGroup(of: JobTicket.self) { group in
      for _ in 0..<5 { group.addTask { try await state.transaction { try await $0.jobs.enqueue(kind: "retrain", uniqueKey: "routing") } } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(tickets.allSatisfy { $0 == JobTicket(id: first.id, isNew: false) })
    try await state.transaction { tx async throws in
      let lease = try #require(try await tx.jobs.claim(kinds: ["retrain"], holder: "w", ttl: .seconds(60)).first)
      #expect(try await !tx.jobs.enqueue(kind: "retrain", uniqueKey: "routing").isNew)
      try await tx.jobs.complete(lease)
      #expect(try await tx.jobs.enqueue(kind: "retrain", uniqueKey: "routing").isNew)
      #expect(try await tx.jobs.enqueue(kind: "evaluate", uniqueKey: "routing").isNew)
    }
  }

  @Test func `a zombie's work is fenced off, with all of its effects`() async throws {
    let state = try await stateDatabase()
    _ = try await state.transaction { try await $0.jobs.enqueue(kind: "evaluate") }
    let zombie = try #require(
      try await state.transaction { try await $0.jobs.claim(kinds: ["evaluate"], holder: "old", ttl: .milliseconds(1)) }.first)
    try await Task.sleep(for: .milliseconds(20))
    #expect(try await state.transaction { try await $0.jobs.rescue() } == [zombie.job.id])
    let heir = try #require(try await state.transaction { try await $0.jobs.claim(kinds: ["evaluate"], holder: "new", ttl: .seconds(60)) }.first)
    #expect(heir.job.id == zombie.job.id && heir.token != zombie.token && heir.job.attempt == 2)
    #expect(heir.job.errors.map(\.attempt) == [1])

    await #expect(throws: LeaseLost(kind: "job", id: zombie.job.id)) {
      try await state.transaction { tx async throws in
        try await tx.samples.insert([.example(1)])
        try await tx.jobs.complete(zombie, result: "zombie")
      }
    }
    await #expect(throws: LeaseLost.self) { try await state.transaction { _ = try await $0.jobs.renew(zombie, ttl: .seconds(60)) } }
    await #expect(throws: LeaseLost.self) { try await state.transaction { try await $0.jobs.fail(zombie, error: "x", retryAfter: nil) } }
    await #expect(throws: LeaseLost.self) { try await state.transaction { try await $0.jobs.hold(zombie) } }
    await #expect(throws: LeaseLost.self) { try await state.transaction { try await $0.jobs.release(zombie) } }
    #expect(try await state.read { try await $0.samples.count("routing") } == 0)

    try await state.transaction { tx async throws in
      try await tx.jobs.hold(heir)
      try await tx.samples.insert([.example(2)])
      try await tx.jobs.complete(heir, result: ["accuracy": 0.9])
    }
    let job = try #require(try await state.read { try await $0.jobs.find(heir.job.id) })
    #expect(job.state == .done && job.result == ["accuracy": 0.9] && job.leasedBy == nil)
  }

  @Test func `a lease that is renewed in time is not rescued`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      _ = try await tx.jobs.enqueue(kind: "evaluate")
      let lease = try #require(try await tx.jobs.claim(kinds: ["evaluate"], holder: "w", ttl: .milliseconds(1)).first)
      try await tx.connection.execute("SELECT pg_sleep(0.01)")
      #expect(try await tx.jobs.renew(lease, ttl: .seconds(60), progress: ["step": 3]) == false)
      #expect(try await tx.jobs.rescue().isEmpty)
      #expect(try await tx.jobs.find(lease.job.id)?.progress == ["step": 3])
    }
  }

  @Test func `a failure is tried again until the attempts are used up, a hopeless one is not`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      let ticket = try await tx.jobs.enqueue(kind: "a", attemptsMax: 2)
      for expected in [JobState.retry, .failed] {
        let lease = try #require(try await tx.jobs.claim(kinds: ["a"], holder: "w", ttl: .seconds(60)).first)
        #expect(try await tx.jobs.fail(lease, error: "attempt \(lease.job.attempt) \"failed\"", retryAfter: .zero) == expected)
      }
      let job = try #require(try await tx.jobs.find(ticket.id))
      #expect(job.errors.map(\.error) == ["attempt 1 \"failed\"", "attempt 2 \"failed\""])
      #expect(job.finishedAt != nil)
      #expect(try await tx.jobs.retry(ticket.id))
      let lease = try #require(try await tx.jobs.claim(kinds: ["a"], holder: "w", ttl: .seconds(60)).first)
      #expect(try await tx.jobs.fail(lease, error: "corrupt model", retryAfter: nil) == .failed)
      _ = try await tx.jobs.retry(ticket.id)
      let waiting = try #require(try await tx.jobs.claim(kinds: ["a"], holder: "w", ttl: .seconds(60)).first)
      #expect(try await tx.jobs.fail(waiting, error: "later", retryAfter: .seconds(600)) == .retry)
      #expect(try await tx.jobs.claim(kinds: ["a"], holder: "w", ttl: .seconds(60)).isEmpty)
    }
  }

  @Test func `cancelling ends a waiting job and asks a running one`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      let waiting = try await tx.jobs.enqueue(kind: "waiting")
      let running = try await tx.jobs.enqueue(kind: "running")
      let lease = try #require(try await tx.jobs.claim(kinds: ["running"], holder: "w", ttl: .seconds(60)).first)
      #expect(try await tx.jobs.cancel(waiting.id) == .cancelled)
      #expect(try await tx.jobs.cancel(running.id) == .running)
      #expect(try await tx.jobs.cancel(999_999) == nil)
      #expect(try await tx.jobs.renew(lease, ttl: .seconds(60)))
      try await tx.jobs.cancelled(lease)
      #expect(try await tx.jobs.cancel(running.id) == .cancelled)
      #expect(try await tx.jobs.list(states: [.cancelled]).map(\.id) == [running.id, waiting.id])
    }
  }

  @Test func `what a dead process held is free at once, without costing an attempt`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      for _ in 1...3 { _ = try await tx.jobs.enqueue(kind: "a", attemptsMax: 1) }
      let mine = try await tx.jobs.claim(kinds: ["a"], holder: "state-directory", ttl: .seconds(3600), limit: 2)
      _ = try await tx.jobs.claim(kinds: ["a"], holder: "other", ttl: .seconds(3600))
      #expect(try await tx.jobs.cancel(mine[1].job.id) == .running)
      #expect(try await Set(tx.jobs.recover(holder: "state-directory")) == Set(mine.map(\.job.id)))
      let again = try await tx.jobs.claim(kinds: ["a"], holder: "state-directory", ttl: .seconds(60), limit: 5)
      #expect(again.map(\.job.id) == [mine[0].job.id])
      #expect(again[0].job.attempt == 1 && again[0].job.interruptions == 1)
      #expect(try await tx.jobs.find(mine[1].job.id)?.state == .cancelled)
      try await tx.jobs.release(again[0])
      #expect(try await tx.jobs.find(again[0].job.id)?.attempt == 0)
    }
  }

  @Test func `a job that keeps killing its process fails in the end`() async throws {
    let state = try await stateDatabase()
    try await state.transaction { tx async throws in
      let ticket = try await tx.jobs.enqueue(kind: "a")
      var deaths = 0
      while try await !tx.jobs.claim(kinds: ["a"], holder: "w", ttl: .seconds(60)).isEmpty {
        try await tx.jobs.recover(holder: "w")
        deaths += 1
      }
      #expect(deaths == 50)
      #expect(try await tx.jobs.find(ticket.id)?.state == .failed)
    }
  }

  @Test(arguments: [
    (1, 1.0, Duration.seconds(5)), (1, 0, .seconds(2.5)), (3, 1, .seconds(20)), (60, 1, .seconds(3600)), (Int.max, 0, .seconds(1800)),
    (-1, 1, .seconds(5)),
  ])
  func `retries wait longer each time, within a bound`(attempt: Int, random: Double, delay: Duration) {
    #expect(JobBackoff.delay(attempt: attempt, random: random) == delay)
  }

  @Test func `enqueueing wakes those who listen`() async throws {
    let state = try await stateDatabase()
    var events = PostgresListener(state.pool.configuration, channels: [JobQueue<WriteAccess>.channel]).makeAsyncIterator()
    #expect(try await events.next() == .listening)
    _ = try await state.transaction { try await $0.jobs.enqueue(kind: "retrain") }
    guard case .notification(let notification)? = try await events.next() else { Issue.record("no notification"); return }
    #expect(notification.payload == "retrain")
  }
}
