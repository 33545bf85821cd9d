/// Something about a source that keeps it from being read, with what mends it.
package enum SourceFault: Sendable, Hashable, CustomStringConvertible {
  case badName(name: String, reason: String)
  case noTable(table: String, guesses: [String])
  case notATable(table: String, kind: String)
  case noColumn(table: String, role: String, column: String, columns: [String])
  case columnType(table: String, role: String, column: String, type: String, wanted: String)
  case noSchemaUsage(table: String, role: String, grant: String)
  case noSelect(table: String, role: String, columns: [String], grant: String)

  package var description: String {
    switch self {
    case .badName(let name, let reason): "source: \"\(name)\" cannot name a table or column: \(reason)"
    case .noTable(let table, let guesses):
      "source: there is no table \"\(table)\""
        + (guesses.isEmpty
          ? "\nhint: names are taken letter for letter; write schema.table when the schema is not in the search path"
          : "\nhint: did you mean \(guesses.map { "\"\($0)\"" }.joined(separator: " or "))?")
    case .notATable(let table, let kind): "source: \"\(table)\" is \(kind), not a table or view"
    case .noColumn(let table, let role, let column, let columns):
      "source: table \"\(table)\" has no column \"\(column)\" (named as \(role))\nhint: its columns are \(columns.joined(separator: ", "))"
    case .columnType(let table, let role, let column, let type, let wanted):
      "source: column \"\(column)\" of \"\(table)\" (named as \(role)) has type \(type)\nhint: it must be \(wanted)"
    case .noSchemaUsage(let table, let role, let grant): "source: role \"\(role)\" may not use the schema of \"\(table)\"\nhint: \(grant)"
    case .noSelect(let table, let role, let columns, let grant):
      "source: role \"\(role)\" may not read \"\(table)\" (\(columns.joined(separator: ", ")))\nhint: \(grant)"
    }
  }
}

/// All faults found in a source at once.
package struct SourceError: Error, Sendable, Hashable, CustomStringConvertible {
  package var faults: [SourceFault]

  package init(faults: [SourceFault]) { self.faults = faults }

  package var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Something about a source that works, though not as well as it could.
package enum SourceWarning: Sendable, Hashable, CustomStringConvertible {
  /// Transactions of others are invisible, so how far back the next read must look is taken from the lag.
  case noStatistics(role: String, lag: Duration)
  /// No transaction ids to compare.
  case noSnapshots(table: String, lag: Duration)
  /// Each increment reads the whole table.
  case noIndex(table: String, column: String)
  /// The role could change what it only should read.
  case canWrite(role: String, table: String)
  case superuser(role: String)

  package var description: String {
    switch self {
    case .noStatistics(let role, let lag):
      "role \"\(role)\" lacks pg_read_all_stats: open transactions of others cannot be seen, so a row is missed when its transaction stays open longer "
        + "than lag \(lag)\nhint: GRANT pg_read_all_stats TO \"\(role)\""
    case .noSnapshots(let table, let lag):
      "\"\(table)\" has no transaction ids (it is not an ordinary table): a row is missed when it becomes visible later than lag \(lag) after its insertion"
    case .noIndex(let table, let column):
      "\"\(table)\" has no index on \"\(column)\": each increment reads the whole table\nhint: CREATE INDEX CONCURRENTLY ON \(table) (\(column))"
    case .canWrite(let role, let table):
      "role \"\(role)\" may change \"\(table)\"; Vigil never does, a role that cannot is safer\nhint: REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON \(table) FROM \"\(role)\""
    case .superuser(let role): "role \"\(role)\" is a superuser; reading needs no more than SELECT and pg_read_all_stats"
    }
  }
}
