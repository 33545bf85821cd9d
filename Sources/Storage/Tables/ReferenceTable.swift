package import Foundation
internal import Postgres
package import Records

/// A sealed reference: what windows are compared with.
package struct ReferenceRecord: Sendable, Hashable, Codable {
  package var id: String
  package var deployment: String
  /// What it is for: `inputs`, `quality`, ...
  package var purpose: String
  /// The champion when it was sealed.
  package var model: String
  package var window: Window
  package var sealedAt: Date
  package var rows: Int
  /// SHA-256 over keys, times, inputs and labels, in order of key.
  package var digest: String

  package init(
    id: String, deployment: String, purpose: String, model: String, window: Window, sealedAt: Date, rows: Int, digest: String
  ) {
    self.id = id
    self.deployment = deployment
    self.purpose = purpose
    self.model = model
    self.window = window
    self.sealedAt = sealedAt
    self.rows = rows
    self.digest = digest
  }
}

package struct ReferenceTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension ReferenceTable {
  package func find(_ id: String) async throws -> ReferenceRecord? {
    try await connection.query("SELECT * FROM vigil.reference WHERE id = $1", [.text(id)]).first.map(ReferenceRecord.init)
  }

  /// The reference for a purpose that was sealed last.
  package func latest(_ deployment: String, purpose: String) async throws -> ReferenceRecord? {
    let sql = "SELECT * FROM vigil.reference WHERE deployment = $1 AND purpose = $2 ORDER BY sealed_at DESC, id DESC LIMIT 1"
    return try await connection.query(sql, [.text(deployment), .text(purpose)]).first.map(ReferenceRecord.init)
  }

  package func list(_ deployment: String) async throws -> [ReferenceRecord] {
    try await connection.query("SELECT * FROM vigil.reference WHERE deployment = $1 ORDER BY sealed_at DESC, id", [.text(deployment)])
      .map(ReferenceRecord.init)
  }

  /// Its rows as they were when it was sealed, by event time and key.
  package func samples(_ id: String) async throws -> [Sample] {
    try await connection.query(ReferenceSQL.samples, [.text(id)]).map(Sample.init)
  }

  /// Its rows with what `model` says of them; rows that the model has not been asked about are left out.
  package func observations(_ id: String, model: String) async throws -> [Observation] {
    try await connection.query(ReferenceSQL.observations, [.text(id), .text(model)]).map(Observation.init)
  }

  /// Its rows that `model` has not been asked about.
  package func missing(_ id: String, model: String, limit: Int? = nil) async throws -> [Sample] {
    try await connection.query(ReferenceSQL.missing, [.text(id), .text(model), .optional(limit)]).map(Sample.init)
  }
}

extension ReferenceTable where Access == WriteAccess {
  /// Copies the samples of a window into a reference that never changes. Sealed once: with an id that exists, the existing one is returned.
  package func seal(
    id: String, deployment: String, purpose: String, model: String, window: Window, clock: WindowClock = .event, labels: LabelFilter = .all,
    at time: Date
  ) async throws -> ReferenceRecord {
    if let existing = try await find(id) { return existing }
    let parameters: [PostgresParameter] = [
      .text(id), .text(deployment), .text(purpose), .text(model), .time(window.start), .time(window.end), .time(time),
    ]
    try await connection.execute(ReferenceSQL.create, parameters)
    let column = SampleSQL.time(clock)
    let copy = """
      INSERT INTO vigil.reference_sample
        (reference, key, event_time, input, columns, production_answer, stratum, inclusion_probability, label, labelled_at)
      SELECT $1, s.key, s.event_time, s.input, s.columns, s.production_answer, s.stratum, s.inclusion_probability, s.label, s.labelled_at
      FROM vigil.sample s
      WHERE s.deployment = $2 AND \(column) >= $3 AND \(column) < $4 AND \(SampleSQL.filter(labels))
      """
    try await connection.execute(copy, [.text(id), .text(deployment), .time(window.start), .time(window.end)])
    return try ReferenceRecord(try await connection.query(ReferenceSQL.seal, [.text(id)])[0])
  }
}

extension ReferenceRecord {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), purpose: try row.text("purpose"), model: try row.text("model"),
      window: Window(start: try row.time("window_start"), end: try row.time("window_end")), sealedAt: try row.time("sealed_at"),
      rows: try row.int("rows"), digest: try row.text("digest"))
  }
}

private enum ReferenceSQL {
  private static let sampleColumns = """
    r.deployment, s.key, s.event_time, s.input, s.columns, s.production_answer, s.stratum, s.inclusion_probability, s.label, s.labelled_at
    """
  private static let tables = "vigil.reference r JOIN vigil.reference_sample s ON s.reference = r.id"

  static let samples = "SELECT \(sampleColumns) FROM \(tables) WHERE r.id = $1 ORDER BY s.event_time, s.key"

  static let observations = """
    SELECT \(sampleColumns), \(PredictionSQL.columns)
    FROM \(tables) JOIN vigil.prediction p ON p.deployment = r.deployment AND p.key = s.key AND p.model = $2
    WHERE r.id = $1 ORDER BY s.event_time, s.key
    """

  static let missing = """
    SELECT \(sampleColumns) FROM \(tables)
    WHERE r.id = $1 AND NOT EXISTS (SELECT FROM vigil.prediction p WHERE p.deployment = r.deployment AND p.key = s.key AND p.model = $2)
    ORDER BY s.event_time, s.key LIMIT $3
    """

  static let create = """
    INSERT INTO vigil.reference (id, deployment, purpose, model, window_start, window_end, sealed_at, rows, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '')
    """

  // Each row is hashed first, so that no separator inside a text can make two references look alike.
  static let seal = """
    UPDATE vigil.reference r SET rows = s.n, digest = s.digest
    FROM (
      SELECT count(*) AS n,
        encode(sha256(coalesce(string_agg(
          sha256(convert_to(jsonb_build_array(key, event_time, input, columns, production_answer, label)::text, 'UTF8')), ''::bytea ORDER BY key), ''
        )), 'hex') AS digest
      FROM vigil.reference_sample WHERE reference = $1
    ) s
    WHERE r.id = $1
    RETURNING r.*
    """
}
