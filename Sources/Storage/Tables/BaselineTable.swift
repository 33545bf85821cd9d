package import Foundation
internal import Postgres
package import Records

/// A measure's value on the reference.
package struct Baseline: Sendable, Hashable, Codable {
  package var deployment: String
  /// Empty for measures of inputs alone.
  package var model: String
  package var measure: String
  package var slice: Slice
  package var signature: String
  package var value: Double
  package var n: Int
  package var at: Date

  package init(deployment: String, model: String, measure: String, slice: Slice, signature: String, value: Double, n: Int, at: Date) {
    self.deployment = deployment
    self.model = model
    self.measure = measure
    self.slice = slice
    self.signature = signature
    self.value = value
    self.n = n
    self.at = at
  }
}

package struct BaselineTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension BaselineTable {
  package func list(_ deployment: String, model: String) async throws -> [Baseline] {
    let sql = "SELECT * FROM vigil.baseline WHERE deployment = $1 AND model = $2 ORDER BY measure, slice, signature"
    return try await connection.query(sql, [.text(deployment), .text(model)]).map { row in
      Baseline(
        deployment: try row.text("deployment"), model: try row.text("model"), measure: try row.text("measure"),
        slice: Slice(try row.json("labels")), signature: try row.text("signature"), value: try row.double("value"), n: try row.int("n"),
        at: try row.time("at"))
    }
  }
}

extension BaselineTable where Access == WriteAccess {
  /// Stores baselines; a later value takes the place of an earlier one.
  package func store(_ baselines: [Baseline]) async throws {
    for baseline in baselines {
      try await connection.execute(
        BaselineSQL.store,
        [
          .text(baseline.deployment), .text(baseline.model), .text(baseline.measure), .text(baseline.slice.text), .text(baseline.signature),
          .double(baseline.value), .integer(baseline.n), .time(baseline.at), .encoding(baseline.slice.labels),
        ])
    }
  }
}

private enum BaselineSQL {
  static let store = """
    INSERT INTO vigil.baseline (deployment, model, measure, slice, signature, value, n, at, labels)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (deployment, model, measure, slice, signature) DO UPDATE SET value = excluded.value, n = excluded.n, at = excluded.at
    """
}
