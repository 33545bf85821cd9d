internal import Dispatch
package import Logging
internal import Synchronization

/// A bounded set of connections that tasks borrow, first come first served.
///
/// A connection that comes back broken, or in the middle of something, is closed and its place is free again.
package final class PostgresPool: Sendable {
  /// Why no connection was to be had.
  package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
    case timedOut(connectionsMax: Int, waiting: Int)
    case tooManyWaiters(waitersMax: Int)
    case closed

    package var description: String {
      switch self {
      case .timedOut(let connections, let waiting):
        "no database connection became free in time: all \(connections) are in use, \(waiting) more wait"
      case .tooManyWaiters(let most): "too many tasks wait for a database connection (at most \(most) may)"
      case .closed: "the pool of database connections is closed"
      }
    }
  }

  package struct Counts: Sendable, Hashable {
    package var open: Int
    package var idle: Int
    package var waiting: Int

    package init(open: Int, idle: Int, waiting: Int) {
      self.open = open
      self.idle = idle
      self.waiting = waiting
    }
  }

  package let configuration: PostgresConfiguration
  package let connectionsMax: Int
  private let waitersMax: Int
  private let acquireTimeout: Duration
  private let logger: Logger
  private let state = Mutex(State())

  private struct State {
    var idle: [PostgresConnection] = []
    /// Open or being opened, idle ones included.
    var open = 0
    var waiters: [Waiter] = []
    var lastWaiter = 0
    var isClosed = false
  }

  private struct Waiter {
    let number: Int
    let continuation: CheckedContinuation<Grant, any Error>
  }

  private enum Grant: Sendable {
    case connection(PostgresConnection)
    /// A place is free: make your own.
    case place
  }

  package init(
    _ configuration: PostgresConfiguration, connectionsMax: Int = 4, waitersMax: Int = 256, acquireTimeout: Duration = .seconds(30),
    logger: Logger = Logger(label: "vigil.postgres")
  ) {
    precondition(connectionsMax > 0, "a pool has at least one connection")
    self.configuration = configuration
    self.connectionsMax = connectionsMax
    self.waitersMax = waitersMax
    self.acquireTimeout = acquireTimeout
    self.logger = logger
  }

  package var counts: Counts { state.withLock { Counts(open: $0.open, idle: $0.idle.count, waiting: $0.waiters.count) } }

  /// Lends a connection to `body`. It must not be used after that.
  @discardableResult
  package func withConnection<T>(
    isolation: isolated (any Actor)? = #isolation, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    let connection = try await acquire()
    do {
      let value = try await body(connection)
      await release(connection)
      return value
    } catch {
      await release(connection)
      throw error
    }
  }

  /// Lends a connection with an open transaction; see `PostgresConnection.withTransaction`.
  @discardableResult
  package func withTransaction<T>(
    _ level: TransactionIsolation = .readCommitted, readOnly: Bool = false, isolation: isolated (any Actor)? = #isolation,
    _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    try await withConnection { connection in try await connection.withTransaction(level, readOnly: readOnly, body) }
  }

  /// One statement on any connection.
  package func query(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> [PostgresRow] {
    try await withConnection { try await $0.query(sql, parameters) }
  }

  /// Closes idle connections now and lent ones when they come back; those who wait get `Failure.closed`.
  package func close() async {
    let (idle, waiters) = state.withLock { state in
      defer {
        state.open -= state.idle.count
        state.idle = []
        state.waiters = []
        state.isClosed = true
      }
      return (state.idle, state.waiters)
    }
    for waiter in waiters { waiter.continuation.resume(throwing: Failure.closed) }
    for connection in idle { await connection.close() }
  }

  // MARK: - Borrowing and giving back

  private func acquire() async throws -> PostgresConnection {
    try Task.checkCancellation()
    let free = try state.withLock { state -> Grant? in
      if state.isClosed { throw Failure.closed }
      return Self.grant(&state, connectionsMax: connectionsMax)
    }
    let grant = if let free { free } else { try await wait() }
    switch grant {
    case .connection(let connection): return connection
    case .place:
      let connection = PostgresConnection(configuration, logger: logger)
      do {
        try await connection.connect()
        return connection
      } catch {
        freePlace()
        throw error
      }
    }
  }

  private static func grant(_ state: inout State, connectionsMax: Int) -> Grant? {
    if let connection = state.idle.popLast() { return .connection(connection) }
    guard state.open < connectionsMax else { return nil }
    state.open += 1
    return .place
  }

  private func wait() async throws -> Grant {
    let number = state.withLock { state in
      state.lastWaiter += 1
      return state.lastWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let answer = state.withLock { state -> Result<Grant, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.isClosed { return .failure(Failure.closed) }
          if let grant = Self.grant(&state, connectionsMax: connectionsMax) { return .success(grant) }
          guard state.waiters.count < waitersMax else { return .failure(Failure.tooManyWaiters(waitersMax: waitersMax)) }
          state.waiters.append(Waiter(number: number, continuation: continuation))
          return nil
        }
        if let answer {
          continuation.resume(with: answer)
        } else {
          let deadline = DispatchTime.now() + .milliseconds(Int(acquireTimeout / .milliseconds(1)))
          DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in
            guard let self else { return }
            give(up: number, because: Failure.timedOut(connectionsMax: connectionsMax, waiting: counts.waiting))
          }
        }
      }
    } onCancel: {
      give(up: number, because: CancellationError())
    }
  }

  private func give(up number: Int, because error: any Error) {
    let waiter = state.withLock { state -> Waiter? in
      state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
    }
    waiter?.continuation.resume(throwing: error)
  }

  private func release(_ connection: PostgresConnection) async {
    let isReusable = await connection.isReusable
    let (isKept, waiter) = state.withLock { state -> (Bool, Waiter?) in
      guard isReusable, !state.isClosed else { return (false, nil) }
      if !state.waiters.isEmpty { return (true, state.waiters.removeFirst()) }
      state.idle.append(connection)
      return (true, nil)
    }
    if isKept {
      waiter?.continuation.resume(returning: .connection(connection))
    } else {
      await connection.close()
      freePlace()
    }
  }

  /// A place whose connection is gone passes to the first who waits.
  private func freePlace() {
    let waiter = state.withLock { state -> Waiter? in
      if !state.waiters.isEmpty { return state.waiters.removeFirst() }
      state.open -= 1
      return nil
    }
    waiter?.continuation.resume(returning: .place)
  }
}
