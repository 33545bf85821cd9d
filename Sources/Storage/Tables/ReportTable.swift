package import Foundation
internal import Postgres

/// A report that was written, and where.
package struct ReportRecord: Sendable, Hashable, Codable {
  package var id: String
  package var deployment: String
  /// `alert`, `demo`, ...
  package var kind: String
  package var title: String
  /// The alert it is about and which of its transitions, if it is about one.
  package var fingerprint: String?
  package var sequence: Int?
  /// The folder with the HTML, Markdown and JSON forms.
  package var path: String
  package var digest: String
  package var createdAt: Date

  package init(
    id: String, deployment: String, kind: String, title: String, fingerprint: String? = nil, sequence: Int? = nil, path: String, digest: String,
    createdAt: Date
  ) {
    self.id = id
    self.deployment = deployment
    self.kind = kind
    self.title = title
    self.fingerprint = fingerprint
    self.sequence = sequence
    self.path = path
    self.digest = digest
    self.createdAt = createdAt
  }
}

package struct ReportTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension ReportTable {
  package func find(_ id: String) async throws -> ReportRecord? {
    try await connection.query("SELECT * FROM vigil.report WHERE id = $1", [.text(id)]).first.map(ReportRecord.init)
  }

  /// Newest first.
  package func list(_ deployment: String? = nil, fingerprint: String? = nil, limit: Int = 100) async throws -> [ReportRecord] {
    try await connection.query(ReportSQL.list, [.optional(deployment), .optional(fingerprint), .integer(limit)]).map(ReportRecord.init)
  }
}

extension ReportTable where Access == WriteAccess {
  /// Enters a report; one that is there stays as it is.
  package func insert(_ report: ReportRecord) async throws {
    try await connection.execute(
      ReportSQL.insert,
      [
        .text(report.id), .text(report.deployment), .text(report.kind), .text(report.title), .optional(report.fingerprint),
        .optional(report.sequence), .text(report.path), .text(report.digest), .time(report.createdAt),
      ])
  }
}

extension ReportRecord {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), kind: try row.text("kind"), title: try row.text("title"),
      fingerprint: try row.optionalText("fingerprint"), sequence: try row.optionalInt("sequence"), path: try row.text("path"),
      digest: try row.text("digest"), createdAt: try row.time("created_at"))
  }
}

private enum ReportSQL {
  static let list = """
    SELECT * FROM vigil.report
    WHERE ($1::text IS NULL OR deployment = $1) AND ($2::text IS NULL OR fingerprint = $2)
    ORDER BY created_at DESC, id LIMIT $3
    """

  static let insert = """
    INSERT INTO vigil.report (id, deployment, kind, title, fingerprint, sequence, path, digest, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (id) DO NOTHING
    """
}
