internal import Foundation
package import Logging
package import Postgres

/// Reads the production table, and nothing but reads: in increments that miss no late commit and need nothing installed there.
///
/// **Snapshot difference.** A watermark over ids or times loses rows for ever: a transaction that took its id early and commits late lies behind the
/// watermark when it appears. Here each pass remembers which transactions it has seen the rows of, and the next one returns the rows of all others.
/// Below the snapshot's `xmin` every transaction was over, and has been seen; from there on the ids of the visible rows are kept, as ranges.
/// (`pg_visible_in_snapshot` against the stored snapshot looks simpler and is wrong: the snapshot lists transactions in progress by their top-level id
/// alone, so a row written in a savepoint of such a transaction would be taken for seen, and lost.)
///
/// How far back the next pass must look is the start of the oldest transaction that was open, `L`. The order matters: `L` is taken in an earlier
/// transaction than the snapshot, or a writer that committed between the two would be missed.
///
/// An UPDATE makes a row appear again; the caller knows it by its key. After a failover or a restore transaction ids mean nothing: the pass then returns
/// everything since the lower bound less a safety margin, and says so in `Increment.restarted`.
///
/// One task at a time uses a reader.
package struct SourceReader: Sendable {
  package let specification: SourceSpecification
  private let connection: PostgresConnection

  /// - configuration: where, with a role that may SELECT and no more; session guards are set here.
  package init(_ specification: SourceSpecification, _ configuration: PostgresConfiguration, logger: Logger = Logger(label: "vigil.source")) {
    var configuration = configuration
    // What the configuration says itself wins: a table with no index may need longer than five seconds a fetch.
    configuration.settings.merge(
      [
        "default_transaction_read_only": "on", "statement_timeout": "30s", "lock_timeout": "500ms", "idle_in_transaction_session_timeout": "60s",
      ]
    ) { given, _ in given }
    self.specification = specification
    connection = PostgresConnection(configuration, logger: logger)
  }

  /// Checks table, columns and rights.
  /// - Returns: what works, but not as well as it could.
  /// - Throws: `SourceError` with every fault found; `PostgresError` when the database cannot be reached.
  package func verify() async throws -> [SourceWarning] {
    try await SourceCatalog.load(specification, connection).warnings(specification)
  }

  /// Lends the rows that have become visible since `position`, from one snapshot; all rows when there is none.
  ///
  /// The caller stores `increment.position` in the transaction that stores what it made of the rows:
  ///
  ///     try await reader.withIncrement(since: position) { increment in
  ///       try await state.transaction { tx in
  ///         for try await page in increment { ... }
  ///         try await tx.sourcePositions.store(increment.position, deployment: name)
  ///       }
  ///     }
  ///
  /// The rows can be gone through again (a retried transaction does): they come from the same snapshot.
  /// - page: rows held in memory at once.
  @discardableResult
  package func withIncrement<T>(
    since position: SourcePosition?, page: Int = 1000, isolation: isolated (any Actor)? = #isolation, _ body: (SourceIncrement) async throws -> T
  ) async throws -> T {
    let catalog = try await SourceCatalog.load(specification, connection)
    let lowerBound = try await lowerBound(catalog)
    return try await connection.withTransaction(.repeatableRead, readOnly: true) { connection in
      let now = try await connection.query(catalog.hasSnapshots ? SQL.snapshot : SQL.noSnapshot)[0]
      let snapshot = try now.optionalText("snapshot")
      var next = SourcePosition(snapshot: snapshot, lowerBound: lowerBound, systemIdentifier: try now.text("identity"))
      if let snapshot = snapshot.flatMap(SnapshotText.init) {
        let seen = SourceQuery.seen(specification, catalog, now: snapshot, lowerBound: lowerBound)
        next.seen = try await connection.query(seen.sql, seen.parameters)[0].text("seen")
      }
      let restarted = Self.restart(from: position, to: next)
      let query = SourceQuery(specification, catalog, since: position, snapshot: snapshot, isRestart: restarted != nil)
      return try await body(
        SourceIncrement(
          position: next, restarted: restarted, connection: connection, query: query, columns: specification.columns, page: max(1, page)))
    }
  }

  /// The labels that the given rows have now, by key; rows without one, or that are gone, are left out.
  package func labels(for keys: [String]) async throws -> [String: String] {
    guard let label = specification.label, !keys.isEmpty else { return [:] }
    let catalog = try await SourceCatalog.load(specification, connection)
    let key = SourceCatalog.quote(specification.key)
    let sql = """
      SELECT t.\(key)::text AS key, t.\(SourceCatalog.quote(label))::text AS label FROM \(catalog.quotedTable) t
      WHERE t.\(key) = ANY ($1::text[]::\(catalog.type(specification.key) ?? "text")[]) AND t.\(SourceCatalog.quote(label)) IS NOT NULL
      """
    var labels: [String: String] = [:]
    for chunk in keys.chunked(1000) {
      for row in try await connection.query(sql, [.texts(Array(chunk))]) { labels[try row.text("key")] = try row.text("label") }
    }
    return labels
  }

  package func close() async { await connection.close() }

  /// `L`: rows inserted before it are visible by now, or never will be.
  private func lowerBound(_ catalog: SourceCatalog) async throws -> Date {
    if catalog.hasSnapshots && catalog.seesStatistics { return try await connection.query(SQL.oldestTransaction)[0].time("lower_bound") }
    return try await connection.query(SQL.lag, [.seconds(specification.lag)])[0].time("lower_bound")
  }

  /// Why the position's transaction ids cannot be compared with today's; nil when they can.
  private static func restart(from position: SourcePosition?, to next: SourcePosition) -> String? {
    guard let position else { return nil }
    if position.systemIdentifier != next.systemIdentifier {
      return "the source is another server or history now (\(position.systemIdentifier) before, \(next.systemIdentifier) now)"
    }
    guard let before = position.snapshot, let now = next.snapshot else {
      return position.snapshot == next.snapshot ? nil : "the source has changed between a table and a view"
    }
    guard let before = SnapshotText(before), let now = SnapshotText(now) else { return "the stored snapshot \"\(before)\" is not one" }
    return before.xmax > now.xmax ? "the source's transaction ids went back: it was restored or failed over" : nil
  }

  private enum SQL {
    /// The clock of an identity: the server, its history, the database in it.
    private static let identity = """
      (SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT timeline_id FROM pg_control_checkpoint())
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
      """

    static let snapshot = "SELECT pg_current_snapshot()::text AS snapshot, \(identity) AS identity"
    static let noSnapshot = "SELECT NULL::text AS snapshot, \(identity) AS identity"

    // Every process with a transaction counts, background and apply workers too; senders of WAL write nothing here, nor does autovacuum. A
    // transaction's start is published a moment after it is fixed, hence the margin: reading more costs nothing, the snapshot sorts it out.
    static let oldestTransaction = """
      SELECT least(
        now(),
        (SELECT min(xact_start) FROM pg_stat_activity WHERE backend_type NOT IN ('walsender', 'autovacuum worker')),
        (SELECT min(prepared) FROM pg_prepared_xacts)
      ) - interval '10 s' AS lower_bound
      """

    static let lag = "SELECT now() - make_interval(secs => $1) AS lower_bound"
  }
}
