internal import Foundation
package import Postgres

/// One numbered step of the schema. Released steps are never edited; the checksum in the database finds out.
package struct Migration: Sendable, Hashable {
  /// From 1, without gaps.
  package var version: Int
  package var name: String
  package var sql: String

  package init(version: Int, name: String, sql: String) {
    self.version = version
    self.name = name
    self.sql = sql
  }

  /// All of them, in order. The SQL is text in the program, so that an installed binary needs no files.
  package static let all: [Migration] = [.m0001]
}

/// A migration and whether the database has it.
package struct MigrationStatus: Sendable, Hashable {
  package var migration: Migration
  package var isApplied: Bool
}

/// What keeps a schema from being brought up to date.
package enum MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A later Vigil was here.
  case databaseIsNewer(found: Int, known: Int)
  case changed(version: Int, name: String)

  package var description: String {
    switch self {
    case .databaseIsNewer(let found, let known):
      "the database's schema has version \(found), this vigil knows versions up to \(known)\nhint: install the newer vigil; going back needs a backup"
    case .changed(let version, let name):
      "migration \(version) (\(name)) was applied with other text than this vigil's\nhint: the database was made by an unreleased vigil; use a new one"
    }
  }
}

/// Brings the schema `vigil` up to date: numbered steps, each in a transaction of its own with its entry in `vigil.schema_migration`.
///
/// Killed at any point, it goes on where it was; several at once wait for one another on a transaction's advisory lock (which passes any pooler).
package struct Migrator: Sendable {
  private let migrations: [Migration]

  package init(migrations: [Migration] = Migration.all) {
    precondition(migrations.map(\.version) == Array(1...migrations.count), "migrations are numbered from 1 without gaps")
    self.migrations = migrations
  }

  /// Applies what is missing.
  /// - Returns: what was applied now.
  @discardableResult
  package func migrate(_ connection: PostgresConnection) async throws -> [Migration] {
    var applied: [Migration] = []
    try await connection.withTransaction { connection in
      try await lock(connection)
      // Looking first: CREATE SCHEMA needs a right on the database even where the schema is there.
      if try await connection.query(SQL.exists).isEmpty { try await connection.run(script: SQL.create) }
    }
    for migration in migrations {
      let isNew = try await connection.withTransaction { connection in
        try await lock(connection)
        let known = try await versions(connection)
        try await check(known, connection)
        guard known[migration.version] == nil else { return false }
        // Tables in use are waited for, but not for ever: the daemon tries again.
        try await connection.execute("SET LOCAL lock_timeout = '10s'")
        try await connection.run(script: migration.sql)
        try await connection.execute(SQL.record, [.integer(migration.version), .text(migration.name), .text(migration.sql)])
        return true
      }
      if isNew { applied.append(migration) }
    }
    return applied
  }

  /// What the database has and lacks, without changing it.
  package func plan(_ connection: PostgresConnection) async throws -> [MigrationStatus] {
    let known = try await connection.query(SQL.exists).isEmpty ? [:] : try await versions(connection)
    try await check(known, connection)
    return migrations.map { MigrationStatus(migration: $0, isApplied: known[$0.version] != nil) }
  }

  /// The plan in words, the SQL of what is missing included.
  package static func text(_ plan: [MigrationStatus]) -> String {
    let missing = plan.filter { !$0.isApplied }
    let lines = plan.map { "\($0.isApplied ? "applied" : "pending")  \($0.migration.version)  \($0.migration.name)" }
    guard !missing.isEmpty else { return (lines + ["the schema is up to date"]).joined(separator: "\n") }
    return (lines + missing.map { "\n-- migration \($0.migration.version): \($0.migration.name)\n\($0.migration.sql)" }).joined(separator: "\n")
  }

  private func lock(_ connection: PostgresConnection) async throws {
    try await connection.execute("SELECT pg_advisory_xact_lock($1)", [.integer(SQL.lockKey)])
  }

  private func versions(_ connection: PostgresConnection) async throws -> [Int: String] {
    let rows = try await connection.query(SQL.versions)
    return Dictionary(try rows.map { (try $0.int("version"), try $0.text("checksum")) }) { $1 }
  }

  private func check(_ known: [Int: String], _ connection: PostgresConnection) async throws {
    if let newest = known.keys.max(), newest > migrations.count { throw MigrationError.databaseIsNewer(found: newest, known: migrations.count) }
    for migration in migrations {
      guard let checksum = known[migration.version] else { continue }
      let ours = try await connection.query(SQL.checksum, [.text(migration.sql)])[0].text("checksum")
      guard ours == checksum else { throw MigrationError.changed(version: migration.version, name: migration.name) }
    }
  }

  private enum SQL {
    /// "vigil" in ASCII: one lock for all who migrate this database.
    static let lockKey = 0x76_69_67_69_6C

    static let exists = """
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'vigil' AND c.relname = 'schema_migration'
      """

    static let create = """
      CREATE SCHEMA IF NOT EXISTS vigil;
      CREATE TABLE IF NOT EXISTS vigil.schema_migration (
        version integer PRIMARY KEY CHECK (version > 0),
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
      """

    static let versions = "SELECT version, checksum FROM vigil.schema_migration"
    static let checksum = "SELECT encode(sha256(convert_to($1::text, 'UTF8')), 'hex') AS checksum"
    static let record = """
      INSERT INTO vigil.schema_migration (version, name, checksum)
      VALUES ($1, $2, encode(sha256(convert_to($3::text, 'UTF8')), 'hex'))
      """
  }
}
