package import Foundation
internal import Postgres
package import Records

/// Production inputs that were drawn, with their labels as they arrive.
package struct SampleTable<Access>: Sendable {
  let connection: PostgresConnection
}

/// By which time a window selects.
package enum WindowClock: Sendable, Hashable {
  /// When it happened.
  case event
  /// When its label was first seen; only labelled rows have that.
  case labelled
}

/// Which samples a query is about.
package enum LabelFilter: Sendable, Hashable {
  case all, labelled, unlabelled
}

extension SampleTable {
  /// The samples of a window, by time and key.
  /// - limit: the latest so many when given, still in order of time.
  package func window(
    _ deployment: String, _ window: Window, clock: WindowClock = .event, labels: LabelFilter = .all, limit: Int? = nil
  ) async throws -> [Sample] {
    let time = SampleSQL.time(clock)
    let sql = """
      SELECT * FROM (
        SELECT \(SampleSQL.columns) FROM vigil.sample s
        WHERE s.deployment = $1 AND \(time) >= $2 AND \(time) < $3 AND \(SampleSQL.filter(labels))
        ORDER BY \(time) DESC, s.key DESC LIMIT $4
      ) latest ORDER BY event_time, key
      """
    return try await connection.query(sql, [.text(deployment), .time(window.start), .time(window.end), .optional(limit)]).map(Sample.init)
  }

  package func count(_ deployment: String, _ window: Window? = nil, clock: WindowClock = .event, labels: LabelFilter = .all) async throws -> Int {
    let time = SampleSQL.time(clock)
    let sql = """
      SELECT count(*) AS n FROM vigil.sample s
      WHERE s.deployment = $1 AND ($2::timestamptz IS NULL OR \(time) >= $2) AND ($3::timestamptz IS NULL OR \(time) < $3) AND \(SampleSQL.filter(labels))
      """
    return try await connection.query(sql, [.text(deployment), .optional(window?.start), .optional(window?.end)])[0].int("n")
  }

  /// Those of `keys` that are samples already.
  package func existing(_ deployment: String, keys: [String]) async throws -> Set<String> {
    let sql = "SELECT key FROM vigil.sample WHERE deployment = $1 AND key = ANY ($2::text[])"
    return Set(try await connection.query(sql, [.text(deployment), .texts(keys)]).map { try $0.text("key") })
  }

  package func find(_ deployment: String, key: String) async throws -> Sample? {
    let sql = "SELECT \(SampleSQL.columns) FROM vigil.sample s WHERE s.deployment = $1 AND s.key = $2"
    return try await connection.query(sql, [.text(deployment), .text(key)]).first.map(Sample.init)
  }

  /// Keys whose label has not been seen yet, oldest first.
  /// - since: event time; older ones are given up.
  package func unlabelledKeys(_ deployment: String, since: Date? = nil, limit: Int? = nil) async throws -> [String] {
    try await connection.query(SampleSQL.unlabelled, [.text(deployment), .optional(since), .optional(limit)]).map { try $0.text("key") }
  }

  /// The latest event time of all samples.
  package func latest(_ deployment: String) async throws -> Date? {
    try await connection.query("SELECT max(event_time) AS at FROM vigil.sample WHERE deployment = $1", [.text(deployment)])[0].optionalTime("at")
  }
}

extension SampleTable where Access == WriteAccess {
  /// Stores samples; those that are there already stay as they are.
  /// - Returns: the keys that were new.
  @discardableResult
  package func insert(_ samples: [Sample]) async throws -> Set<String> {
    var inserted: Set<String> = []
    for chunk in samples.chunked(1000) {
      let rows = try await connection.query(
        SampleSQL.insert,
        [
          .texts(chunk.map(\.deployment)), .texts(chunk.map(\.key)), .times(chunk.map(\.time)), .texts(chunk.map(\.input)),
          .jsons(try chunk.map { try JSONForm.text($0.columns) }), .texts(chunk.map(\.productionAnswer)), .texts(chunk.map(\.stratum)),
          .doubles(chunk.map(\.inclusionProbability)), .texts(chunk.map(\.label)),
          .times(chunk.map { $0.label == nil ? nil : $0.labelledAt ?? $0.time }),
        ])
      for row in rows { inserted.insert(try row.text("key")) }
    }
    return inserted
  }

  /// Stores labels that have arrived, or have been corrected; the time is when a label was *first* seen and does not change with a correction.
  /// - Returns: how many samples have another label now.
  @discardableResult
  package func setLabels(_ deployment: String, _ labels: [String: String], at time: Date) async throws -> Int {
    var changed = 0
    for chunk in labels.sorted(by: { $0.key < $1.key }).chunked(1000) {
      changed += try await connection.execute(
        SampleSQL.setLabels, [.text(deployment), .texts(chunk.map(\.key)), .texts(chunk.map(\.value)), .time(time)])
    }
    return changed
  }
}

extension Sample {
  init(_ row: PostgresRow) throws {
    self.init(
      key: try row.text("key"), deployment: try row.text("deployment"), time: try row.time("event_time"), input: try row.text("input"),
      columns: try row.json("columns"), productionAnswer: try row.optionalText("production_answer"), stratum: try row.text("stratum"),
      inclusionProbability: try row.double("inclusion_probability"), label: try row.optionalText("label"),
      labelledAt: try row.optionalTime("labelled_at"))
  }
}

enum SampleSQL {
  /// Of a table or alias `s`.
  static let columns = """
    s.deployment, s.key, s.event_time, s.input, s.columns, s.production_answer, s.stratum, s.inclusion_probability, s.label, s.labelled_at
    """

  static func time(_ clock: WindowClock) -> String { clock == .event ? "s.event_time" : "s.labelled_at" }

  static func filter(_ labels: LabelFilter) -> String {
    switch labels {
    case .all: "true"
    case .labelled: "s.label IS NOT NULL"
    case .unlabelled: "s.label IS NULL"
    }
  }

  static let insert = """
    INSERT INTO vigil.sample
      (deployment, key, event_time, input, columns, production_answer, stratum, inclusion_probability, label, labelled_at)
    SELECT deployment, key, event_time, input, columns::jsonb, production_answer, stratum, inclusion_probability, label, labelled_at
    FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::text[], $10::timestamptz[])
      AS s (deployment, key, event_time, input, columns, production_answer, stratum, inclusion_probability, label, labelled_at)
    -- In one order for all writers, so that two never wait for each other in a circle.
    ORDER BY deployment, key
    ON CONFLICT DO NOTHING
    RETURNING key
    """

  static let setLabels = """
    UPDATE vigil.sample s SET label = l.label, labelled_at = coalesce(s.labelled_at, $4)
    FROM unnest($2::text[], $3::text[]) AS l (key, label)
    WHERE s.deployment = $1 AND s.key = l.key AND s.label IS DISTINCT FROM l.label
    """

  static let unlabelled = """
    SELECT key FROM vigil.sample
    WHERE deployment = $1 AND label IS NULL AND ($2::timestamptz IS NULL OR event_time >= $2)
    ORDER BY event_time, key LIMIT $3
    """
}
