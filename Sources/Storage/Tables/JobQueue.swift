package import Foundation
internal import Postgres
package import Records

/// Work in PostgreSQL, with leases and fencing tokens: a worker that lost its lease cannot write.
///
/// After River (`riverqueue/river: riverdriver/riverpgxv5/internal/dbsqlc/river_job.sql`) and differing from it where it matters to us: River completes
/// a job by id and state, so a worker that was thought dead can still overwrite its successor; here each claim has a token of its own and each
/// write names it. Recovery takes a lease's length, or no time when the dead process is known (`recover`), where River waits an hour.
///
/// Invariants, kept by the table's CHECKs and the SQL beside: a job runs for at most one token; a job that ran to its end and the effects of it are
/// one transaction; times are the database's clock, never a worker's.
package struct JobQueue<Access>: Sendable {
  let connection: PostgresConnection

  /// NOTIFY is sent here, with the kind, when work comes in. For speed only: workers poll too.
  package static var channel: String { "vigil_job" }
}

extension JobQueue {
  package func find(_ id: Int) async throws -> Job? {
    try await connection.query("SELECT * FROM vigil.job WHERE id = $1", [.integer(id)]).first.map(Job.init)
  }

  /// Newest first.
  package func list(states: Set<JobState> = Set(JobState.allCases), kind: String? = nil, deployment: String? = nil, limit: Int = 100) async throws
    -> [Job]
  {
    let parameters: [PostgresParameter] = [
      .texts(states.map(\.rawValue).sorted()), .optional(kind), .optional(deployment), .integer(limit),
    ]
    return try await connection.query(JobSQL.list, parameters).map(Job.init)
  }

  package func counts() async throws -> [JobState: Int] {
    let rows = try await connection.query("SELECT state, count(*) AS n FROM vigil.job GROUP BY state")
    return Dictionary(try rows.map { (try $0.choice("state"), try $0.int("n")) }) { $1 }
  }
}

extension JobQueue where Access == WriteAccess {
  // MARK: - Asking for work

  /// Asks for work, once for each unique key as long as it lives.
  ///
  /// - uniqueKey: of the same kind; nil for work that may be asked for many times.
  /// - priority: smaller is sooner, 0...1000 by habit.
  /// - runAt: by the database's clock; at once when nil.
  package func enqueue(
    kind: String, deployment: String? = nil, arguments: JSONValue = [:], uniqueKey: String? = nil, priority: Int = 100, runAt: Date? = nil,
    attemptsMax: Int = 5
  ) async throws -> JobTicket {
    let parameters: [PostgresParameter] = [
      .text(kind), .optional(deployment), try .encoding(arguments), .optional(uniqueKey), .integer(priority), .optional(runAt),
      .integer(attemptsMax),
    ]
    while true {
      if let row = try await connection.query(JobSQL.enqueue, parameters).first { return JobTicket(id: try row.int("id"), isNew: true) }
      // Another live job has the key, or had it until a moment ago: then the next round inserts.
      if let row = try await connection.query(JobSQL.live, [.text(kind), .optional(uniqueKey)]).first {
        return JobTicket(id: try row.int("id"), isNew: false)
      }
      try Task.checkCancellation()
    }
  }

  /// Ends a job that waits, or asks the worker of a running one to stop (it learns at its next `renew`).
  /// - Returns: the state now; nil when there is no such job.
  @discardableResult
  package func cancel(_ id: Int) async throws -> JobState? {
    try await connection.query(JobSQL.cancel, [.integer(id)]).first.map { try $0.choice("state") }
  }

  /// Gives a job that failed or was cancelled another start.
  /// - Returns: false when it is not in such a state, or a live job has its unique key.
  package func retry(_ id: Int) async throws -> Bool { try await connection.execute(JobSQL.retry, [.integer(id)]) == 1 }

  // MARK: - Doing it

