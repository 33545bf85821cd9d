import Foundation
import Postgres
import Storage
import TestSupport
import Testing

@Suite struct MigrationTests {
  private let extra = Migration(
    version: Migration.all.count + 1, name: "extra", sql: "CREATE TABLE vigil.extra (a int); INSERT INTO vigil.extra VALUES (1)")

  @Test func `done twice it happens once`() async throws {
    let connection = try await Cluster.connection()
    #expect(try await Migrator().migrate(connection).map(\.version) == Migration.all.map(\.version))
    #expect(try await Migrator().migrate(connection).isEmpty)
    #expect(try await Migrator().plan(connection).allSatisfy(\.isApplied))
  }

  @Test func `many at once do it once`() async throws {
    let url = try await Cluster.database()
    let migrator = Migrator(migrations: Migration.all + [extra])
    let applied = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<6 {
        group.addTask {
          let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "migrator\(number)"))
          return try await migrator.migrate(connection).count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(applied == Migration.all.count + 1)
    let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "test"))
    #expect(try await connection.query("SELECT count(*) AS n FROM vigil.extra")[0].int("n") == 1)
  }

  @Test func `killed half-way it goes on where it was`() async throws {
    let url = try await Cluster.database()
    let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "victim"))
    let watcher = PostgresConnection(try PostgresConfiguration(url: url, purpose: "watcher"))
    let slow = Migration(version: extra.version, name: "extra", sql: "CREATE TABLE vigil.extra (a int); SELECT pg_sleep(60)")
    let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
    let migrating = Task { try await Migrator(migrations: Migration.all + [slow]).migrate(connection) }
    try await untilActive(pid, watcher)
    try await watcher.execute("SELECT pg_terminate_backend($1)", [.integer(pid)])
    await #expect(throws: PostgresError.self) { try await migrating.value }

    let migrator = Migrator(migrations: Migration.all + [extra])
    #expect(try await migrator.plan(connection).map(\.isApplied) == Migration.all.map { _ in true } + [false])
    #expect(Migrator.text(try await migrator.plan(connection)).contains("CREATE TABLE vigil.extra"))
    #expect(try await migrator.migrate(connection) == [extra])
  }

  @Test func `a database of a later vigil is refused`() async throws {
    let connection = try await Cluster.connection()
    try await Migrator(migrations: Migration.all + [extra]).migrate(connection)
    let failure = MigrationError.databaseIsNewer(found: extra.version, known: Migration.all.count)
    await #expect(throws: failure) { try await Migrator().migrate(connection) }
    await #expect(throws: failure) { try await Migrator().plan(connection) }
  }

  @Test func `a migration that was edited after its release is found out`() async throws {
    let connection = try await Cluster.connection()
    try await Migrator().migrate(connection)
    var edited = Migration.all
    edited[0].sql += "-- one more thought"
    await #expect(throws: MigrationError.changed(version: 1, name: "initial")) { try await Migrator(migrations: edited).migrate(connection) }
  }

  @Test func `the plan changes nothing`() async throws {
    let connection = try await Cluster.connection()
    #expect(try await Migrator().plan(connection).allSatisfy { !$0.isApplied })
    #expect(try await connection.query("SELECT FROM pg_namespace WHERE nspname = 'vigil'").isEmpty)
  }
}
