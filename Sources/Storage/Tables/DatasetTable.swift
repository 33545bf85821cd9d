package import Foundation
internal import Postgres
package import Records

/// A dataset version: an immutable, hashed list of training rows.
package struct DatasetRecord: Sendable, Hashable, Codable {
  package var id: String
  package var deployment: String
  package var path: String
  package var digest: String
  package var rows: Int
  package var createdAt: Date
  /// Counts, audit and lineage.
  package var body: JSONValue

  package init(id: String, deployment: String, path: String, digest: String, rows: Int, createdAt: Date, body: JSONValue) {
    self.id = id
    self.deployment = deployment
    self.path = path
    self.digest = digest
    self.rows = rows
    self.createdAt = createdAt
    self.body = body
  }
}

package struct DatasetTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension DatasetTable {
  package func find(_ id: String) async throws -> DatasetRecord? {
    try await connection.query("SELECT * FROM vigil.dataset WHERE id = $1", [.text(id)]).first.map(DatasetRecord.init)
  }

  /// Newest first.
  package func list(_ deployment: String? = nil, limit: Int = 100) async throws -> [DatasetRecord] {
    let sql = "SELECT * FROM vigil.dataset WHERE $1::text IS NULL OR deployment = $1 ORDER BY created_at DESC, id LIMIT $2"
    return try await connection.query(sql, [.optional(deployment), .integer(limit)]).map(DatasetRecord.init)
  }
}

extension DatasetTable where Access == WriteAccess {
  /// Enters a version; one that is there stays as it is.
  package func insert(_ dataset: DatasetRecord) async throws {
    try await connection.execute(
      DatasetSQL.insert,
      [
        .text(dataset.id), .text(dataset.deployment), .text(dataset.path), .text(dataset.digest), .integer(dataset.rows), .time(dataset.createdAt),
        .encoding(dataset.body),
      ])
  }
}

extension DatasetRecord {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), path: try row.text("path"), digest: try row.text("digest"),
      rows: try row.int("rows"), createdAt: try row.time("created_at"), body: try row.json("body"))
  }
}

private enum DatasetSQL {
  static let insert = """
    INSERT INTO vigil.dataset (id, deployment, path, digest, rows, created_at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (id) DO NOTHING
    """
}
