import Files
import Foundation
import TestSupport
import Testing

@testable import RemoteModel

@Suite(.timeLimit(.minutes(2))) struct RemoteServerTests {
  private static let page = "<!DOCTYPE html><html><body>Sign in</body></html>"

  private struct NoFault: Error {}

  private func fault(_ body: () async throws -> Void) async throws -> RemoteFault {
    do { try await body() } catch let fault as RemoteFault { return fault }
    throw NoFault()
  }

  @Test func `429 is tried again when the server wants it, 500 after a jittered pause`() async throws {
    let server = try await FakeServer { _, number in
      switch number {
      case 0: .status(429, [("Retry-After", "7")])
      case 1: .status(500, [], #"{"error": {"message": "out of memory"}}"#)
      default: .json(["data": []])
      }
    }
    let pauses = Pauses()
    let answer = try await RemoteServer(.local(server.port), world: pauses.world).ask("models")
    #expect(answer["data"]?.arrayValue == [])
    #expect(pauses.all == [7.5, 1])
    #expect(server.requests.count == 3)
    try await server.stop()
  }

  @Test func `a date in Retry-After is waited for`() async throws {
    let server = try await FakeServer { _, number in
      number == 0 ? .status(503, [("Retry-After", "Fri, 16 Jan 2026 00:00:20 GMT")]) : .json([:])
    }
    let pauses = Pauses()
    _ = try await RemoteServer(.local(server.port), world: pauses.world).ask("models")
    #expect(pauses.all == [20.5])
    try await server.stop()
  }

  @Test func `a server that stays overloaded is given up with its own words`() async throws {
    let server = try await FakeServer { _, _ in .status(503, [], #"{"error": {"message": "no free\nslot"}}"#) }
    let fault = try await fault { _ = try await RemoteServer(.local(server.port), world: Pauses().world).ask("models") }
    #expect(fault.reason == .overloaded(status: 503))
    #expect(fault.isTransient)
    #expect(fault.problem == "HTTP 503: no free slot (3 tries)")
    #expect(server.requests.count == 3)
    try await server.stop()
  }

  @Test func `a pause too long to wait for is an error that says how long`() async throws {
    let server = try await FakeServer { _, _ in .status(429, [("Retry-After", "3600")]) }
    let fault = try await fault { _ = try await RemoteServer(.local(server.port), world: Pauses().world).ask("models") }
    #expect(fault.problem.contains("3600 s"))
    #expect(server.requests.count == 1)
    try await server.stop()
  }

  @Test(arguments: [
    (401, RemoteFault.Reason.notAuthorised), (403, .notAuthorised), (404, .refused(status: 404)), (302, .refused(status: 302)),
    (501, .refused(status: 501)),
  ])
  func `what cannot pass is not tried again`(status: Int, reason: RemoteFault.Reason) async throws {
    let server = try await FakeServer { _, _ in .status(status, [("Location", "http://127.0.0.1:1/")]) }
    let fault = try await fault { _ = try await RemoteServer(.local(server.port), world: Pauses().world).ask("models") }
    #expect(fault.reason == reason)
    #expect(server.requests.count == 1)
    try await server.stop()
  }

  @Test(arguments: [400, 413, 422])
  func `a request that is rejected is not the server's fault`(status: Int) async throws {
    let server = try await FakeServer { _, _ in .status(status, [], #"{"message": "too long"}"#) }
    await #expect(throws: RequestRejected(status: status, words: "too long")) {
      _ = try await RemoteServer(.local(server.port), world: Pauses().world).ask("completions", [:])
    }
    #expect(server.requests.count == 1)
    try await server.stop()
  }

  @Test func `a connection that dies in the middle of an answer is tried again`() async throws {
    let server = try await FakeServer { _, number in
      .init(body: #"{"data": []}"#, manner: number == 0 ? .diesHalfway : .whole)
    }
    let pauses = Pauses()
    let answer = try await RemoteServer(.local(server.port), world: pauses.world).ask("models")
    #expect(answer["data"] != nil)
    #expect(pauses.all == [0.5])
    try await server.stop()
  }

  @Test func `a server that is not there is unreachable`() async throws {
    let server = try await FakeServer { _, _ in .json([:]) }
    let port = server.port
    try await server.stop()
    let pauses = Pauses()
    let fault = try await fault { _ = try await RemoteServer(.local(port), world: pauses.world).ask("models") }
    #expect(fault.reason == .unreachable)
    #expect(fault.address == "http://127.0.0.1:\(port)/v1/models")
    #expect(fault.description.contains("hint: "))
    #expect(pauses.all.count == 2)
  }

  @Test(arguments: [FakeServer.Answer.Manner.stalls, .stallsHalfway])
  func `a server that stalls costs one timeout a try`(manner: FakeServer.Answer.Manner) async throws {
    let server = try await FakeServer { _, _ in .init(body: #"{"data": []}"#, manner: manner) }
    let pauses = Pauses()
    let fault = try await fault { _ = try await RemoteServer(.local(server.port, timeout: 0.3, retries: 1), world: pauses.world).ask("models") }
    #expect(fault.reason == .timedOut)
    #expect(fault.problem == "no whole answer within 0.3 s (2 tries)")
    #expect(pauses.all.count == 1)
    try await server.stop()
  }

  @Test(arguments: [FakeServer.Answer.Manner.whole, .endless])
  func `an answer larger than the limit is not read`(manner: FakeServer.Answer.Manner) async throws {
    let body = String(repeating: " ", count: manner == .whole ? 100_000 : 1_000)
    let server = try await FakeServer { _, _ in .init(body: body, manner: manner) }
    let fault = try await fault { _ = try await RemoteServer(.local(server.port, answerLimit: 50_000), world: Pauses().world).ask("models") }
    #expect(fault.reason == .tooLarge)
    #expect(server.requests.count == 1)
    try await server.stop()
  }

  @Test func `a page instead of an answer is shown as what it is`() async throws {
    let server = try await FakeServer { _, _ in .init(headers: [("Content-Type", "text/html")], body: Self.page) }
    let fault = try await fault { _ = try await RemoteServer(.local(server.port), world: Pauses().world).ask("models") }
    #expect(fault.reason == .notUnderstood)
    #expect(fault.problem.contains("<!DOCTYPE html>"))
    #expect(fault.problem.contains("text/html"))
    try await server.stop()
  }

  @Test(arguments: [
    "", "nonsense", "[1, 2]", #"{"error": {"message": "inside 200"}}"#, #"{"data": "#, "\u{1B}[31m", String(repeating: "[", count: 5_000),
  ])
  func `nonsense is an error without control characters`(body: String) async throws {
    let server = try await FakeServer { _, _ in .init(body: body) }
    let fault = try await fault { _ = try await RemoteServer(.local(server.port), world: Pauses().world).ask("models") }
    #expect(fault.reason == .notUnderstood)
    #expect(fault.problem.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    try await server.stop()
  }

  @Test func `the key is sent and is part of no message`() async throws {
    let server = try await FakeServer { _, _ in .status(401, [], #"{"error": {"message": "bad key sk-secret given"}}"#) }
    let key = try APIKey(text: "sk-secret\n", file: "key")
    let fault = try await fault { _ = try await RemoteServer(.local(server.port, key: key), world: Pauses().world).ask("models") }
    #expect(server.requests.first?.headers["authorization"] == "Bearer sk-secret")
    #expect(fault.reason == .notAuthorised)
    #expect(!"\(fault) \(key)".contains("secret"))
    try await server.stop()
  }

  @Test func `cancellation ends a request at once, and one that waits for a place`() async throws {
    let server = try await FakeServer { _, _ in .init(manner: .stalls) }
    let remote = try RemoteServer(.local(server.port, concurrency: 1, timeout: 100), world: .real)
    let tasks = (0..<3).map { _ in Task { _ = try await remote.ask("models") } }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    for task in tasks { task.cancel() }
    for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
    #expect(server.requests.count == 1)
    try await server.stop()
  }

  @Test func `no more requests are under way than allowed`() async throws {
    let server = try await FakeServer { _, _ in .json([:], delay: 20) }
    let remote = try RemoteServer(.local(server.port, concurrency: 3), world: Pauses().world)
    _ = try await orderedMap(Array(0..<30), limit: 30) { _ in try await remote.ask("models") }
    #expect(server.requests.count == 30)
    #expect((2...3).contains(server.mostAtOnce))
    try await server.stop()
  }

  @Test func `values come in the items' order, whenever they are ready`() async throws {
    let values = try await orderedMap(Array(0..<20), limit: 5) { item in
      try await Task.sleep(for: .milliseconds((20 - item) % 7))
      return item
    }
    #expect(values == Array(0..<20))
  }
}

@Suite struct RemoteAddressTests {
  @Test(arguments: [
    ("http://host:8000", "http://host:8000/v1"), ("https://host/", "https://host/v1"), ("http://HOST/v1/", "http://host/v1"),
    ("https://host/api/v3", "https://host/api/v3"), ("http://[::1]:8080", "http://[::1]:8080/v1"),
  ])
  func `an address ends in its version`(text: String, whole: String) throws {
    #expect(try RemoteAddress(text).text == whole)
  }

  @Test(arguments: ["", "host:8000", "ftp://host", "http://", "http://user:secret@host", "http://host/v1?key=secret", "http://host#secret"])
  func `what is no server's address is refused without a secret in the message`(text: String) throws {
    let fault = try #require(throws: RemoteAddressFault.self) { try RemoteAddress(text) }
    #expect(!fault.description.contains("secret"))
  }
}

@Suite struct APIKeyTests {
  @Test func `a key comes from a file that is its owner's alone`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UUID().uuidString)")
    try Data("sk-1\n".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    let fault = try #require(throws: FileFault.self) { try APIKey(file: file) }
    #expect(fault.reason == .notPermitted)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    #expect(try APIKey(file: file).authorization == "Bearer sk-1")
  }

  @Test(arguments: ["", " \n", "two words", "line\nline", "ключ"])
  func `what cannot stand in a header is no key`(text: String) {
    #expect(throws: FileFault.self) { try APIKey(text: text, file: "key") }
  }
}
