package import Logging
package import Postgres

/// The state database: everything Vigil knows, in schema `vigil`. A step of the loop is one transaction.
///
///     try await storage.transaction { tx in
///       let new = try await tx.samples.insert(samples)
///       try await tx.sourcePositions.store(position, deployment: "routing")
///     }
package struct StateDatabase: Sendable {
  package let pool: PostgresPool
  private let logger: Logger

  package init(pool: PostgresPool, logger: Logger = Logger(label: "vigil.storage")) {
    self.pool = pool
    self.logger = logger
  }

  /// - url: where; `purpose` shows in `pg_stat_activity`.
  package init(
    url: String, purpose: String = "state", passwordFile: String? = nil, connectionsMax: Int = 6, logger: Logger = Logger(label: "vigil.storage")
  ) throws {
    // A statement of ours that takes minutes, or a transaction left open, is a fault; better an error than a table blocked for ever.
    let settings = ["statement_timeout": "300s", "idle_in_transaction_session_timeout": "600s", "lock_timeout": "30s"]
    let configuration = try PostgresConfiguration(url: url, purpose: purpose, passwordFile: passwordFile, settings: settings)
    self.init(pool: PostgresPool(configuration, connectionsMax: connectionsMax, logger: logger), logger: logger)
  }

  /// Brings the schema up to date; see `Migrator`.
  @discardableResult
  package func migrate() async throws -> [Migration] {
    try await pool.withConnection { try await Migrator().migrate($0) }
  }

  /// Runs one step: all of it happens, or nothing.
  ///
  /// - attempts: a step that lost against another (serialisation failure, deadlock), or whose connection died before COMMIT was sent, is run
  ///   again; so `body` must not change anything outside the transaction. 1 for a body that cannot run twice.
  /// - Throws: what `body` throws, and `PostgresError`. One with `connectionLost` and the query `COMMIT` leaves open whether the step happened.
  @discardableResult
  package func transaction<T>(
    _ level: TransactionIsolation = .readCommitted, attempts: Int = 3, isolation: isolated (any Actor)? = #isolation,
    _ body: (StorageWriter) async throws -> T
  ) async throws -> T {
    try await withAttempts(attempts) { try await pool.withTransaction(level) { try await body(StorageWriter(connection: $0)) } }
  }

  /// Reads from one snapshot, so that numbers of different tables agree.
  package func read<T>(isolation: isolated (any Actor)? = #isolation, _ body: (StorageReader) async throws -> T) async throws -> T {
    try await withAttempts(3) {
      try await pool.withTransaction(.repeatableRead, readOnly: true) { try await body(StorageReader(connection: $0)) }
    }
  }

  package func close() async { await pool.close() }

  private func withAttempts<T>(
    _ attempts: Int, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
  ) async throws -> T {
    for attempt in 1..<max(2, attempts + 1) where attempt < attempts {
      do {
        return try await body()
      } catch let error as PostgresError where error.isConflict || (error.connectionLost && error.query != "COMMIT") {
        logger.info("a database step is run again", metadata: ["attempt": "\(attempt)", "error": "\(error.message)"])
        try await Task.sleep(for: .milliseconds(50 * attempt))
      }
    }
    return try await body()
  }
}

/// May read.
package enum ReadAccess {}
/// May read and write.
package enum WriteAccess {}

/// The tables, as one transaction sees them. What only a writer may do is declared `where Access == WriteAccess`.
package struct StorageSession<Access>: Sendable {
  package let connection: PostgresConnection

  package init(connection: PostgresConnection) { self.connection = connection }

  package var deployments: DeploymentTable<Access> { .init(connection: connection) }
  package var sourcePositions: SourcePositionTable<Access> { .init(connection: connection) }
  package var samples: SampleTable<Access> { .init(connection: connection) }
  package var sampleCounts: SampleCountTable<Access> { .init(connection: connection) }
  package var predictions: PredictionTable<Access> { .init(connection: connection) }
  package var models: ModelTable<Access> { .init(connection: connection) }
  package var references: ReferenceTable<Access> { .init(connection: connection) }
  package var baselines: BaselineTable<Access> { .init(connection: connection) }
  package var cycles: CycleTable<Access> { .init(connection: connection) }
  package var measurements: MeasurementTable<Access> { .init(connection: connection) }
  package var alerts: AlertTable<Access> { .init(connection: connection) }
  package var outbox: Outbox<Access> { .init(connection: connection) }
  package var jobs: JobQueue<Access> { .init(connection: connection) }
  package var datasets: DatasetTable<Access> { .init(connection: connection) }
  package var runs: RunTable<Access> { .init(connection: connection) }
  package var gateDecisions: GateDecisionTable<Access> { .init(connection: connection) }
  package var suiteRuns: SuiteRunTable<Access> { .init(connection: connection) }
  package var reports: ReportTable<Access> { .init(connection: connection) }
  package var events: EventTable<Access> { .init(connection: connection) }
}

package typealias StorageReader = StorageSession<ReadAccess>
package typealias StorageWriter = StorageSession<WriteAccess>

extension StorageSession where Access == WriteAccess {
  /// The same transaction for those who only read.
  package var reader: StorageReader { StorageReader(connection: connection) }
}
