internal import Postgres

/// The source table as `pg_catalog` describes it: what may stand in SQL comes from here, never from a configuration's text alone.
struct SourceCatalog: Sendable {
  let schema: String
  let name: String
  /// Whether rows carry `xmin`: ordinary and partitioned tables.
  let hasSnapshots: Bool
  /// Column name to type, in the table's order.
  let columns: [(name: String, type: String)]
  let role: String
  let isSuperuser: Bool
  let seesStatistics: Bool
  let canWrite: Bool
  let indexed: Set<String>

  var quotedTable: String { Self.quote(schema) + "." + Self.quote(name) }

  func type(_ column: String) -> String? { columns.first { $0.name == column }?.type }

  static func quote(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

  /// Looks everything up.
  /// - Throws: `SourceError` with every fault found, `PostgresError`.
  static func load(_ specification: SourceSpecification, _ connection: PostgresConnection) async throws -> SourceCatalog {
    let identifier: Identifier
    do {
      identifier = try Identifier(specification.table)
    } catch {
      throw SourceError(faults: [.badName(name: error.name, reason: error.reason)])
    }
    guard let name = identifier.parts.last, identifier.parts.count <= 2 else {
      throw SourceError(faults: [.badName(name: specification.table, reason: "it has more than schema and table")])
    }
    let schema = identifier.parts.count == 2 ? identifier.parts[0] : nil
    guard let table = try await connection.query(SQL.table, [.text(name), .optional(schema)]).first else {
      let guesses = try await connection.query(SQL.guesses, [.text(name)]).map { try $0.text("name") }
      throw SourceError(faults: [.noTable(table: specification.table, guesses: guesses)])
    }
    let oid = try table.int("oid")
    let kind = try table.text("kind")
    let columns = try await connection.query(SQL.columns, [.integer(oid)])
    let catalog = SourceCatalog(
      schema: try table.text("schema"), name: name, hasSnapshots: kind == "r" || kind == "p",
      columns: try columns.map { (try $0.text("name"), try $0.text("type")) }, role: try table.text("role"),
      isSuperuser: try table.bool("is_superuser"), seesStatistics: try table.bool("sees_statistics"), canWrite: try table.bool("can_write"),
      indexed: Set(try await connection.query(SQL.indexed, [.integer(oid)]).map { try $0.text("name") }))
    let readable = Set(try columns.filter { try $0.bool("is_readable") }.map { try $0.text("name") })
    let faults = catalog.faults(specification, kind: kind, mayUseSchema: try table.bool("may_use_schema"), readable: readable)
    guard faults.isEmpty else { throw SourceError(faults: faults) }
    return catalog
  }

  private func faults(_ specification: SourceSpecification, kind: String, mayUseSchema: Bool, readable: Set<String>) -> [SourceFault] {
    let table = specification.table
    let kinds = ["i": "an index", "S": "a sequence", "c": "a type", "t": "a TOAST table", "I": "an index"]
    if let kind = kinds[kind] { return [.notATable(table: table, kind: kind)] }
    var faults: [SourceFault] = []
    var unreadable: [String] = []
    for (role, column) in specification.roles {
      guard let type = type(column) else {
        faults.append(.noColumn(table: table, role: role, column: column, columns: columns.map(\.name)))
        continue
      }
      let isMoment = type.hasPrefix("timestamp")
      if role == "time" && !isMoment && type != "date" || role == "inserted" && !isMoment {
        let wanted = role == "time" ? "timestamptz, timestamp (read as UTC) or date" : "timestamptz or timestamp, with default now()"
        faults.append(.columnType(table: table, role: role, column: column, type: type, wanted: wanted))
      }
      if !readable.contains(column), !unreadable.contains(column) { unreadable.append(column) }
    }
    let grantee = Self.quote(role)
    if !mayUseSchema {
      faults.append(.noSchemaUsage(table: table, role: role, grant: "GRANT USAGE ON SCHEMA \(Self.quote(schema)) TO \(grantee)"))
    }
    if !unreadable.isEmpty {
      faults.append(.noSelect(table: table, role: role, columns: unreadable, grant: "GRANT SELECT ON \(quotedTable) TO \(grantee)"))
    }
    return faults
  }

  func warnings(_ specification: SourceSpecification) -> [SourceWarning] {
    var warnings: [SourceWarning] = []
    if !hasSnapshots {
      warnings.append(.noSnapshots(table: specification.table, lag: specification.lag))
    } else if !seesStatistics {
      warnings.append(.noStatistics(role: role, lag: specification.lag))
    }
    if hasSnapshots, !indexed.contains(specification.inserted) {
      warnings.append(.noIndex(table: specification.table, column: specification.inserted))
    }
    if isSuperuser { warnings.append(.superuser(role: role)) } else if canWrite { warnings.append(.canWrite(role: role, table: specification.table)) }
    return warnings
  }

  private enum SQL {
    // pg_class is readable to all, whatever the rights on the schema.
    static let table = """
      SELECT c.oid::bigint AS oid, c.relkind::text AS kind, n.nspname AS schema, current_user AS role,
        has_schema_privilege(n.oid, 'USAGE') AS may_use_schema,
        (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS is_superuser,
        pg_has_role('pg_read_all_stats', 'USAGE') AS sees_statistics,
        has_table_privilege(c.oid, 'INSERT') OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
          OR has_table_privilege(c.oid, 'TRUNCATE') AS can_write
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = $1 AND CASE WHEN $2::text IS NULL THEN n.nspname = ANY (current_schemas(false)) OR pg_table_is_visible(c.oid) ELSE n.nspname = $2 END
      ORDER BY pg_table_is_visible(c.oid) DESC, array_position(current_schemas(false), n.nspname)
      LIMIT 1
      """

    // Another schema, another case, or a name with most letters in common: without an extension, counted by shared pairs of letters.
    static let guesses = """
      SELECT CASE WHEN n.nspname = ANY (current_schemas(false)) THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
        LATERAL (
          SELECT count(*) FILTER (WHERE strpos(lower(c.relname), lower(substr($1, i, 2))) > 0)::float8 / greatest(1, length($1) - 1) AS likeness
          FROM generate_series(1, length($1) - 1) AS i
        ) l
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
        AND (lower(c.relname) = lower($1) OR l.likeness >= 0.6)
      ORDER BY lower(c.relname) = lower($1) DESC, l.likeness DESC, 1
      LIMIT 3
      """

    static let columns = """
      SELECT attname AS name, format_type(atttypid, atttypmod) AS type, has_column_privilege(attrelid, attnum, 'SELECT') AS is_readable
      FROM pg_catalog.pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
      ORDER BY attnum
      """

    static let indexed = """
      SELECT a.attname AS name
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = $1::oid AND i.indisvalid
      """
  }
}
