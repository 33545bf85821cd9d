package import Foundation
import Glibc

/// The daemon's folder, held by one daemon at a time.
///
/// The lock ends with the process, however it ends. Whoever gets it therefore knows that the daemon before is dead, and may free its leases at once instead
/// of waiting for them to run out.
package final class StateDirectory: Sendable {
  package let url: URL
  private let descriptor: Int32

  /// - Throws: `StateDirectoryFault` when the folder cannot be made or another daemon holds it.
  package init(_ url: URL) throws {
    self.url = url
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    } catch {
      throw StateDirectoryFault(path: url.path, problem: "cannot be made: \(error.localizedDescription)", hint: "check who owns its parent folder")
    }
    let file = url.appending(path: "lock").path
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StateDirectoryFault(
        path: file, problem: "cannot be opened: \(String(cString: strerror(errno)))", hint: "check who owns the state directory")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw StateDirectoryFault(
        path: url.path, problem: "is in use by another daemon", hint: "stop it, or give this one a state directory of its own")
    }
  }

  deinit { close(descriptor) }
}

package struct StateDirectoryFault: Error, CustomStringConvertible, Sendable {
  package var path: String
  package var problem: String
  package var hint: String

  package var description: String { "\(path) \(problem)\nhint: \(hint)" }
}
