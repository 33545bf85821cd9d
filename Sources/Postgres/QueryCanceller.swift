internal import CLibPQ
internal import Dispatch
internal import Synchronization

/// Stops what a connection is doing, from outside its actor, which is blocked while it does it.
final class QueryCanceller: Sendable {
  private struct State {
    var token: CancelToken?
    /// The statement under way; a late cancel for an earlier one must not hit it.
    var running: Int?
    var last = 0
  }

  private let state = Mutex(State())

  func connected(_ token: CancelToken?) { state.withLock { $0.token = token } }

  func begin() -> Int {
    state.withLock {
      $0.last += 1
      $0.running = $0.last
      return $0.last
    }
  }

  /// Waits for a cancel on its way: after this the connection may start the next statement.
  func end() { state.withLock { $0.running = nil } }

  /// Cancels the statement if it still runs. Returns at once: the request is a small connection of its own.
  func cancel(_ statement: Int) {
    DispatchQueue.global().async { [self] in
      state.withLock { if $0.running == statement { $0.token?.send() } }
    }
  }

  func cancelCurrent() {
    DispatchQueue.global().async { [self] in
      state.withLock { if $0.running != nil { $0.token?.send() } }
    }
  }
}

/// Owns one `PGcancel`: address and key of a server process, never changed after it was made. `PQcancel` is safe on any thread.
final class CancelToken: @unchecked Sendable {
  private let raw: OpaquePointer

  init?(_ connection: ConnectionHandle) {
    guard let raw = PQgetCancel(connection.raw) else { return nil }
    self.raw = raw
  }

  deinit { PQfreeCancel(raw) }

  /// Asks the server to stop; blocks for a round trip. A failure means that the server is gone, which the statement itself will tell.
  func send() {
    var message = [CChar](repeating: 0, count: 256)
    _ = PQcancel(raw, &message, CInt(message.count))
  }
}
