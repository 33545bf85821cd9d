internal import CLibPQ

extension PostgresConnection {
  /// Bulk insert through COPY: the fastest way in, all rows or none.
  ///
  /// - table: as in a configuration, `vigil.sample`; quoted here.
  /// - rows: one value a column, read as they are sent, so that memory stays bounded.
  /// - Returns: the number of rows written.
  @discardableResult
  package func copyIn(_ table: String, columns: [String], rows: some Sequence<[PostgresParameter]> & Sendable) async throws -> Int {
    let names = try columns.map { try Identifier.quoted($0) }.joined(separator: ", ")
    let sql = "COPY \(try Identifier.quoted(table)) (\(names)) FROM STDIN"
    return try await cancellable {
      let connection = try usableHandle()
      try discardStream()
      try check(PQexec(connection.raw, sql), sql)
      var failure: (any Error)?
      do {
        try send(rows, width: columns.count, over: connection, sql)
      } catch {
        failure = error
      }
      // The server must be told the end in either case, or the session stays in COPY mode.
      let reason = failure == nil ? nil : "the rows could not be read"
      _ = PQputCopyEnd(connection.raw, reason)
      var affected = 0
      var refusal: (any Error)?
      while let raw = PQgetResult(connection.raw) {
        do { affected = try check(raw, sql).affected } catch { refusal = error }
      }
      if let failure { throw failure }
      if let refusal { throw refusal }
      return affected
    }
  }

  private func send(_ rows: some Sequence<[PostgresParameter]>, width: Int, over connection: ConnectionHandle, _ sql: String) throws {
    let chunk = 65_536
    var buffer: [UInt8] = []
    buffer.reserveCapacity(2 * chunk)
    func flush() throws {
      let sent = buffer.withUnsafeBytes { PQputCopyData(connection.raw, $0.baseAddress?.assumingMemoryBound(to: CChar.self), CInt($0.count)) }
      // The server's own reason arrives with the result after the end.
      guard sent == 1 else { return }
      buffer.removeAll(keepingCapacity: true)
    }
    for (number, row) in rows.enumerated() {
      guard row.count == width else {
        throw PostgresError(message: "row \(number) has \(row.count) values for \(width) columns", sqlstate: "22P04", query: sql)
      }
      for (column, value) in row.enumerated() {
        if column > 0 { buffer.append(UInt8(ascii: "\t")) }
        Self.append(value, to: &buffer)
      }
      buffer.append(UInt8(ascii: "\n"))
      if buffer.count >= chunk {
        try flush()
        if Task.isCancelled { throw CancellationError() }
        guard connection.isUsable else { return }
      }
    }
    if !buffer.isEmpty { try flush() }
  }

  /// One value in COPY's text format; backslash, tab, line feed and carriage return are its only special characters.
  private static func append(_ value: PostgresParameter, to buffer: inout [UInt8]) {
    guard let text = value.textBytes else {
      buffer.append(contentsOf: "\\N".utf8)
      return
    }
    for byte in text {
      switch byte {
      case UInt8(ascii: "\\"): buffer.append(contentsOf: "\\\\".utf8)
      case UInt8(ascii: "\t"): buffer.append(contentsOf: "\\t".utf8)
      case UInt8(ascii: "\n"): buffer.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): buffer.append(contentsOf: "\\r".utf8)
      default: buffer.append(byte)
      }
    }
  }
}
