/// As PostgreSQL spells them.
package enum TransactionIsolation: String, Sendable, Hashable {
  case readCommitted = "READ COMMITTED"
  case repeatableRead = "REPEATABLE READ"
  case serializable = "SERIALIZABLE"
}

extension PostgresConnection {
  /// Runs `body` in a transaction: commits when it returns, rolls back when it throws or its task is cancelled.
  ///
  /// - Throws: what `body` throws; what COMMIT throws. An error with `connectionLost` and the query `COMMIT` means that nobody knows whether it happened:
  ///   the same step must be safe to run again.
  @discardableResult
  package func withTransaction<T>(
    _ level: TransactionIsolation = .readCommitted, readOnly: Bool = false, isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await begin("BEGIN ISOLATION LEVEL \(level.rawValue) \(readOnly ? "READ ONLY" : "READ WRITE")")
    let value: T
    do {
      value = try await body(self)
      try Task.checkCancellation()
    } catch {
      await rollback()
      throw error
    }
    do {
      try await commit()
    } catch {
      await rollback()
      throw error
    }
    return value
  }
}
