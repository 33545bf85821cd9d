package import Foundation
internal import Postgres
package import Records

/// What became of every row that was seen: seen = sampled + skipped, per reason.
package struct SampleCounts: Sendable, Hashable {
  package var seen: Int
  package var sampled: Int
  package var skipped: [SkipReason: Int]

  package init(seen: Int = 0, sampled: Int = 0, skipped: [SkipReason: Int] = [:]) {
    self.seen = seen
    self.sampled = sampled
    self.skipped = skipped
  }

  /// Whether nothing is unaccounted for.
  package var isBalanced: Bool { seen == sampled + skipped.values.reduce(0, +) }
}

package struct SampleCountTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension SampleCountTable {
  /// The sum over slots in a window; over all when there is none.
  package func totals(_ deployment: String, _ window: Window? = nil) async throws -> SampleCounts {
    let rows = try await connection.query(SampleCountSQL.totals, [.text(deployment), .optional(window?.start), .optional(window?.end)])
    var counts = SampleCounts()
    for row in rows {
      let count = try row.int("n")
      switch try row.text("reason") {
      case SampleCountSQL.seen: counts.seen = count
      case SampleCountSQL.sampled: counts.sampled = count
      default: counts.skipped[try row.choice("reason")] = count
      }
    }
    return counts
  }
}

extension SampleCountTable where Access == WriteAccess {
  /// Adds the counts of one increment to a slot, in the transaction that stores its samples.
  package func add(_ counts: SampleCounts, deployment: String, slot: Date) async throws {
    precondition(counts.isBalanced, "every row seen is sampled or skipped for a reason")
    let reasons = [(SampleCountSQL.seen, counts.seen), (SampleCountSQL.sampled, counts.sampled)] + counts.skipped.map { ($0.key.rawValue, $0.value) }
    let rows = reasons.filter { $0.1 > 0 }.sorted { $0.0 < $1.0 }
    try await connection.execute(
      SampleCountSQL.add, [.text(deployment), .time(slot), .texts(rows.map(\.0)), .integers(rows.map(\.1))])
  }
}

private enum SampleCountSQL {
  static let seen = "seen"
  static let sampled = "sampled"

  static let totals = """
    SELECT reason, sum(count)::bigint AS n FROM vigil.sample_count
    WHERE deployment = $1 AND ($2::timestamptz IS NULL OR slot >= $2) AND ($3::timestamptz IS NULL OR slot < $3)
    GROUP BY reason
    """

  static let add = """
    INSERT INTO vigil.sample_count (deployment, slot, reason, count)
    SELECT $1, $2, reason, count FROM unnest($3::text[], $4::bigint[]) AS c (reason, count)
    ON CONFLICT (deployment, slot, reason) DO UPDATE SET count = sample_count.count + excluded.count
    """
}
