package import Postgres
internal import Synchronization

/// One private PostgreSQL for all tests of a run, gone with the run; each test takes a database of its own.
///
/// Without PostgreSQL the tests fail, with the words that say how to install it.
package enum Cluster {
  private static let started = Task { try await PrivateCluster.start(.init(settings: ["max_connections": "200", "max_prepared_transactions": "5"])) }
  private static let lastNumber = Mutex(0)

  package static func shared() async throws -> PrivateCluster { try await started.value }

  /// A new, empty database.
  /// - Returns: its connection string as superuser.
  package static func database(_ name: String = "test") async throws -> String {
    let number = lastNumber.withLock { number in
      number += 1
      return number
    }
    return try await shared().createDatabase("\(name)_\(number)")
  }

  /// A connection to a new, empty database.
  package static func connection(_ name: String = "test", settings: [String: String] = [:]) async throws -> PostgresConnection {
    PostgresConnection(try PostgresConfiguration(url: try await database(name), purpose: name, settings: settings))
  }
}
