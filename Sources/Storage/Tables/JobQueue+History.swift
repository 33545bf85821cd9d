extension JobQueue {
  /// Whether a job with this key was ever asked for, live or ended.
  package func everHad(kind: String, uniqueKey: String) async throws -> Bool {
    try await !connection.query("SELECT 1 FROM vigil.job WHERE kind = $1 AND unique_key = $2 LIMIT 1", [.text(kind), .text(uniqueKey)]).isEmpty
  }

  /// The job that a call with this key has asked for, whatever became of it.
  package func find(idempotencyKey: String) async throws -> Job? {
    let rows = try await connection.query(
      "SELECT id FROM vigil.job WHERE arguments ->> 'idempotency_key' = $1 ORDER BY id DESC LIMIT 1", [.text(idempotencyKey)])
    guard let row = rows.first else { return nil }
    return try await find(try row.int("id"))
  }
}
