package import Foundation
internal import Postgres
package import Records

/// One entry of the audit log.
package struct EventRecord: Sendable, Hashable, Codable {
  package var id: Int
  package var at: Date
  package var deployment: String?
  /// Who: `operator`, `daemon`, `gate`, a name.
  package var actor: String
  /// What, as a verb and its object: `model promoted`, `source restarted`.
  package var what: String
  package var detail: JSONValue
}

/// Who did what; appended, never changed.
package struct EventTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension EventTable {
  /// Newest first.
  package func list(_ deployment: String? = nil, limit: Int = 100) async throws -> [EventRecord] {
    let sql = "SELECT * FROM vigil.event WHERE $1::text IS NULL OR deployment = $1 ORDER BY id DESC LIMIT $2"
    return try await connection.query(sql, [.optional(deployment), .integer(limit)]).map { row in
      EventRecord(
        id: try row.int("id"), at: try row.time("at"), deployment: try row.optionalText("deployment"), actor: try row.text("actor"),
        what: try row.text("what"), detail: try row.json("detail"))
    }
  }
}

extension EventTable where Access == WriteAccess {
  package func append(at time: Date, deployment: String? = nil, actor: String, what: String, detail: JSONValue = [:]) async throws {
    let sql = "INSERT INTO vigil.event (at, deployment, actor, what, detail) VALUES ($1, $2, $3, $4, $5)"
    try await connection.execute(sql, [.time(time), .optional(deployment), .text(actor), .text(what), .encoding(detail)])
  }
}
