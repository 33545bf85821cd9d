internal import Foundation
internal import Postgres
package import Records

/// The states of all alerts, and every step from one to another.
package struct AlertTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension AlertTable {
  /// By rule and slice; the most urgent state first.
  package func list(_ deployment: String? = nil, states: Set<AlertState> = Set(AlertState.allCases)) async throws -> [Alert] {
    let states = states.map(\.rawValue).sorted()
    return try await connection.query(AlertSQL.list, [.optional(deployment), .texts(states)]).map { try $0.json("body") }
  }

  package func find(_ fingerprint: String) async throws -> Alert? {
    try await connection.query("SELECT body FROM vigil.alert WHERE fingerprint = $1", [.text(fingerprint)]).first.map { try $0.json("body") }
  }

  /// Those whose fingerprint begins so, for people who type.
  package func find(prefix: String) async throws -> [Alert] {
    try await connection.query("SELECT body FROM vigil.alert WHERE starts_with(fingerprint, $1) ORDER BY fingerprint LIMIT 20", [.text(prefix)])
      .map { try $0.json("body") }
  }

  /// An alert's history, oldest first.
  package func transitions(_ fingerprint: String) async throws -> [AlertTransition] {
    try await connection.query("SELECT body FROM vigil.alert_transition WHERE fingerprint = $1 ORDER BY sequence", [.text(fingerprint)])
      .map { try $0.json("body") }
  }

  /// Everything that happened to a deployment's alerts, by time.
  package func transitions(deployment: String, _ window: Window? = nil) async throws -> [AlertTransition] {
    try await connection.query(AlertSQL.transitions, [.text(deployment), .optional(window?.start), .optional(window?.end)])
      .map { try $0.json("body") }
  }
}

extension AlertTable where Access == WriteAccess {
  /// The alerts of a deployment, locked until the end of the transaction, so that two evaluations cannot both step.
  package func lock(_ deployment: String) async throws -> [Alert] {
    try await connection.query(AlertSQL.lock, [.text(deployment)]).map { try $0.json("body") }
  }

  /// Stores states as they are now.
  package func store(_ alerts: [Alert]) async throws {
    for alert in alerts {
      try await connection.execute(
        AlertSQL.store,
        [
          .text(alert.fingerprint), .text(alert.deployment), .text(alert.rule), .text(alert.measure), .text(alert.slice.text),
          .text(alert.severity.rawValue), .text(alert.state.rawValue), .integer(alert.sequence), .time(alert.lastEvaluatedAt), .encoding(alert),
        ])
    }
  }

  /// Appends steps; one with a sequence that is there already stays as it is.
  /// - Returns: how many were new.
  @discardableResult
  package func append(_ transitions: [AlertTransition]) async throws -> Int {
    var appended = 0
    for transition in transitions {
      appended += try await connection.execute(
        AlertSQL.append,
        [
          .text(transition.fingerprint), .integer(transition.sequence), .text(transition.from.rawValue), .text(transition.to.rawValue),
          .time(transition.at), .text(transition.reason), .encoding(transition),
        ])
    }
    return appended
  }
}

private enum AlertSQL {
  static let list = """
    SELECT body FROM vigil.alert
    WHERE ($1::text IS NULL OR deployment = $1) AND state = ANY ($2::text[])
    ORDER BY array_position(ARRAY['firing', 'pending', 'resolved', 'inactive'], state), deployment, rule, slice
    """

  static let lock = "SELECT body FROM vigil.alert WHERE deployment = $1 ORDER BY fingerprint FOR UPDATE"

  static let transitions = """
    SELECT t.body FROM vigil.alert_transition t JOIN vigil.alert a USING (fingerprint)
    WHERE a.deployment = $1 AND ($2::timestamptz IS NULL OR t.at >= $2) AND ($3::timestamptz IS NULL OR t.at < $3)
    ORDER BY t.at, t.fingerprint, t.sequence
    """

  static let store = """
    INSERT INTO vigil.alert (fingerprint, deployment, rule, measure, slice, severity, state, sequence, last_evaluated_at, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (fingerprint) DO UPDATE SET
      severity = excluded.severity, state = excluded.state, sequence = excluded.sequence, last_evaluated_at = excluded.last_evaluated_at,
      body = excluded.body
    """

  static let append = """
    INSERT INTO vigil.alert_transition (fingerprint, sequence, from_state, to_state, at, reason, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
    """
}
