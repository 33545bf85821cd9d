internal import CLibPQ

/// A result on its way, in libpq's single-row mode.
struct OpenStream {
  let number: Int
  let query: String
  var shape: RowShape?
}

/// The rows of one statement in order, fetched by the batch as they are asked for: memory holds one batch, whatever the size of the result.
///
/// Leaving early is fine; the next statement on the connection drops the rest.
package struct PostgresRows: AsyncSequence, Sendable {
  package typealias Element = PostgresRow

  let connection: PostgresConnection
  let sql: String
  let parameters: [PostgresParameter]
  let batch: Int

  package func makeAsyncIterator() -> Iterator { Iterator(rows: self) }

  package struct Iterator: AsyncIteratorProtocol {
    let rows: PostgresRows
    private var number: Int?
    private var buffer: ArraySlice<PostgresRow> = []
    private var isDone = false

    init(rows: PostgresRows) { self.rows = rows }

    package mutating func next() async throws -> PostgresRow? {
      if let row = buffer.popFirst() { return row }
      guard !isDone else { return nil }
      let stream: Int
      if let number {
        stream = number
      } else {
        stream = try await rows.connection.startStream(rows.sql, rows.parameters)
        number = stream
      }
      let fetched = try await rows.connection.fetch(stream, limit: rows.batch)
      isDone = fetched.count < rows.batch
      buffer = fetched[...]
      return buffer.popFirst()
    }
  }
}

extension PostgresConnection {
  /// The rows of a statement, one after the other in bounded memory. The statement starts when the first row is asked for.
  /// - batch: rows fetched at once.
  package nonisolated func stream(_ sql: String, _ parameters: [PostgresParameter] = [], batch: Int = 500) -> PostgresRows {
    PostgresRows(connection: self, sql: sql, parameters: parameters, batch: max(1, batch))
  }

  func startStream(_ sql: String, _ parameters: [PostgresParameter]) throws -> Int {
    let connection = try usableHandle()
    try discardStream()
    let sent = ParameterBlock(parameters).withPointers { count, types, values, lengths, formats in
      PQsendQueryParams(connection.raw, sql, count, types, values, lengths, formats, 0)
    }
    guard sent == 1, PQsetSingleRowMode(connection.raw) == 1 else { throw lostStream(connection, sql) }
    let stream = OpenStream(number: nextStreamNumber(), query: sql)
    openStream = stream
    return stream.number
  }

  /// Up to `limit` rows more; fewer mean that these were the last.
  func fetch(_ number: Int, limit: Int) async throws -> [PostgresRow] {
    guard var stream = openStream, stream.number == number else {
      throw PostgresError(message: "another statement on the connection ended this stream of rows", sqlstate: SQLState.misuse)
    }
    do {
      return try await cancellable {
        let connection = try usableHandle()
        var rows: [PostgresRow] = []
        while rows.count < limit {
          guard let raw = PQgetResult(connection.raw) else {
            openStream = nil
            return rows
          }
          let result = try check(raw, stream.query)
          let shape = stream.shape ?? RowShape(result, query: stream.query)
          stream.shape = shape
          for row in 0..<PQntuples(result.raw) { rows.append(shape.row(result, row)) }
        }
        openStream = stream
        return rows
      }
    } catch {
      try? discardStream()
      throw error
    }
  }

  /// Stops a stream that nobody reads on, so that the session is free again.
  func discardStream() throws {
    guard openStream != nil else { return }
    openStream = nil
    let connection = try usableHandle()
    CancelToken(connection)?.send()
    while let raw = PQgetResult(connection.raw) { PQclear(raw) }
  }

  private func lostStream(_ connection: ConnectionHandle, _ sql: String) -> PostgresError {
    PostgresError(
      message: configuration.redacted(connection.message), sqlstate: SQLState.connectionFailure, query: sql, connectionLost: !connection.isUsable)
  }
}
