import Foundation

/// The fixture model, base and adapter merged, behind a real server process of one test: `Fixtures/scripts/serve.py`, or what VIGIL_REMOTE_URL names.
package final class RealServer: Sendable {
  private static let python = ProcessInfo.processInfo.environment["VIGIL_PYTHON"]
  package static let running = ProcessInfo.processInfo.environment["VIGIL_REMOTE_URL"]
  package static var isThere: Bool { python != nil || running != nil }
  /// Nats a token. serve.py computes in float32 as the engine does, so rounding is all. llama.cpp keeps keys and values in float16, which moves improbable tokens by
  /// up to 0.0058 on these messages; with float32 there (`type_k`, `type_v` 0) it is 0.000005.
  package static var tolerance: Double { running == nil ? 1e-4 : 1e-2 }

  package let address: String
  /// Nil when somebody else started it.
  private let process: Int32?
  private let folder: TemporaryFolder

  package init() async throws {
    folder = try TemporaryFolder("vigil-server")
    if let running = Self.running {
      (address, process) = (running, nil)
      return
    }
    let port = folder.url.appending(path: "port")
    let server = Process()
    server.executableURL = URL(filePath: Self.python ?? "python3")
    server.arguments = [TestSupport.fixtures.appending(path: "scripts/serve.py").path, "--port-file", port.path]
    server.standardOutput = FileHandle.nullDevice
    server.standardError = FileHandle.nullDevice
    try server.run()
    process = server.processIdentifier
    // torch takes seconds to load.
    while true {
      if let text = try? String(contentsOf: port, encoding: .utf8) {
        address = "http://127.0.0.1:\(text)"
        return
      }
      guard server.isRunning else { throw NotServed(code: server.terminationStatus) }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  package func signal(_ number: Int32) {
    if let process { kill(process, number) }
  }

  deinit { signal(SIGKILL) }

  struct NotServed: Error, CustomStringConvertible {
    var code: Int32
    var description: String { "serve.py ended with exit code \(code); 2 means that VIGIL_PYTHON lacks torch, transformers or peft" }
  }
}
