package import Foundation
internal import Postgres
package import Records

/// A measurement and the cycle's slot that made it. (Foundation has a `Measurement` too, of units.)
package struct StoredMeasurement: Sendable, Hashable, Codable {
  package var id: Int
  package var deployment: String
  package var slot: Date
  package var measurement: Records.Measurement

  package init(id: Int, deployment: String, slot: Date, measurement: Records.Measurement) {
    self.id = id
    self.deployment = deployment
    self.slot = slot
    self.measurement = measurement
  }
}

package struct MeasurementTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension MeasurementTable {
  /// All of one slot, by measure, slice and model.
  package func slot(_ deployment: String, _ slot: Date) async throws -> [StoredMeasurement] {
    try await connection.query(MeasurementSQL.slot, [.text(deployment), .time(slot)]).map(StoredMeasurement.init)
  }

  /// One measure over time, oldest first.
  /// - slice: every slice when nil.
  /// - model: every model when nil.
  /// - slots: all when nil.
  package func series(
    _ deployment: String, measure: String, slice: Slice? = nil, model: String? = nil, slots: Window? = nil, limit: Int? = nil
  ) async throws -> [StoredMeasurement] {
    let parameters: [PostgresParameter] = [
      .text(deployment), .text(measure), .optional(slice?.text), .optional(model), .optional(slots?.start), .optional(slots?.end), .optional(limit),
    ]
    return try await connection.query(MeasurementSQL.series, parameters).map(StoredMeasurement.init)
  }

  /// The last of each measure, slice and model.
  package func latest(_ deployment: String) async throws -> [StoredMeasurement] {
    try await connection.query(MeasurementSQL.latest, [.text(deployment)]).map(StoredMeasurement.init)
  }

  package func find(id: Int) async throws -> StoredMeasurement? {
    try await connection.query("SELECT \(MeasurementSQL.columns) FROM vigil.measurement WHERE id = $1", [.integer(id)]).first.map(
      StoredMeasurement.init)
  }
}

extension MeasurementTable where Access == WriteAccess {
  /// Stores measurements; what the slot has already stays as it is.
  /// - Returns: how many were new.
  @discardableResult
  package func insert(_ measurements: [Records.Measurement], deployment: String, slot: Date) async throws -> Int {
    var inserted = 0
    for chunk in measurements.chunked(500) {
      inserted += try await connection.execute(
        MeasurementSQL.insert, [.text(deployment), .time(slot), .jsons(try chunk.map { try JSONForm.text($0) }), .texts(chunk.map(\.slice.text))])
    }
    return inserted
  }
}

extension StoredMeasurement {
  init(_ row: PostgresRow) throws {
    self.init(id: try row.int("id"), deployment: try row.text("deployment"), slot: try row.time("slot"), measurement: try row.json("body"))
  }
}

private enum MeasurementSQL {
  static let columns = "id, deployment, slot, body"

  static let slot = """
    SELECT \(columns) FROM vigil.measurement WHERE deployment = $1 AND slot = $2 ORDER BY measure, slice, model
    """

  static let series = """
    SELECT * FROM (
      SELECT \(columns), measure, slice, model FROM vigil.measurement
      WHERE deployment = $1 AND measure = $2 AND ($3::text IS NULL OR slice = $3) AND ($4::text IS NULL OR model = $4)
        AND ($5::timestamptz IS NULL OR slot >= $5) AND ($6::timestamptz IS NULL OR slot < $6)
      ORDER BY slot DESC, slice, model LIMIT $7
    ) latest ORDER BY slot, slice, model
    """

  static let latest = """
    SELECT DISTINCT ON (measure, slice, model) \(columns) FROM vigil.measurement WHERE deployment = $1 ORDER BY measure, slice, model, slot DESC
    """

  // The body is the measurement; the columns repeat what queries look for.
  static let insert = """
    INSERT INTO vigil.measurement
      (deployment, slot, measure, slice, model, window_start, window_end, value, lower, upper, n, verdict, signature, body)
    SELECT $1, $2, b->>'measure', m.slice, b->>'model', (b->'window'->>'start')::timestamptz, (b->'window'->>'end')::timestamptz,
      (b->>'value')::float8, (b->>'lower')::float8, (b->>'upper')::float8, (b->>'n')::bigint, b->>'verdict', b->>'signature', b
    FROM unnest($3::text[], $4::text[]) AS m (body, slice), LATERAL (SELECT m.body::jsonb) AS j (b)
    ORDER BY b->>'measure', m.slice, b->>'model'
    ON CONFLICT (deployment, slot, measure, slice, model) DO NOTHING
    """
}
