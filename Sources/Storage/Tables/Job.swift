package import Foundation
internal import Postgres
package import Records

/// Where a job stands. `queued` and `retry` wait for `runAt`; the last three are final.
package enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
  case queued, running, retry, done, failed, cancelled

  package var isLive: Bool { self == .queued || self == .running || self == .retry }
}

/// A piece of work as its row has it.
package struct Job: Sendable, Hashable, Codable {
  package var id: Int
  /// `evaluate`, `retrain`, ...
  package var kind: String
  package var deployment: String?
  package var arguments: JSONValue
  package var state: JobState
  /// Smaller is sooner.
  package var priority: Int
  package var runAt: Date
  /// Times it was claimed; this one included while it runs.
  package var attempt: Int
  package var attemptsMax: Int
  /// Times its process died under it; these are no attempts.
  package var interruptions: Int
  package var uniqueKey: String?
  package var leasedBy: String?
  package var leasedUntil: Date?
  package var cancelRequestedAt: Date?
  package var createdAt: Date
  package var startedAt: Date?
  package var finishedAt: Date?
  package var progress: JSONValue?
  package var result: JSONValue?
  /// One an attempt that failed: `at`, `attempt`, `error`.
  package var errors: [JobError]
}

package struct JobError: Sendable, Hashable, Codable {
  package var at: Date
  package var attempt: Int
  package var error: String
}

/// A job that this process may work on. The token fences: every write names it, and is refused once another process has the job.
package struct JobLease: Sendable, Hashable {
  package var job: Job
  package var token: UUID
}

/// What enqueueing led to.
package struct JobTicket: Sendable, Hashable {
  package var id: Int
  /// False when a live job with the same kind and unique key was there already.
  package var isNew: Bool

  package init(id: Int, isNew: Bool) {
    self.id = id
    self.isNew = isNew
  }
}

/// The lease was taken over, or ended: what this worker did must not be written. Throwing it rolls its transaction back.
package struct LeaseLost: Error, Sendable, Hashable, CustomStringConvertible {
  package var kind: String
  package var id: Int

  package init(kind: String, id: Int) {
    self.kind = kind
    self.id = id
  }

  package var description: String { "the lease on \(kind) \(id) is lost: another process has it, so this one's results are dropped" }
}

/// When to try again: `min(cap, base * 2^(attempt - 1))`, times a random factor in 0.5...1 so that many do not come back at once.
package enum JobBackoff {
  package static let base = Duration.seconds(5)
  package static let cap = Duration.seconds(3600)

  /// - attempt: the one that failed, from 1.
  /// - random: in 0...1.
  package static func delay(attempt: Int, random: Double) -> Duration {
    // 2^20 bases is far over the cap, and larger exponents would overflow.
    let whole = min(cap, base * (1 << min(max(attempt, 1) - 1, 20)))
    return whole * (0.5 + 0.5 * min(max(random, 0), 1))
  }
}

extension Job {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.int("id"), kind: try row.text("kind"), deployment: try row.optionalText("deployment"), arguments: try row.json("arguments"),
      state: try row.choice("state"), priority: try row.int("priority"), runAt: try row.time("run_at"), attempt: try row.int("attempt"),
      attemptsMax: try row.int("attempts_max"), interruptions: try row.int("interruptions"), uniqueKey: try row.optionalText("unique_key"),
      leasedBy: try row.optionalText("leased_by"), leasedUntil: try row.optionalTime("leased_until"),
      cancelRequestedAt: try row.optionalTime("cancel_requested_at"), createdAt: try row.time("created_at"),
      startedAt: try row.optionalTime("started_at"), finishedAt: try row.optionalTime("finished_at"), progress: try row.optionalJSON("progress"),
      result: try row.optionalJSON("result"), errors: try row.json("errors"))
  }
}
