internal import Postgres

/// Up to where each source has been read.
package struct SourcePositionTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension SourcePositionTable {
  /// nil before the first increment.
  package func load(_ deployment: String) async throws -> SourcePosition? {
    try await connection.query(SourcePositionSQL.load, [.text(deployment)]).first.map { row in
      SourcePosition(
        snapshot: try row.optionalText("snapshot"), seen: try row.optionalText("seen"), lowerBound: try row.time("lower_bound"),
        systemIdentifier: try row.text("system_identifier"))
    }
  }
}

extension SourcePositionTable where Access == WriteAccess {
  /// In the transaction that stores what was read: that is what makes each row count once.
  package func store(_ position: SourcePosition, deployment: String) async throws {
    try await connection.execute(
      SourcePositionSQL.store,
      [.text(deployment), .optional(position.snapshot), .optional(position.seen), .time(position.lowerBound), .text(position.systemIdentifier)])
  }
}

private enum SourcePositionSQL {
  static let load = "SELECT snapshot, seen, lower_bound, system_identifier FROM vigil.source_position WHERE deployment = $1"
  static let store = """
    INSERT INTO vigil.source_position (deployment, snapshot, seen, lower_bound, system_identifier) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (deployment) DO UPDATE SET
      snapshot = excluded.snapshot, seen = excluded.seen, lower_bound = excluded.lower_bound, system_identifier = excluded.system_identifier, updated_at = now()
    """
}
