internal import CLibPQ
internal import Executors
internal import Glibc
package import Logging

/// One session with PostgreSQL, on a thread of its own: libpq's calls block, and block nobody else.
///
/// A connection is used by one task at a time (the pool sees to that); statements of several tasks would mix their transactions.
/// When the server goes away, the statement under way throws with `connectionLost`, and the next one outside a transaction connects anew: what was not
/// sent is safe to send, what was sent is the caller's to judge. A task that is cancelled cancels its statement on the server.
package actor PostgresConnection {
  package nonisolated let configuration: PostgresConfiguration
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let executor: QueueExecutor
  private let notices: NoticeSink
  nonisolated let canceller = QueryCanceller()
  private(set) var handle: ConnectionHandle?
  private(set) var work = Work.idle
  private(set) var pendingNotifications: [PostgresNotification] = []

  /// What the session is in the middle of.
  enum Work: Equatable {
    case idle
    /// Between `begin` and `commit`; a lost connection is not replaced here, or statements would run outside their transaction.
    case transaction
  }

  /// The result being read row by row; others must drain it first.
  var openStream: OpenStream?
  private var lastStream = 0

  /// More than any listener leaves unread; beyond it the oldest are dropped, and listeners poll anyway.
  private static let notificationsMax = 10_000

  /// Does not connect yet.
  package init(_ configuration: PostgresConfiguration, logger: Logger = Logger(label: "vigil.postgres")) {
    self.configuration = configuration
    executor = QueueExecutor(label: "postgres.\(configuration.purpose)")
    notices = NoticeSink(logger: logger)
  }

  /// Connects now, unless that is done already.
  /// - Throws: `PostgresError` with `08001` and libpq's reason.
  package func connect() throws { _ = try usableHandle() }

  /// Ends the session; a later statement opens a new one.
  package func close() {
    handle = nil
    openStream = nil
    work = .idle
    canceller.connected(nil)
  }

  /// Stops the statement under way, from any task; it throws `57014`.
  package nonisolated func cancel() { canceller.cancelCurrent() }

  // MARK: - Statements

  /// Runs one statement and returns all of its rows.
  package func query(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> [PostgresRow] {
    try await cancellable {
      let result = try execute(sql, parameters)
      let shape = RowShape(result, query: sql)
      return (0..<PQntuples(result.raw)).map { shape.row(result, $0) }
    }
  }

  /// Runs one statement for its effect.
  /// - Returns: the rows it touched.
  @discardableResult
  package func execute(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> Int {
    try await cancellable { try execute(sql, parameters).affected }
  }

  /// Runs a script of several statements without parameters: in one transaction unless it has its own `BEGIN`.
  package func run(script: String) async throws {
    try await cancellable {
      let connection = try usableHandle()
      try discardStream()
      try check(PQexec(connection.raw, script), script)
    }
  }

  // MARK: - What the other files of this actor build on

  /// The session, opened if need be.
  func usableHandle() throws -> ConnectionHandle {
    if let handle {
      // Reading what is there costs two system calls and finds a server that closed the session while it was idle: its last words, then the end.
      if openStream == nil, PQconsumeInput(handle.raw) == 1 { _ = PQconsumeInput(handle.raw) }
      if handle.isUsable { return handle }
      let message = handle.message
      guard work == .idle else { throw lost(message, query: nil) }
      close()
    }
    guard work == .idle else { throw lost("the connection was lost inside a transaction", query: nil) }
    return try open()
  }

  func execute(_ sql: String, _ parameters: [PostgresParameter]) throws -> ResultHandle {
    guard parameters.count <= ParameterBlock.parametersMax else {
      throw PostgresError(
        message: "a statement takes at most \(ParameterBlock.parametersMax) parameters, got \(parameters.count)", sqlstate: "54000",
        hint: "pass arrays and unnest them", query: sql)
    }
    let connection = try usableHandle()
    try discardStream()
    let raw = ParameterBlock(parameters).withPointers { count, types, values, lengths, formats in
      PQexecParams(connection.raw, sql, count, types, values, lengths, formats, 0)
    }
    return try check(raw, sql)
  }

  /// The result if the statement succeeded; frees it either way.
  @discardableResult
  func check(_ raw: OpaquePointer?, _ sql: String) throws -> ResultHandle {
    collectNotifications()
    guard let raw else { throw lost(handle?.message ?? "", query: sql) }
    let result = ResultHandle(raw)
    switch result.status {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_COPY_IN, PGRES_EMPTY_QUERY: return result
    default: throw failure(result, sql)
    }
  }

  /// Runs blocking work, and cancels it on the server when the task is cancelled.
  func cancellable<T>(_ body: () throws -> T) async throws -> T {
    try Task.checkCancellation()
    let statement = canceller.begin()
    defer { canceller.end() }
    do {
      return try await withTaskCancellationHandler {
        // Naming `self` is what isolates this closure to the actor; without it, it would run, and block, on the cooperative pool.
        try self.onOwnThread(body)
      } onCancel: {
        canceller.cancel(statement)
      }
    } catch let error as PostgresError where error.sqlstate == SQLState.queryCanceled && Task.isCancelled {
      throw CancellationError()
    }
  }

  private func onOwnThread<T>(_ body: () throws -> T) rethrows -> T {
    preconditionIsolated("libpq is called on the connection's own thread alone")
    return try body()
  }

  func nextStreamNumber() -> Int {
    lastStream += 1
    return lastStream
  }

  func collectNotifications() {
    guard let handle else { return }
    while let raw = PQnotifies(handle.raw) {
      let channel = trimmed(raw.pointee.relname)
      pendingNotifications.append(.init(channel: channel, payload: String(cString: raw.pointee.extra), process: Int(raw.pointee.be_pid)))
      PQfreemem(raw)
    }
    if pendingNotifications.count > Self.notificationsMax { pendingNotifications.removeFirst(pendingNotifications.count - Self.notificationsMax) }
  }

  func takeNotifications() -> [PostgresNotification] {
    defer { pendingNotifications = [] }
    return pendingNotifications
  }

  /// Whether the next user of this connection finds it as new: alive, in no transaction, nothing half read.
  var isReusable: Bool {
    guard let handle, work == .idle, openStream == nil, handle.isUsable else { return false }
    return PQtransactionStatus(handle.raw) == PQTRANS_IDLE
  }

  // MARK: - Transactions: see PostgresConnection+Transaction.swift

  func begin(_ statement: String) throws {
    guard work == .idle else {
      throw PostgresError(message: "a transaction is already open on this connection", sqlstate: SQLState.misuse, query: statement)
    }
    _ = try execute(statement, [])
    work = .transaction
  }

  /// - Throws: what COMMIT throws; after a lost connection nobody knows whether it happened.
  func commit() throws {
    defer { work = .idle }
    let result = try execute("COMMIT", [])
    // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error.
    guard trimmed(PQcmdStatus(result.raw)) == "COMMIT" else {
      throw PostgresError(message: "the transaction had failed and was rolled back", sqlstate: "25P02", query: "COMMIT")
    }
  }

  /// Never throws: where ROLLBACK does not get through, the session is closed, which rolls back as well.
  func rollback() {
    do {
      _ = try execute("ROLLBACK", [])
      work = .idle
    } catch {
      close()
    }
  }

  // MARK: - Opening and failing

  private func open() throws -> ConnectionHandle {
    let keywords = try configuration.connectionKeywords().sorted { $0.key < $1.key }
    let names = keywords.map { strdup($0.key) }
    let values = keywords.map { strdup($0.value) }
    defer { for text in names + values { free(text) } }
    let raw = PQconnectdbParams(names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 0)
    guard let raw else { throw PostgresError(message: "libpq is out of memory", sqlstate: "53200") }
    let connection = ConnectionHandle(raw)
    guard connection.isUsable else { throw cannotConnect(connection.message) }
    notices.attach(to: connection)
    handle = connection
    do {
      try configureSession(connection)
    } catch {
      handle = nil
      throw error
    }
    canceller.connected(CancelToken(connection))
    return connection
  }

  /// What the decoders of rows rely on, then the configuration's own settings.
  private func configureSession(_ connection: ConnectionHandle) throws {
    let fixed = [
      ("DateStyle", "ISO, YMD"), ("TimeZone", "UTC"), ("bytea_output", "hex"), ("extra_float_digits", "1"), ("standard_conforming_strings", "on"),
    ]
    // A server without an encoding of its own refuses to send a client that wants UTF-8 what is none; it has to give the bytes as they are.
    let isRaw = trimmed(PQparameterStatus(connection.raw, "server_encoding")) == "SQL_ASCII"
    let encoding = isRaw ? [("client_encoding", "SQL_ASCII")] : []
    let settings = fixed + encoding + configuration.settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let calls = settings.indices.map { "pg_catalog.set_config($\(2 * $0 + 1), $\(2 * $0 + 2), false)" }
    let sql = "SELECT " + calls.joined(separator: ", ")
    let raw = ParameterBlock(settings.flatMap { [.text($0.0), .text($0.1)] }).withPointers { count, types, values, lengths, formats in
      PQexecParams(connection.raw, sql, count, types, values, lengths, formats, 0)
    }
    try check(raw, sql)
  }

  private func cannotConnect(_ message: String) -> PostgresError {
    let message = configuration.redacted(message)
    let hint: String? =
      if message.contains("No such file or directory") || message.contains("Connection refused") {
        "is PostgreSQL running there? The host and port come from the connection string"
      } else if message.contains("authentication failed") || message.contains("no password supplied") {
        "check the user, the password file and pg_hba.conf"
      } else if message.contains("does not exist") {
        "create it, or mend the connection string"
      } else {
        nil
      }
    return PostgresError(
      message: "could not connect to \(configuration.place): \(message)", sqlstate: SQLState.cannotConnect, hint: hint, connectionLost: true)
  }

  private func lost(_ message: String, query: String?) -> PostgresError {
    PostgresError(
      message: "lost the connection to \(configuration.place)" + (message.isEmpty ? "" : ": \(configuration.redacted(message))"),
      sqlstate: SQLState.connectionFailure, query: query, connectionLost: true)
  }

  private func failure(_ result: ResultHandle, _ sql: String) -> PostgresError {
    // Class 57P is the server ending the session; libpq may notice the closed socket only with the next call.
    let state = result.field("C")
    let isLost = handle?.isUsable != true || state?.hasPrefix("57P") == true || state?.hasPrefix("08") == true
    if isLost, let handle, handle.isUsable { _ = PQconsumeInput(handle.raw) }
    let message = result.field("M") ?? trimmed(PQresultErrorMessage(result.raw))
    return PostgresError(
      message: configuration.redacted(message), sqlstate: state ?? SQLState.connectionFailure, detail: result.field("D"), hint: result.field("H"),
      query: sql, constraint: result.field("n"), connectionLost: isLost)
  }
}
