import Foundation
import Glibc

/// Speaks systemd's notification protocol (sd_notify(3)): one datagram to the socket that `$NOTIFY_SOCKET` names.
///
/// Without that variable every call does nothing. The text of STATUS is ours alone: a line break in it could add other keys, so they are cut.
package struct SystemdNotifier: Sendable {
  private let socketPath: String?
  /// Half of WatchdogSec, or nil when systemd does not watch.
  package let watchdogInterval: Duration?

  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let path = environment["NOTIFY_SOCKET"]
    // Only absolute paths and abstract names are sockets of systemd's.
    socketPath = path.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    let ours = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
    watchdogInterval = ours ? environment["WATCHDOG_USEC"].flatMap(Int64.init).map { .microseconds($0 / 2) } : nil
  }

  package func ready(_ status: String) { send("READY=1\nSTATUS=\(Self.line(status))") }
  package func status(_ text: String) { send("STATUS=\(Self.line(text))") }
  package func watchdog() { send("WATCHDOG=1") }
  package func stopping() { send("STOPPING=1") }

  package func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)")
  }

  /// More time to stop or start, while there is progress.
  package func extendTimeout(_ duration: Duration) { send("EXTEND_TIMEOUT_USEC=\(duration.components.seconds * 1_000_000)") }

  private static func line(_ text: String) -> String { String(text.prefix { !$0.isNewline }) }

  private func send(_ message: String) {
    guard let socketPath else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(socketPath.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count)
    // A lost notification is systemd's to notice (watchdog, start timeout); there is nobody else to tell.
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sendto(descriptor, message, message.utf8.count, Int32(MSG_NOSIGNAL), $0, length) }
    }
  }
}
