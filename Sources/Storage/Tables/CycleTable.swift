package import Foundation
internal import Postgres
internal import Records

/// One turn of the monitoring cycle.
package struct CycleRecord: Sendable, Hashable, Codable {
  package var deployment: String
  /// The moment it was due; a slot is done once.
  package var slot: Date
  package var finishedAt: Date
  /// How many rows, predictions, measurements, transitions, ...
  package var counts: [String: Int]

  package init(deployment: String, slot: Date, finishedAt: Date, counts: [String: Int]) {
    self.deployment = deployment
    self.slot = slot
    self.finishedAt = finishedAt
    self.counts = counts
  }
}

package struct CycleTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension CycleTable {
  package func find(_ deployment: String, slot: Date) async throws -> CycleRecord? {
    try await connection.query("SELECT * FROM vigil.cycle WHERE deployment = $1 AND slot = $2", [.text(deployment), .time(slot)]).first
      .map(CycleRecord.init)
  }

  /// Newest first.
  package func latest(_ deployment: String, limit: Int = 1) async throws -> [CycleRecord] {
    try await connection.query("SELECT * FROM vigil.cycle WHERE deployment = $1 ORDER BY slot DESC LIMIT $2", [.text(deployment), .integer(limit)])
      .map(CycleRecord.init)
  }
}

extension CycleTable where Access == WriteAccess {
  /// Notes a slot as done.
  /// - Returns: false when it was done before; then roll back what else this transaction did for it.
  package func finish(_ cycle: CycleRecord) async throws -> Bool {
    let sql = "INSERT INTO vigil.cycle (deployment, slot, finished_at, counts) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    return try await connection.execute(
      sql, [.text(cycle.deployment), .time(cycle.slot), .time(cycle.finishedAt), .encoding(cycle.counts)]) == 1
  }
}

extension CycleRecord {
  init(_ row: PostgresRow) throws {
    self.init(
      deployment: try row.text("deployment"), slot: try row.time("slot"), finishedAt: try row.time("finished_at"), counts: try row.json("counts"))
  }
}