  /// Takes up to `limit` jobs that are due, each for as long as `ttl`; workers that claim at the same time never get the same job.
  /// - holder: names this process for `recover`; made from the state directory, say.
  package func claim(kinds: [String], holder: String, ttl: Duration, limit: Int = 1) async throws -> [JobLease] {
    let parameters: [PostgresParameter] = [.texts(kinds), .integer(limit), .text(holder), .seconds(ttl)]
    return try await connection.query(JobSQL.claim, parameters)
      .map { JobLease(job: try Job($0), token: try $0.uuid("lease_token")) }
      .sorted { ($0.job.priority, $0.job.runAt, $0.job.id) < ($1.job.priority, $1.job.runAt, $1.job.id) }
  }

  /// Keeps the lease, every third of its `ttl`, and tells how far the work is.
  /// - Returns: whether cancelling was asked for.
  /// - Throws: `LeaseLost`: stop at once and drop what was done.
  package func renew(_ lease: JobLease, ttl: Duration, progress: JSONValue? = nil) async throws -> Bool {
    let rows = try await connection.query(JobSQL.renew, parameters(lease) + [.seconds(ttl), .encodingOptional(progress)])
    guard let row = rows.first else { throw LeaseLost(kind: "job", id: lease.job.id) }
    return try row.optionalTime("cancel_requested_at") != nil
  }

  /// Fails unless the lease is held, and keeps it held until this transaction ends: before effects in the middle of a job.
  package func hold(_ lease: JobLease) async throws {
    guard try await connection.query(JobSQL.hold, parameters(lease)).count == 1 else { throw LeaseLost(kind: "job", id: lease.job.id) }
  }

  /// Ends a job well, in the transaction of its effects.
  /// - Throws: `LeaseLost`, and nothing of the transaction happens.
  package func complete(_ lease: JobLease, result: JSONValue? = nil) async throws {
    try await settle(JobSQL.complete, lease, [.encodingOptional(result)])
  }

  /// Notes a failure.
  /// - retryAfter: when to try again, if attempts are left; nil when trying again cannot help (a bad configuration, a corrupt model).
  /// - Returns: `.retry`, `.failed`, or `.cancelled` when that was asked for.
  @discardableResult
  package func fail(_ lease: JobLease, error: String, retryAfter: Duration?) async throws -> JobState {
    let rows = try await connection.query(JobSQL.fail, parameters(lease) + [.text(error), retryAfter.map { .seconds($0) } ?? .null])
    guard let row = rows.first else { throw LeaseLost(kind: "job", id: lease.job.id) }
    return try row.choice("state")
  }

  /// The worker has stopped because cancelling was asked for.
  package func cancelled(_ lease: JobLease) async throws { try await settle(JobSQL.cancelled, lease, []) }

  /// Gives a job back at shutdown; the attempt does not count.
  package func release(_ lease: JobLease) async throws { try await settle(JobSQL.release, lease, []) }

  /// Puts a job off because something outside is away (a model's server): the attempt does not count, however long it lasts.
  package func postpone(_ lease: JobLease, error: String, for pause: Duration) async throws {
    try await settle(JobSQL.postpone, lease, [.text(error), .seconds(pause)])
  }

  // MARK: - When workers die

  /// Frees what a process that is known to be dead had claimed, at once: when the same state directory starts again. The attempt does not count, the
  /// interruption does; a job that takes its process down too often fails.
  /// - Returns: the jobs.
  @discardableResult
  package func recover(holder: String) async throws -> [Int] {
    try await connection.query(JobSQL.recover, [.text(holder), .integer(JobSQL.interruptionsMax)]).map { try $0.int("id") }
  }

  /// Frees jobs whose lease ended without a word; any process may do it, every few seconds.
  /// - Returns: the jobs.
  @discardableResult
  package func rescue() async throws -> [Int] { try await connection.query(JobSQL.rescue).map { try $0.int("id") } }

  private func parameters(_ lease: JobLease) -> [PostgresParameter] { [.integer(lease.job.id), .uuid(lease.token)] }

  private func settle(_ sql: String, _ lease: JobLease, _ more: [PostgresParameter]) async throws {
    guard try await connection.execute(sql, parameters(lease) + more) == 1 else { throw LeaseLost(kind: "job", id: lease.job.id) }
  }
}
