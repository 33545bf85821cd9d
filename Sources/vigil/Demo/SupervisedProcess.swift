import Foundation
import Glibc
import Synchronization

/// A child of the demo: its words go to a log file, it ends with us, and whoever wants to know learns how it ended.
///
/// Its standard input is a pipe whose writing end only we have: it reads end-of-file when we are gone, whatever we died of.
final class SupervisedProcess: Sendable {
  private let process: Mutex<Process?>
  let input: FileHandle
  private let ended = Mutex<Bool>(false)

  var identifier: pid_t { process.withLock { $0?.processIdentifier ?? 0 } }
  var hasEnded: Bool { ended.withLock { $0 } }

  /// - output: reads what the child prints; nil sends it to the log too.
  init(_ arguments: [String], executable: URL, log: URL, output: Pipe? = nil) throws {
    let child = Process()
    child.executableURL = executable
    child.arguments = arguments
    if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
    let handle = try FileHandle(forWritingTo: log)
    try handle.seekToEnd()
    let pipe = Pipe()
    _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    child.standardInput = pipe
    child.standardOutput = output ?? handle
    child.standardError = handle
    input = pipe.fileHandleForWriting
    process = Mutex(nil)
    child.terminationHandler = { [weak self] _ in self?.ended.withLock { $0 = true } }
    try child.run()
    process.withLock { $0 = child }
  }

  func send(_ signal: Int32) {
    let identifier = identifier
    if identifier > 0, !hasEnded { kill(identifier, signal) }
  }

  /// Asks it to end and waits; after `patience` it is killed.
  func stop(patience: Duration = .seconds(20)) async {
    send(SIGTERM)
    try? input.close()
    let deadline = ContinuousClock.now + patience
    while !hasEnded, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    if !hasEnded {
      send(SIGKILL)
      while !hasEnded { try? await Task.sleep(for: .milliseconds(20)) }
    }
  }
}
