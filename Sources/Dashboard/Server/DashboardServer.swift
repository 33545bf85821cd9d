import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle

/// The daemon's HTTP server on a Unix socket: who may open the socket (its owner and group, mode 0660) may operate Vigil, nobody else can even connect. There is no TCP port.
package struct DashboardServer: Service {
  let socket: String
  let interface: any OperatorInterface
  let logger: Logger

  /// Connections at once; further ones wait in the kernel's queue.
  static let connectionLimit = 64
  /// Seconds a connection may be silent, within a request or between two.
  static let idleSeconds: Int64 = 30
  static let headerByteLimit = 16 * 1024

  package init(socket: String, interface: any OperatorInterface, logger: Logger) {
    self.socket = socket
    self.interface = interface
    self.logger = logger
  }

  package struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    package var problem: String
    package var hint: String
    package var description: String { "\(problem)\nhint: \(hint)" }
  }

  /// Runs until graceful shutdown; requests in hand are finished.
  package func run() async throws {
    try clearTheWay()
    let configuration = HTTP1Channel.Configuration(
      idleTimeout: .seconds(Self.idleSeconds),
      httpDecoderConfiguration: .init(maxHeaderFieldSize: Self.headerByteLimit, maxHeaderListSize: Self.headerByteLimit, maxHeaderFieldCount: 64))
    let path = socket
    let logger = logger
    var quiet = logger
    // The framework tells of every connection; an operator wants to hear of trouble.
    quiet.logLevel = max(logger.logLevel, .warning)
    let application = Application(
      router: Routes(interface: interface, logger: logger).router, server: .http1(configuration: configuration),
      configuration: .init(
        address: .unixDomainSocket(path: path), serverName: "vigil", availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
      onServerRunning: { _ in
        // Until here the socket has what umask left, which never lets anyone but the owner in; now the group may.
        do {
          try FileManager.default.setAttributes([.posixPermissions: 0o660], ofItemAtPath: path)
        } catch {
          logger.error("could not open the socket to its group", metadata: ["socket": "\(path)", "error": "\(error)"])
        }
      }, logger: quiet)
    defer { unlink(path) }
    try await application.run()
  }

  /// Removes a socket that a killed daemon has left; refuses one that is alive.
  private func clearTheWay() throws {
    switch SocketPath.probe(socket) {
    case .absent: break
    case .stale:
      var status = stat()
      guard lstat(socket, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
        throw Fault(problem: "\(socket) is in the way and is no socket", hint: "remove it, or configure http.socket elsewhere")
      }
      unlink(socket)
    case .listening: throw Fault(problem: "another daemon listens on \(socket)", hint: "stop it, or configure another http.socket")
    case .tooLong:
      throw Fault(problem: "the socket's path has more than \(SocketPath.byteLimit) bytes: \(socket)", hint: "configure a shorter http.socket")
    case .denied, .other: throw Fault(problem: "could not look at \(socket)", hint: "give the daemon's user the right to its folder")
    }
  }
}
