package import Foundation
internal import Postgres
package import Records

/// One model over one suite.
package struct SuiteRunRecord: Sendable, Hashable, Codable {
  package var id: String
  package var deployment: String
  package var suite: String
  package var suiteDigest: String
  package var model: String
  package var at: Date
  package var n: Int
  package var metrics: JSONValue

  package init(id: String, deployment: String, suite: String, suiteDigest: String, model: String, at: Date, n: Int, metrics: JSONValue) {
    self.id = id
    self.deployment = deployment
    self.suite = suite
    self.suiteDigest = suiteDigest
    self.model = model
    self.at = at
    self.n = n
    self.metrics = metrics
  }
}

/// One item's answer, kept so that two models can be compared pair by pair.
package struct SuiteItemRecord: Sendable, Hashable, Codable {
  package var item: String
  package var expected: String?
  package var answer: String?
  package var correct: Bool?
  package var score: Double?
  package var failure: String?

  package init(item: String, expected: String?, answer: String?, correct: Bool?, score: Double? = nil, failure: String? = nil) {
    self.item = item
    self.expected = expected
    self.answer = answer
    self.correct = correct
    self.score = score
    self.failure = failure
  }
}

package struct SuiteRunTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension SuiteRunTable {
  package func find(_ id: String) async throws -> SuiteRunRecord? {
    try await connection.query("SELECT * FROM vigil.suite_run WHERE id = $1", [.text(id)]).first.map(SuiteRunRecord.init)
  }

  /// Newest first.
  package func list(_ deployment: String, suite: String? = nil, model: String? = nil, limit: Int = 100) async throws -> [SuiteRunRecord] {
    try await connection.query(SuiteRunSQL.list, [.text(deployment), .optional(suite), .optional(model), .integer(limit)]).map(SuiteRunRecord.init)
  }

  /// By item.
  package func items(_ run: String) async throws -> [SuiteItemRecord] {
    try await connection.query("SELECT * FROM vigil.suite_item WHERE run = $1 ORDER BY item", [.text(run)]).map { row in
      SuiteItemRecord(
        item: try row.text("item"), expected: try row.optionalText("expected"), answer: try row.optionalText("answer"),
        correct: try row.optionalBool("correct"), score: try row.optionalDouble("score"), failure: try row.optionalText("failure"))
    }
  }
}

extension SuiteRunTable where Access == WriteAccess {
  /// Stores a run with its items; one that is there stays as it is.
  package func insert(_ run: SuiteRunRecord, items: [SuiteItemRecord]) async throws {
    try await connection.execute(
      SuiteRunSQL.insert,
      [
        .text(run.id), .text(run.deployment), .text(run.suite), .text(run.suiteDigest), .text(run.model), .time(run.at), .integer(run.n),
        .encoding(run.metrics),
      ])
    for chunk in items.chunked(1000) {
      try await connection.execute(
        SuiteRunSQL.insertItems,
        [
          .text(run.id), .texts(chunk.map(\.item)), .texts(chunk.map(\.expected)), .texts(chunk.map(\.answer)),
          .texts(chunk.map { $0.correct.map { $0 ? "t" : "f" } }), .texts(chunk.map { $0.score?.description }), .texts(chunk.map(\.failure)),
        ])
    }
  }
}

extension SuiteRunRecord {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), suite: try row.text("suite"), suiteDigest: try row.text("suite_digest"),
      model: try row.text("model"), at: try row.time("at"), n: try row.int("n"), metrics: try row.json("metrics"))
  }
}

private enum SuiteRunSQL {
  static let list = """
    SELECT * FROM vigil.suite_run
    WHERE deployment = $1 AND ($2::text IS NULL OR suite = $2) AND ($3::text IS NULL OR model = $3)
    ORDER BY at DESC, id LIMIT $4
    """

  static let insert = """
    INSERT INTO vigil.suite_run (id, deployment, suite, suite_digest, model, at, n, metrics) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO NOTHING
    """

  static let insertItems = """
    INSERT INTO vigil.suite_item (run, item, expected, answer, correct, score, failure)
    SELECT $1, item, expected, answer, correct, score, failure
    FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[], $6::float8[], $7::text[]) AS i (item, expected, answer, correct, score, failure)
    ON CONFLICT DO NOTHING
    """
}
