internal import Postgres
package import Records

/// Whether challengers were promoted, with all the evidence.
package struct GateDecisionTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension GateDecisionTable {
  package func find(_ id: String) async throws -> GateDecision? {
    try await connection.query("SELECT * FROM vigil.gate_decision WHERE id = $1", [.text(id)]).first.map(GateDecision.init)
  }

  /// Newest first.
  package func list(_ deployment: String, challenger: String? = nil, limit: Int = 100) async throws -> [GateDecision] {
    try await connection.query(GateDecisionSQL.list, [.text(deployment), .optional(challenger), .integer(limit)]).map(GateDecision.init)
  }
}

extension GateDecisionTable where Access == WriteAccess {
  /// Records a decision; one that is there stays as it is.
  package func insert(_ decision: GateDecision) async throws {
    try await connection.execute(
      GateDecisionSQL.insert,
      [
        .text(decision.id), .text(decision.deployment), .text(decision.champion), .text(decision.challenger), .bool(decision.promoted),
        .text(decision.summary), .encoding(decision.checks), .time(decision.decidedAt),
      ])
  }
}

extension GateDecision {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), champion: try row.text("champion"), challenger: try row.text("challenger"),
      promoted: try row.bool("promoted"), checks: try row.json("checks"), summary: try row.text("summary"), decidedAt: try row.time("decided_at"))
  }
}

private enum GateDecisionSQL {
  static let list = """
    SELECT * FROM vigil.gate_decision WHERE deployment = $1 AND ($2::text IS NULL OR challenger = $2) ORDER BY decided_at DESC, id LIMIT $3
    """

  static let insert = """
    INSERT INTO vigil.gate_decision (id, deployment, champion, challenger, promoted, summary, checks, decided_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO NOTHING
    """
}
