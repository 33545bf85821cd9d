import Crypto
import Foundation
import Records
import TestSupport
import Testing

@testable import Alerting

@Suite struct WebhookTests {
  private func deliver(_ answers: [FakeServer.Answer], secret: WebhookSecret? = nil, timeout: Duration = .seconds(60)) async throws -> (
    DeliveryOutcome, [FakeServer.Request]
  ) {
    let server = try await FakeServer(answers: answers)
    let receiver = WebhookReceiver(name: "chat", address: try WebhookAddress(server.hook), secret: secret, timeout: timeout)
    let outcome = await receiver.deliver(Samples.message(), now: Samples.now)
    try await server.stop()
    return (outcome, server.requests)
  }

  @Test func `what arrives is Alertmanager's form with our object beside it`() async throws {
    let (outcome, requests) = try await deliver([.init()])
    #expect(outcome == .delivered("HTTP 200"))
    let request = try #require(requests.first)
    #expect(request.method == "POST")
    #expect(request.headers["content-type"] == "application/json")
    let body = try JSONForm.decoder().decode(JSONValue.self, from: Data(request.bytes))
    #expect(body["version"] == "4")
    #expect(body["status"] == "firing")
    #expect(body["alerts"]?.arrayValue?.first?["endsAt"] == "0001-01-01T00:00:00Z")
    #expect(body["alerts"]?.arrayValue?.first?["labels"]?["speech"] == "regional")
    #expect(body["commonLabels"]?["alertname"] == "accuracy-fell")
    #expect(body["vigil"]?["n"] == 412)
    #expect(body["vigil"]?["ci"] == [0.781, 0.84])
    #expect(body["vigil"]?["message_id"] == "msg_1f0c9a7e5b")
  }

  @Test func `the signature is the HMAC of id, timestamp and body with each key`() async throws {
    let keys = [Data(repeating: 7, count: 32), Data((0..<24).map { UInt8($0) })]
    let secret = try WebhookSecret(text: keys.map { "whsec_" + $0.base64EncodedString() }.joined(separator: "\n"), file: "secret")
    let (_, requests) = try await deliver([.init()], secret: secret)
    let request = try #require(requests.first)
    #expect(request.headers["webhook-id"] == "msg_1f0c9a7e5b")
    #expect(request.headers["webhook-timestamp"] == "1768521600")
    let signed = Data("msg_1f0c9a7e5b.1768521600.".utf8) + Data(request.bytes)
    let signatures = request.headers["webhook-signature"]?.split(separator: " ") ?? []
    #expect(signatures.count == 2)
    for (key, signature) in zip(keys, signatures) {
      #expect(signature.hasPrefix("v1,"))
      let code = try #require(Data(base64Encoded: String(signature.dropFirst(3))))
      #expect(HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: SymmetricKey(data: key)))
    }
  }

