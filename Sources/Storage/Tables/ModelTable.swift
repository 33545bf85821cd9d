package import Foundation
internal import Postgres
package import Records

/// The model that answers now.
package struct Champion: Sendable, Hashable {
  package var model: ModelVersion
  package var since: Date
  /// The gate decision that made it one; nil for the first, and for a rollback.
  package var decision: String?
  /// Counts the changes of champion, from 1.
  package var sequence: Int
}

/// One change of champion.
package struct Promotion: Sendable, Hashable, Codable {
  package var sequence: Int
  package var model: String
  package var previous: String?
  package var at: Date
  package var decision: String?
  /// Who asked: `operator`, `gate`, `configuration`.
  package var actor: String
  package var reason: String
}

/// Somebody else promoted in between.
package struct ChampionChanged: Error, Sendable, Hashable, CustomStringConvertible {
  package var deployment: String
  package var expected: String?
  package var found: String?

  package init(deployment: String, expected: String? = nil, found: String? = nil) {
    self.deployment = deployment
    self.expected = expected
    self.found = found
  }

  package var description: String {
    "the champion of \(deployment) is \(found ?? "not set"), not \(expected ?? "unset") as expected: it has changed in the meantime"
  }
}

/// A model that the registry does not know.
package struct UnknownModel: Error, Sendable, Hashable, CustomStringConvertible {
  package var deployment: String
  package var model: String

  package init(deployment: String, model: String) {
    self.deployment = deployment
    self.model = model
  }

  package var description: String { "the registry of \(deployment) has no model \(model)\nhint: vigil models" }
}

/// The registry: every model version, and which one is champion.
package struct ModelTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension ModelTable {
  package func find(_ deployment: String, _ id: String) async throws -> ModelVersion? {
    try await connection.query("SELECT * FROM vigil.model WHERE deployment = $1 AND id = $2", [.text(deployment), .text(id)]).first
      .map(ModelVersion.init)
  }

  /// Newest first.
  package func list(_ deployment: String, status: ModelStatus? = nil) async throws -> [ModelVersion] {
    try await connection.query(ModelSQL.list, [.text(deployment), .optional(status?.rawValue)]).map(ModelVersion.init)
  }

  package func champion(_ deployment: String) async throws -> Champion? {
    try await connection.query(ModelSQL.champion, [.text(deployment)]).first.map { row in
      Champion(
        model: try ModelVersion(row), since: try row.time("since"), decision: try row.optionalText("decision"), sequence: try row.int("sequence"))
    }
  }

  /// Every change of champion, newest first.
  package func promotions(_ deployment: String, limit: Int? = nil) async throws -> [Promotion] {
    let sql = "SELECT * FROM vigil.promotion WHERE deployment = $1 ORDER BY sequence DESC LIMIT $2"
    return try await connection.query(sql, [.text(deployment), .optional(limit)]).map { row in
      Promotion(
        sequence: try row.int("sequence"), model: try row.text("model"), previous: try row.optionalText("previous"), at: try row.time("at"),
        decision: try row.optionalText("decision"), actor: try row.text("actor"), reason: try row.text("reason"))
    }
  }
}

extension ModelTable where Access == WriteAccess {
  /// Enters a version that is not there yet; one that is stays as it is. A version enters as challenger; `promote` makes champions.
  package func register(_ model: ModelVersion) async throws {
    let status = model.status == .champion ? ModelStatus.challenger : model.status
    try await connection.execute(
      ModelSQL.register,
      [
        .text(model.deployment), .text(model.id), .text(model.basePath), .text(model.baseDigest), .optional(model.adapterPath),
        .optional(model.adapterDigest), .optional(model.dataset), .optional(model.run), .text(status.rawValue), .time(model.createdAt),
      ])
  }

  /// Marks a challenger as refused or retired. The champion's status changes by `promote` alone.
  package func setStatus(_ deployment: String, _ id: String, _ status: ModelStatus) async throws {
    precondition(status != .champion, "only promote makes champions")
    let sql = "UPDATE vigil.model SET status = $3 WHERE deployment = $1 AND id = $2 AND status <> 'champion'"
    try await connection.execute(sql, [.text(deployment), .text(id), .text(status.rawValue)])
  }

  /// Makes a registered model the champion; the one before is retired. A rollback is the promotion of the one before.
  ///
  /// Done twice it happens once: a champion that is promoted again stays as it is.
  /// - expecting: the champion that the decision was made against; nil means that there is none yet.
  /// - Throws: `ChampionChanged`, `UnknownModel`.
  @discardableResult
  package func promote(
    _ deployment: String, _ id: String, expecting: String?, decision: String? = nil, actor: String, reason: String, at time: Date
  ) async throws -> Champion {
    // The deployment's row is the lock: there may be no champion's row yet.
    try await connection.execute("SELECT FROM vigil.deployment WHERE name = $1 FOR UPDATE", [.text(deployment)])
    let current = try await champion(deployment)
    if let current, current.model.id == id { return current }
    guard current?.model.id == expecting else { throw ChampionChanged(deployment: deployment, expected: expecting, found: current?.model.id) }
    if let current {
      let sql = "UPDATE vigil.model SET status = 'retired' WHERE deployment = $1 AND id = $2"
      try await connection.execute(sql, [.text(deployment), .text(current.model.id)])
    }
    let sequence = (current?.sequence ?? 0) + 1
    let sql = "UPDATE vigil.model SET status = 'champion', promoted_at = $3 WHERE deployment = $1 AND id = $2"
    guard try await connection.execute(sql, [.text(deployment), .text(id), .time(time)]) == 1 else {
      throw UnknownModel(deployment: deployment, model: id)
    }
    let shared: [PostgresParameter] = [.text(deployment), .text(id), .time(time), .optional(decision), .integer(sequence)]
    try await connection.execute(ModelSQL.crown, shared)
    try await connection.execute(ModelSQL.record, shared + [.optional(current?.model.id), .text(actor), .text(reason)])
    guard let champion = try await champion(deployment) else { preconditionFailure("the champion was written in this transaction") }
    return champion
  }
}

extension ModelVersion {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.text("id"), deployment: try row.text("deployment"), basePath: try row.text("base_path"), baseDigest: try row.text("base_digest"),
      adapterPath: try row.optionalText("adapter_path"), adapterDigest: try row.optionalText("adapter_digest"),
      dataset: try row.optionalText("dataset"), run: try row.optionalText("run"), status: try row.choice("status"),
      createdAt: try row.time("created_at"), promotedAt: try row.optionalTime("promoted_at"))
  }
}

private enum ModelSQL {
  static let list = """
    SELECT * FROM vigil.model WHERE deployment = $1 AND ($2::text IS NULL OR status = $2) ORDER BY created_at DESC, id
    """

  static let champion = """
    SELECT m.*, c.since, c.decision, c.sequence
    FROM vigil.champion c JOIN vigil.model m ON m.deployment = c.deployment AND m.id = c.model
    WHERE c.deployment = $1
    """

  static let register = """
    INSERT INTO vigil.model (deployment, id, base_path, base_digest, adapter_path, adapter_digest, dataset, run, status, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT DO NOTHING
    """

  static let crown = """
    INSERT INTO vigil.champion (deployment, model, since, decision, sequence) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (deployment) DO UPDATE SET
      model = excluded.model, since = excluded.since, decision = excluded.decision, sequence = excluded.sequence
    """

  static let record = """
    INSERT INTO vigil.promotion (deployment, model, at, decision, sequence, previous, actor, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """
}
