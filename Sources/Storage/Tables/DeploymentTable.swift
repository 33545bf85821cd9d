internal import Postgres
package import Records

/// The watched models; every other table's rows name one.
package struct DeploymentTable<Access>: Sendable {
  let connection: PostgresConnection
}

extension DeploymentTable {
  package func names() async throws -> [String] {
    try await connection.query("SELECT name FROM vigil.deployment ORDER BY name").map { try $0.text("name") }
  }

  /// The configuration it last ran with.
  package func configuration(_ name: String) async throws -> JSONValue? {
    try await connection.query("SELECT configuration FROM vigil.deployment WHERE name = $1", [.text(name)]).first?.optionalJSON("configuration")
  }
}

extension DeploymentTable where Access == WriteAccess {
  /// Makes the deployment known, or notes its new configuration.
  package func register(_ name: String, configuration: JSONValue? = nil) async throws {
    try await connection.execute(DeploymentSQL.register, [.text(name), .encodingOptional(configuration)])
  }
}

private enum DeploymentSQL {
  static let register = """
    INSERT INTO vigil.deployment (name, configuration) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET configuration = coalesce(excluded.configuration, deployment.configuration)
    """
}
