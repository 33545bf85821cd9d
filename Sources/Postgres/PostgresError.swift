/// A statement or a connection that failed, with what the server said of it. Secrets never enter it.
package struct PostgresError: Error, Sendable, Hashable {
  /// Short, as the server put it.
  package var message: String
  /// Five characters, as in PostgreSQL's appendix A: `42P01` undefined table. `08001` where a connection could not be made.
  package var sqlstate: String
  package var detail: String?
  package var hint: String?
  /// The statement, without its parameters.
  package var query: String?
  /// The constraint that was violated, where it was one.
  package var constraint: String?
  /// Whether the connection died; what it was doing may or may not have happened.
  package var connectionLost: Bool

  package init(
    message: String, sqlstate: String, detail: String? = nil, hint: String? = nil, query: String? = nil, constraint: String? = nil,
    connectionLost: Bool = false
  ) {
    self.message = message
    self.sqlstate = sqlstate
    self.detail = detail
    self.hint = hint
    self.query = query
    self.constraint = constraint
    self.connectionLost = connectionLost
  }

  /// Whether the same statement may well work later: the server went away or is starting, ran out of connections, or chose us as the victim of a conflict.
  package var isTransient: Bool {
    connectionLost || isConflict || sqlstate.hasPrefix("08") || sqlstate.hasPrefix("57P") || sqlstate.hasPrefix("53") || sqlstate == "25006"
      || sqlstate == SQLState.lockNotAvailable
  }

  /// Whether the transaction lost against another and simply has to run again.
  package var isConflict: Bool { sqlstate == SQLState.serializationFailure || sqlstate == SQLState.deadlockDetected }
}

/// The codes that Vigil looks at.
package enum SQLState {
  package static let connectionFailure = "08006"
  package static let cannotConnect = "08001"
  package static let serializationFailure = "40001"
  package static let deadlockDetected = "40P01"
  package static let uniqueViolation = "23505"
  package static let foreignKeyViolation = "23503"
  package static let checkViolation = "23514"
  package static let insufficientPrivilege = "42501"
  package static let undefinedTable = "42P01"
  package static let undefinedColumn = "42703"
  package static let queryCanceled = "57014"
  package static let lockNotAvailable = "55P03"
  package static let adminShutdown = "57P01"
  package static let readOnlyTransaction = "25006"
  /// Ours, in the class that SQL leaves to implementations: the connection was used against its rules.
  package static let misuse = "XX000"
}

extension PostgresError: CustomStringConvertible {
  package var description: String {
    var lines = ["\(message) (SQLSTATE \(sqlstate))"]
    if let detail { lines.append("detail: \(detail)") }
    if let query { lines.append("query: \(query.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(300))") }
    if let hint { lines.append("hint: \(hint)") }
    return lines.joined(separator: "\n")
  }
}

/// A value that is not what the reader of the row expected.
package struct PostgresDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
  package var column: String
  /// `Int`, `Date`, ...
  package var expected: String
  /// The column's type in PostgreSQL, or why there is none.
  package var found: String
  /// The beginning of the value; nil for NULL.
  package var value: String?
  package var query: String

  package init(column: String, expected: String, found: String, value: String? = nil, query: String) {
    self.column = column
    self.expected = expected
    self.found = found
    self.value = value
    self.query = query
  }

  package var description: String {
    let text = query.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(300)
    return "column \"\(column)\": expected \(expected), found \(found)" + (value.map { " \"\($0)\"" } ?? "") + "\nquery: \(text)"
  }
}
