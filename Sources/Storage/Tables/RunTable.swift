package import Foundation
internal import Postgres
package import Records

package enum RunStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case running, done, failed, cancelled
}

/// A training run: what went in, and what came of it.
package struct RunRecord: Sendable, Hashable, Codable {
  package var id: String
  package var deployment: String
  package var dataset: String?
  /// Digest of the base model.
  package var base: String
  package var configuration: JSONValue
  package var seed: Int
  /// The job it belongs to.
  package var job: Int?
  package var path: String
  package var status: RunStatus
  package var startedAt: Date
  package var finishedAt: Date?
  package var result: JSONValue?

  package init(
    id: String, deployment: String, dataset: String?, base: String, configuration: JSONValue, seed: Int, job: Int? = nil, path: String,
    status: RunStatus = .running, startedAt: Date, finishedAt: Date? = nil, result: JSONValue? = nil
  ) {
    self.id = id
    self.deployment = deployment
    self.dataset = dataset
    self.base = base
    self.configuration = configuration
    self.seed = seed
    self.job = job
    self.path = path
    self.status = status
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.result = result
  }
}

package struct RunTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension RunTable {
  package func find(_ id: String) async throws -> RunRecord? {
    try await connection.query("SELECT * FROM vigil.run WHERE id = $1", [.text(id)]).first.map(RunRecord.init)
  }

  /// Newest first.
  package func list(_ deployment: String? = nil, limit: Int = 100) async throws -> [RunRecord] {
    let sql = "SELECT * FROM vigil.run WHERE $1::text IS NULL OR deployment = $1 ORDER BY started_at DESC, id LIMIT $2"
    return try await connection.query(sql, [.optional(deployment), .integer(limit)]).map(RunRecord.init)
  }
}

extension RunTable where Access == WriteAccess {
  /// Enters a run that begins; one that is there stays as it is (it resumes).
  package func start(_ run: RunRecord) async throws {
    try await connection.execute(
      RunSQL.start,
      [
        .text(run.id), .text(run.deployment), .optional(run.dataset), .text(run.base), .encoding(run.configuration), .integer(run.seed),
        .optional(run.job), .text(run.path), .time(run.startedAt),
      ])
  }

  /// Notes how a run ended.
  package func finish(_ id: String, _ status: RunStatus, result: JSONValue?, at time: Date) async throws {
    precondition(status != .running, "a run finishes as done, failed or cancelled")
    try await connection.execute(RunSQL.finish, [.text(id), .text(status.rawValue), .encodingOptional(result), .time(time)])
  }
}

extension RunRecord {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), dataset: try row.optionalText("dataset"), base: try row.text("base"),
      configuration: try row.json("configuration"), seed: try row.int("seed"), job: try row.optionalInt("job"), path: try row.text("path"),
      status: try row.choice("status"), startedAt: try row.time("started_at"), finishedAt: try row.optionalTime("finished_at"),
      result: try row.optionalJSON("result"))
  }
}

private enum RunSQL {
  static let start = """
    INSERT INTO vigil.run (id, deployment, dataset, base, configuration, seed, job, path, status, started_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9)
    ON CONFLICT (id) DO NOTHING
    """

  static let finish = "UPDATE vigil.run SET status = $2, result = $3, finished_at = $4 WHERE id = $1"
}
