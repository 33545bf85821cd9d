import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct PrivateClusterTests {
  @Test func `it starts, survives a restart, and leaves nothing behind`() async throws {
    let cluster = try await PrivateCluster.start()
    let url = try await cluster.createDatabase("My Database")
    let connection = PostgresConnection(try PostgresConfiguration(url: url.replacing("My Database", with: "My%20Database"), purpose: "test"))
    try await connection.execute("CREATE TABLE t AS SELECT 7 AS n")
    try await cluster.stopServer(.immediate)
    await #expect { try await connection.query("SELECT n FROM t") } throws: { ($0 as? PostgresError)?.isTransient == true }
    try await cluster.startServer()
    #expect(try await connection.query("SELECT n FROM t")[0].int("n") == 7)
    let data = cluster.folder.path
    await cluster.stop()
    #expect(!FileManager.default.fileExists(atPath: data))
    await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
  }

  @Test func `others cannot enter its folder, and it listens on no port`() async throws {
    let cluster = try await Cluster.shared()
    let mode = try FileManager.default.attributesOfItem(atPath: cluster.folder.path)[.posixPermissions] as? Int
    #expect(mode == 0o700)
    #expect(try await cluster.connection().query("SHOW listen_addresses")[0].text("listen_addresses").isEmpty)
  }
}
