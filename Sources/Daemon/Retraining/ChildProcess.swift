package import Foundation
import Synchronization

/// A child of ours that ends with us: its standard input is a pipe that nobody writes to, and a child that reads end-of-file there knows that its
/// parent is gone. (PR_SET_PDEATHSIG would be tied to the *thread* that spawned it, and pool threads come and go.)
package struct ChildProcess: Sendable {
  package var executable: URL
  package var arguments: [String]
  package var environment: [String: String]?

  package init(executable: URL, arguments: [String], environment: [String: String]? = nil) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
  }

  package enum Ending: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// Runs to the end; lines of its stdout go to `line` as they come, the end of its stderr is returned. Cancellation sends SIGTERM.
  package func run(line: @escaping @Sendable (String) -> Void) async throws -> (ending: Ending, errors: String) {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    if let environment { process.environment = environment }
    let (lifeline, output, errors) = (Pipe(), Pipe(), Pipe())
    // Any other child that inherited the writing end would keep this one waiting after our death.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = lifeline
    process.standardOutput = output
    process.standardError = errors
    let lines = LineCollector(line)
    let tail = TailCollector(limit: 8_192)
    let readers = DispatchGroup()
    for (pipe, sink) in [(output, lines.append), (errors, tail.append)] as [(Pipe, @Sendable (Data) -> Void)] {
      let handle = pipe.fileHandleForReading
      DispatchQueue.global().async(group: readers) {
        while case let data = handle.availableData, !data.isEmpty { sink(data) }
      }
    }
    let identifier = Mutex<pid_t?>(nil)
    let ending: Ending = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { process in
          continuation.resume(
            returning: process.terminationReason == .exit ? .exited(process.terminationStatus) : .signalled(process.terminationStatus))
        }
        do {
          try process.run()
          identifier.withLock { $0 = process.processIdentifier }
          if Task.isCancelled { kill(process.processIdentifier, SIGTERM) }
        } catch {
          continuation.resume(throwing: error)
        }
      }
    } onCancel: {
      identifier.withLock { $0.map { _ = kill($0, SIGTERM) } }
    }
    await withCheckedContinuation { continuation in readers.notify(queue: .global()) { continuation.resume() } }
    lines.finish()
    withExtendedLifetime(lifeline) {}
    return (ending, tail.text)
  }
}

/// Cuts a stream of bytes into lines.
private final class LineCollector: Sendable {
  private let rest = Mutex(Data())
  private let line: @Sendable (String) -> Void

  init(_ line: @escaping @Sendable (String) -> Void) { self.line = line }

  @Sendable func append(_ data: Data) {
    let whole = rest.withLock { rest -> [String] in
      rest.append(data)
      var lines: [String] = []
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
        rest = Data(rest[rest.index(after: end)...])
      }
      return lines
    }
    whole.forEach(line)
  }

  func finish() {
    let last = rest.withLock { rest -> String? in
      defer { rest = Data() }
      return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
    }
    last.map(line)
  }
}

/// Keeps the end of what a child said.
private final class TailCollector: Sendable {
  private let bytes = Mutex(Data())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  @Sendable func append(_ data: Data) {
    bytes.withLock { bytes in
      bytes.append(data)
      if bytes.count > limit { bytes = Data(bytes.suffix(limit)) }
    }
  }

  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
