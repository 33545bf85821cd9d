internal import CLibPQ
internal import Logging

/// Takes what the server says unasked (NOTICE, WARNING) to the log; libpq would write it to stderr.
final class NoticeSink {
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  /// The sink must live as long as the connection: libpq keeps the bare pointer.
  func attach(to connection: ConnectionHandle) {
    PQsetNoticeReceiver(
      connection.raw,
      { argument, result in
        guard let argument, let result else { return }
        Unmanaged<NoticeSink>.fromOpaque(argument).takeUnretainedValue().receive(result)
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func receive(_ result: OpaquePointer) {
    let severity = trimmed(PQresultErrorField(result, CInt(UInt8(ascii: "V"))))
    let message = trimmed(PQresultErrorField(result, CInt(UInt8(ascii: "M"))))
    let level: Logger.Level =
      switch severity {
      case "WARNING": .warning
      case "NOTICE", "INFO": .debug
      default: .trace
      }
    logger.log(level: level, "PostgreSQL: \(message)", metadata: ["severity": "\(severity)"])
  }
}
