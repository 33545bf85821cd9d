internal import Foundation
internal import Postgres

/// The rows that have become visible since the last position: pages of one snapshot, in bounded memory.
package struct SourceIncrement: AsyncSequence, Sendable {
  package typealias Element = [SourceRow]

  /// Where the next increment begins, once these rows are stored.
  package let position: SourcePosition
  /// Why more is read again than usual: the server was restored or replaced. nil in ordinary life.
  package let restarted: String?
  let connection: PostgresConnection
  let query: SourceQuery
  let columns: [String]
  let page: Int

  package func makeAsyncIterator() -> Iterator { Iterator(increment: self) }

  package struct Iterator: AsyncIteratorProtocol {
    let increment: SourceIncrement
    private var isOpen = false
    private var isDone = false

    init(increment: SourceIncrement) { self.increment = increment }

    /// A cursor, so that each page is a statement of its own for `statement_timeout`, however slowly the caller takes them.
    package mutating func next() async throws -> [SourceRow]? {
      guard !isDone else { return nil }
      let connection = increment.connection
      if !isOpen {
        // A second pass over the same increment begins anew.
        try await connection.execute("CLOSE ALL")
        try await connection.execute("DECLARE vigil_increment NO SCROLL CURSOR FOR \(increment.query.sql)", increment.query.parameters)
        isOpen = true
      }
      let rows = try await connection.query("FETCH FORWARD \(increment.page) FROM vigil_increment")
      isDone = rows.count < increment.page
      return rows.isEmpty ? nil : try rows.map { try SourceRow($0, columns: increment.columns) }
    }
  }
}

/// The statements behind an increment.
struct SourceQuery: Sendable {
  let sql: String
  let parameters: [PostgresParameter]

  /// How far behind the lower bound a restart looks, as the two histories may disagree about the last moments.
  private static let restartMargin: TimeInterval = 3600

  /// How far behind UTC the clock on a wall can be: `timestamp` without a zone holds the local time of whoever inserted the row.
  private static let zoneMargin: TimeInterval = 14 * 3600

  /// - position: nil reads everything.
  /// - snapshot: of the transaction that reads.
  init(
    _ specification: SourceSpecification, _ catalog: SourceCatalog, since position: SourcePosition?, snapshot: String?, isRestart: Bool
  ) {
    func column(_ name: String) -> String { "t." + SourceCatalog.quote(name) }
    var selected = [
      "\(column(specification.key))::text AS key",
      "\(column(specification.time))::timestamptz AS time",
      "left(\(column(specification.input))::text, \(specification.inputCharactersMax)) AS input",
      "coalesce(octet_length(\(column(specification.input))::text), 0) AS input_bytes",
      "\(specification.label.map { column($0) + "::text" } ?? "NULL::text") AS label",
      "\(specification.output.map { column($0) + "::text" } ?? "NULL::text") AS output",
    ]
    selected += specification.columns.enumerated().map { "\(column($1))::text AS column_\($0)" }
    var parameters: [PostgresParameter] = []
    var conditions: [String] = []
    if let position {
      let margin = isRestart ? Self.restartMargin : 0
      parameters.append(.time(Self.bound(position.lowerBound, specification, catalog).addingTimeInterval(-margin)))
      conditions.append("\(column(specification.inserted)) >= $1::timestamptz")
      if !isRestart, let before = position.snapshot.flatMap(SnapshotText.init), let now = snapshot.flatMap(SnapshotText.init) {
        conditions.append("\(Self.wideXmin(now)) >= \(before.xmin) AND NOT \(Self.wideXmin(now)) <@ $2::int8multirange")
        parameters.append(.text(position.seen ?? "{}"))
      }
    }
    let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    sql =
      "SELECT \(selected.joined(separator: ", ")) FROM \(catalog.quotedTable) t\(filter)"
      + " ORDER BY \(column(specification.inserted)), \(column(specification.key))"
    self.parameters = parameters
  }

  /// The transactions at or above `now`'s `xmin` that have visible rows among those the next pass will look at.
  static func seen(
    _ specification: SourceSpecification, _ catalog: SourceCatalog, now: SnapshotText, lowerBound: Date
  ) -> (sql: String, parameters: [PostgresParameter]) {
    let sql = """
      SELECT coalesce(range_agg(int8range(x, x + 1)), '{}')::text AS seen
      FROM (
        SELECT DISTINCT \(wideXmin(now)) AS x FROM \(catalog.quotedTable) t WHERE t.\(SourceCatalog.quote(specification.inserted)) >= $1::timestamptz
      ) AS recent
      WHERE x >= \(now.xmin)
      """
    return (sql, [.time(bound(lowerBound, specification, catalog))])
  }

  private static func bound(_ lowerBound: Date, _ specification: SourceSpecification, _ catalog: SourceCatalog) -> Date {
    let isZoned = catalog.type(specification.inserted)?.contains("with time zone") == true
    return isZoned ? lowerBound : lowerBound.addingTimeInterval(-zoneMargin)
  }

  /// A row's 32-bit `xmin` with its epoch, as `bigint`: the epoch of the snapshot's `xmax`, or the one before when the id lies above it.
  ///
  /// Rows of older epochs come out too young, which is harmless: the lower bound has left them out. Special ids (0...2) are always visible and stay small.
  private static func wideXmin(_ now: SnapshotText) -> String {
    let low = now.xmax & 0xFFFF_FFFF
    let epoch = (now.xmax >> 32) << 32
    let xmin = "t.xmin::text::bigint"
    return "(\(xmin) + CASE WHEN \(xmin) < 3 THEN 0 WHEN \(xmin) > \(low) THEN \(Int64(epoch) - 0x1_0000_0000) ELSE \(epoch) END)"
  }
}
