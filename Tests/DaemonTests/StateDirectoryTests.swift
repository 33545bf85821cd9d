import Daemon
import Foundation
import TestSupport
import Testing

@Suite struct StateDirectoryTests {
  @Test func `is held by one daemon at a time, and free again when that one is gone`() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "state")
    var first: StateDirectory? = try StateDirectory(url)
    #expect(first != nil)
    let fault = try #require(throws: StateDirectoryFault.self) { try StateDirectory(url) }
    #expect(fault.description.contains("in use by another daemon"))
    first = nil
    _ = try StateDirectory(url)
  }

  @Test func `a folder that cannot be made says so`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("file", "")
    let fault = try #require(throws: StateDirectoryFault.self) { try StateDirectory(file.appending(path: "state")) }
    #expect(fault.description.contains("cannot be made"))
  }
}

@Suite struct FileClockTests {
  @Test func `reads the one time in the file and refuses anything else`() throws {
    let folder = try TemporaryFolder()
    let clock = FileClock(file: try folder.file("clock", "2026-01-15T08:00:00.000Z\n"))
    #expect(try clock.now() == Date(timeIntervalSince1970: 1_768_464_000))
    _ = try folder.file("clock", "yesterday")
    let fault = try #require(throws: ClockFault.self) { try clock.now() }
    #expect(fault.description.contains("\"yesterday\" is not a time"))
  }
}

@Suite struct ChildProcessTests {
  @Test func `gives out lines as they come and the end of what was said on stderr`() async throws {
    let lines = Box()
    let child = ChildProcess(executable: URL(filePath: "/bin/sh"), arguments: ["-c", "echo one; printf 'two'; echo oops >&2; exit 3"])
    let (ending, errors) = try await child.run { lines.add($0) }
    #expect(ending == .exited(3))
    #expect(lines.all == ["one", "two"])
    #expect(errors == "oops\n")
  }

  @Test func `cancelling asks the child to end`() async throws {
    let child = ChildProcess(executable: URL(filePath: "/bin/sh"), arguments: ["-c", "trap 'exit 7' TERM; while :; do sleep 0.05; done"])
    let task = Task { try await child.run { _ in } }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    #expect(try await task.value.ending == .exited(7))
  }

  @Test func `the child sees the end of its input only when its parent lets go`() async throws {
    let child = ChildProcess(
      executable: URL(filePath: "/bin/sh"),
      arguments: ["-c", "if read -t 1 x; then echo word; elif [ $? -gt 128 ]; then echo waits; else echo end; fi"])
    let lines = Box()
    _ = try await ChildProcess(executable: URL(filePath: "/bin/bash"), arguments: child.arguments).run { lines.add($0) }
    #expect(lines.all == ["waits"])
  }

  @Test func `a program that is not there is an error`() async {
    await #expect(throws: (any Error).self) { try await ChildProcess(executable: URL(filePath: "/nowhere/program"), arguments: []).run { _ in } }
  }
}

private final class Box: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []
  func add(_ line: String) { lock.withLock { lines.append(line) } }
  var all: [String] { lock.withLock { lines } }
}
