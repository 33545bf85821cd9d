internal import CLibPQ
internal import Glibc
package import Logging

/// A message from NOTIFY.
package struct PostgresNotification: Sendable, Hashable {
  package var channel: String
  package var payload: String
  /// The server process that sent it.
  package var process: Int
}

/// What a listener hears.
package enum ListenerEvent: Sendable, Hashable {
  /// The session was opened (again): what was sent before is unknown, so look at the tables once.
  case listening
  case notification(PostgresNotification)
}

/// LISTEN on a session of its own, as a sequence that never ends by itself: a lost connection is opened again.
///
/// NOTIFY is for speed, never for truth: it is lost with the connection and does not pass every pooler. Whoever listens also polls.
package struct PostgresListener: AsyncSequence, Sendable {
  package typealias Element = ListenerEvent

  private let configuration: PostgresConfiguration
  private let channels: [String]
  private let logger: Logger

  /// - channels: quoted here.
  package init(_ configuration: PostgresConfiguration, channels: [String], logger: Logger = Logger(label: "vigil.postgres")) {
    self.configuration = configuration
    self.channels = channels
    self.logger = logger
  }

  package func makeAsyncIterator() -> Iterator {
    Iterator(connection: PostgresConnection(configuration, logger: logger), channels: channels, logger: logger)
  }

  package struct Iterator: AsyncIteratorProtocol {
    private let connection: PostgresConnection
    private let channels: [String]
    private let logger: Logger
    private var isListening = false
    private var waiting: ArraySlice<PostgresNotification> = []

    /// Between attempts to connect; fixed and short, as the server is usually our own.
    private static let pause = Duration.seconds(1)
    /// How soon a cancelled task is noticed.
    private static let sliceMilliseconds: Int32 = 200

    init(connection: PostgresConnection, channels: [String], logger: Logger = Logger(label: "vigil.postgres")) {
      self.connection = connection
      self.channels = channels
      self.logger = logger
    }

    /// The next event; nil once the task is cancelled.
    package mutating func next() async throws -> ListenerEvent? {
      while !Task.isCancelled {
        if let notification = waiting.popFirst() { return .notification(notification) }
        do {
          if !isListening {
            for channel in channels { try await connection.execute("LISTEN \(try Identifier.quoted(channel))") }
            isListening = true
            return .listening
          }
          waiting = try await connection.waitForNotifications(milliseconds: Self.sliceMilliseconds)[...]
        } catch let error as PostgresError where error.isTransient {
          logger.warning("the listener lost its connection and tries again", metadata: ["error": "\(error)"])
          isListening = false
          await connection.close()
          try? await Task.sleep(for: Self.pause)
        } catch is CancellationError {
          break
        }
      }
      await connection.close()
      return nil
    }
  }
}

extension PostgresConnection {
  /// What came in, waiting at most so long for it.
  func waitForNotifications(milliseconds: Int32) throws -> [PostgresNotification] {
    // Not `usableHandle`: a session opened anew would not be listening.
    guard let connection = handle else {
      throw PostgresError(message: "the listening session is closed", sqlstate: SQLState.connectionFailure, connectionLost: true)
    }
    collectNotifications()
    if pendingNotifications.isEmpty {
      var descriptor = pollfd(fd: PQsocket(connection.raw), events: Int16(POLLIN), revents: 0)
      _ = poll(&descriptor, 1, milliseconds)
      guard PQconsumeInput(connection.raw) == 1, connection.isUsable else {
        throw PostgresError(message: configuration.redacted(connection.message), sqlstate: SQLState.connectionFailure, connectionLost: true)
      }
      collectNotifications()
    }
    return takeNotifications()
  }
}