  /// The example that the Standard Webhooks libraries test themselves with; the value recomputed with Python 3.11's `hmac` and `hashlib`.
  @Test func `the signature agrees with the specification's example`() throws {
    let secret = try WebhookSecret(text: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", file: "secret")
    let body = Array(#"{"test": 2432232314}"#.utf8)
    #expect(
      secret.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: body) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `a redirect is not followed`() async throws {
    let other = try await FakeServer(answers: [.init()])
    let (outcome, requests) = try await deliver([.init(status: 301, headers: [("Location", other.hook)])])
    guard case .transient(let reason, nil) = outcome else { throw Unexpected(outcome) }
    #expect(reason.contains("redirects are not followed"))
    #expect(requests.count == 1)
    #expect(other.requests.isEmpty)
    try await other.stop()
  }

  @Test func `429 and 503 say when to come back`() async throws {
    #expect(try await deliver([.init(status: 429, headers: [("Retry-After", "120")])]).0 == .transient(reason: "HTTP 429", retryAfter: 120))
    let date = "Fri, 16 Jan 2026 00:05:00 GMT"
    #expect(try await deliver([.init(status: 503, headers: [("Retry-After", date)])]).0 == .transient(reason: "HTTP 503", retryAfter: 300))
    #expect(try await deliver([.init(status: 503, headers: [("Retry-After", "soon")])]).0 == .transient(reason: "HTTP 503", retryAfter: nil))
  }

  @Test func `a receiver that never answers costs one timeout`() async throws {
    let (outcome, _) = try await deliver([.init(manner: .stalls)], timeout: .milliseconds(300))
    guard case .transient = outcome else { throw Unexpected(outcome) }
  }

  @Test func `the status decides, whatever the body does`() async throws {
    #expect(try await deliver([.init(body: String(repeating: "x", count: 50_000_000))]).0 == .delivered("HTTP 200"))
    #expect(try await deliver([.init(body: "half of this", manner: .stallsHalfway)], timeout: .seconds(20)).0 == .delivered("HTTP 200"))
  }

  @Test func `a refused connection may work later and does not show the address's secret part`() async throws {
    let server = try await FakeServer(answers: [.init()])
    let address = try WebhookAddress(server.hook)
    try await server.stop()
    let outcome = await WebhookReceiver(name: "chat", address: address, timeout: .seconds(3)).deliver(Samples.message(), now: Samples.now)
    guard case .transient(let reason, nil) = outcome else { throw Unexpected(outcome) }
    #expect(reason.contains("127.0.0.1"))
    #expect(!reason.contains("hidden"))
  }

  @Test(arguments: [(410, true), (400, false), (413, false)]) func `final answers are final`(status: Int, gone: Bool) async throws {
    switch try await deliver([.init(status: status)]).0 {
    case .gone: #expect(gone)
    case .refused: #expect(!gone)
    case let other: throw Unexpected(other)
    }
  }

  @Test func `no message goes to a link-local address`() async throws {
    for host in ["169.254.169.254", "[fe80::1]", "0.0.0.0", "[::ffff:169.254.169.254]"] {
      let receiver = WebhookReceiver(name: "chat", address: try WebhookAddress("http://\(host)/latest"), timeout: .seconds(2))
      guard case .transient(let reason, nil) = await receiver.deliver(Samples.message(), now: Samples.now) else { throw Unexpected(.delivered(host)) }
      #expect(reason.contains("where no message goes"), "\(host): \(reason)")
    }
  }

  @Test(arguments: [
    ("127.0.0.1", false), ("10.1.2.3", false), ("::1", false), ("2001:db8::1", false), ("169.254.0.1", true), ("fe80::1%eth0", true),
    ("ff02::1", true),
    ("224.0.0.1", true), ("255.255.255.255", true), ("0.0.0.0", true), ("::", true), ("::ffff:10.0.0.1", false), ("64:ff9b::a9fe:a9fe", true),
    ("fd00:ec2::254", true), ("not an address", true),
  ]) func `addresses are judged whatever their spelling`(address: String, forbidden: Bool) {
    #expect(HostAddresses.isForbidden(address) == forbidden)
  }

  @Test(arguments: ["ftp://x", "chat.example", "http://", "http://user:pass@host/", "", "file:///etc/passwd"])
  func `a bad address is refused with a hint`(text: String) {
    #expect(throws: WebhookAddress.Fault.self) { try WebhookAddress(text) }
  }

  @Test func `a secret that others can read or that is no secret is refused`() throws {
    let folder = try Samples.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "secret")
    try Data("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    #expect(throws: (any Error).self) { try WebhookSecret(file: file) }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    _ = try WebhookSecret(file: file)
    for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_####", "whsec_c2hvcnQ="] {
      let error = #expect(throws: (any Error).self) { try WebhookSecret(text: bad, file: "secret") }
      if bad.count > 8 { #expect(!"\(String(describing: error))".contains(bad)) }
    }
  }

  @Test func `a body stays below twenty thousand bytes and keeps the facts`() throws {
    var alert = Samples.alert(labels: Dictionary(uniqueKeysWithValues: (0..<60).map { ("label\($0)", String(repeating: "x", count: 900)) }))
    alert.annotations = ["a": String(repeating: "ä", count: 1_000_000)]
    let payload = AlertmanagerPayload(Samples.message(alert: alert), receiver: "chat")
    #expect(payload.body.count < AlertmanagerPayload.byteLimit)
    let value = try JSONForm.decoder().decode(JSONValue.self, from: Data(payload.body))
    #expect(value["commonLabels"]?["alertname"] == "accuracy-fell")
    #expect(value["vigil"]?["value"] == 0.812)
  }

  @Test func `a resolved alert has its end`() {
    let json = AlertmanagerPayload(Samples.message(alert: Samples.alert(state: .resolved)), receiver: "chat").json
    #expect(json["status"] == "resolved")
    #expect(json["alerts"]?.arrayValue?.first?["endsAt"] == "2026-01-16T01:00:00.000Z")
  }
}

struct Unexpected: Error {
  var outcome: DeliveryOutcome
  init(_ outcome: DeliveryOutcome) { self.outcome = outcome }
}
