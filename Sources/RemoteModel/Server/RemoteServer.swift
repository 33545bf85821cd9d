import AsyncHTTPClient
import Files
import Foundation
import NIOCore
import NIOHTTP1
import Records

/// One server, asked with every limit in force: requests at once, bytes of an answer, seconds of a try, tries.
final class RemoteServer: Sendable {
  let settings: RemoteSettings
  private let client: HTTPClient
  private let limit: ConcurrencyLimit
  private let world: RetryWorld

  init(_ settings: RemoteSettings, world: RetryWorld) {
    self.settings = settings
    self.world = world
    limit = ConcurrencyLimit(settings.concurrency)
    // A redirect would carry the key and the inputs to where nobody configured.
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.timeout.connect = .nanoseconds(Int64(min(settings.connectTimeout, settings.timeout) * 1e9))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.concurrency
    // Tries are counted here, and nowhere else.
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// The client closes its connections on threads of its own; nobody is left who could hear of a failure.
  deinit { client.shutdown { _ in } }

  /// - body: nil for GET
  /// - Throws: `RequestRejected` when this request is to blame, `RemoteFault` when the server is, `CancellationError`.
  func ask(_ path: String, _ body: OrderedJSON? = nil) async throws -> OrderedJSON {
    try await limit.withPlace { try await self.askUntilAnswered(path, body?.bytes()) }
  }

  private func askUntilAnswered(_ path: String, _ body: [UInt8]?) async throws -> OrderedJSON {
    let address = settings.address.appending(path)
    var failures = 0
    while true {
      try Task.checkCancellation()
      switch try await attempt(address, body) {
      case .answer(let bytes, let type): return try read(bytes, type: type, from: address)
      case .failed(let fault, let retryAfter):
        failures += 1
        guard let pause = settings.retry.pause(failures: failures, retryAfter: retryAfter, random: world.random()) else {
          throw given(up: fault, failures: failures, retryAfter: retryAfter)
        }
        try await world.sleep(pause)
      }
    }
  }

  private func given(up fault: RemoteFault, failures: Int, retryAfter: Double?) -> RemoteFault {
    var fault = fault
    if let retryAfter, retryAfter > settings.retry.retryAfterMax {
      fault.problem += "; it asks to be left alone for \(Int(retryAfter)) s, longer than the \(Int(settings.retry.retryAfterMax)) s that are waited"
    } else {
      fault.problem += failures == 1 ? " (one try)" : " (\(failures) tries)"
    }
    return fault
  }

  // MARK: - One try

  private enum Outcome: Sendable {
    case answer([UInt8], contentType: String?)
    case failed(RemoteFault, retryAfter: Double?)
  }

  private struct TimeIsUp: Error {}

  private func attempt(_ address: String, _ body: [UInt8]?) async throws -> Outcome {
    do {
      return try await withThrowingTaskGroup(of: Outcome.self) { group in
        group.addTask { try await self.exchange(address, body) }
        group.addTask { [seconds = settings.timeout] in
          try await Task.sleep(for: .seconds(seconds))
          throw TimeIsUp()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
      }
    } catch let error where error is TimeIsUp || error as? HTTPClientError == .deadlineExceeded {
      return .failed(
        RemoteFault(
          .timedOut, address: address, problem: "no whole answer within \(Self.count(settings.timeout)) s",
          hint: "raise `timeout`, lower `concurrency`, or look at the server's queue"), retryAfter: nil)
    } catch let fault as RemoteFault {
      throw fault
    } catch let rejection as RequestRejected {
      throw rejection
    } catch {
      // The client says cancellation in its own words.
      try Task.checkCancellation()
      return .failed(
        RemoteFault(
          .unreachable, address: address, problem: "could not get an answer: \(Self.words(error))",
          hint: "check that the server runs and the address is its own"),
        retryAfter: nil)
    }
  }

  private func exchange(_ address: String, _ body: [UInt8]?) async throws -> Outcome {
    var request = HTTPClientRequest(url: address)
    request.headers = ["Accept": "application/json", "User-Agent": "vigil"]
    if let key = settings.key { request.headers.add(name: "Authorization", value: key.authorization) }
    if let body {
      request.method = .POST
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    // The group around this ends the body too; the deadline spares the connection pool a request that nobody waits for.
    let response = try await client.execute(request, deadline: .now() + .nanoseconds(Int64(settings.timeout * 1e9)))
    let status = Int(response.status.code)
    let bytes: [UInt8]
    do {
      bytes = Array(try await response.body.collect(upTo: settings.answerLimit).readableBytesView)
    } catch is NIOTooManyBytesError {
      throw RemoteFault(
        .tooLarge, address: address, problem: "the answer has more than \(settings.answerLimit) bytes (HTTP \(status))",
        hint: "is this the address of a model server?")
    }
    if (200..<300).contains(status) { return .answer(bytes, contentType: response.headers.first(name: "content-type")) }
    return try refused(status, bytes, retryAfter: response.headers.first(name: "retry-after"), address)
  }

  private func refused(_ status: Int, _ body: [UInt8], retryAfter: String?, _ address: String) throws -> Outcome {
    let words = words(of: body)
    let problem = words.isEmpty ? "HTTP \(status)" : "HTTP \(status): \(words)"
    if RetryPolicy.isTransient(status: status) {
      return .failed(
        RemoteFault(.overloaded(status: status), address: address, problem: problem, hint: "lower `concurrency`, or look at the server's log"),
        retryAfter: retryAfter.flatMap { RetryAfter.seconds($0, now: world.now()) })
    }
    switch status {
    case 400, 413, 422: throw RequestRejected(status: status, words: words.isEmpty ? "the server does not say why" : words)
    case 401, 403:
      throw RemoteFault(
        .notAuthorised, address: address, problem: problem,
        hint: settings.key == nil ? "name the file of a key in api_key_file" : "the server does not take the key of api_key_file")
    case 404:
      throw RemoteFault(
        .refused(status: status), address: address, problem: problem,
        hint: "check the address (it usually ends with /v1), the model's name \"\(settings.name)\", and `api`")
    case 300..<400:
      throw RemoteFault(
        .refused(status: status), address: address, problem: "\(problem): redirects are not followed", hint: "configure the final address")
    default: throw RemoteFault(.refused(status: status), address: address, problem: problem)
    }
  }

  // MARK: - Words

  /// Without a fraction where there is none, and the same in every locale.
  private static func count(_ seconds: Double) -> String { seconds == seconds.rounded() ? "\(Int64(seconds))" : "\(seconds)" }

  private func read(_ bytes: [UInt8], type: String?, from address: String) throws -> OrderedJSON {
    do {
      let value = try StrictJSON.parse(bytes, file: "answer")
      guard value.objectValue != nil else { throw notUnderstood(address, "the answer is \(value.kindName)") }
      if let error = value["error"], !error.isNull { throw notUnderstood(address, "the answer is an error: \(words(of: bytes))") }
      return value
    } catch let fault as JSONFault {
      let start = Self.plain(String(decoding: bytes.prefix(80), as: UTF8.self), limit: 60)
      let kind = type.map { ", sent as \(Self.plain($0, limit: 60))" } ?? ""
      throw notUnderstood(address, "the answer is not JSON (line \(fault.line): \(fault.problem)); it begins \"\(start)\"\(kind)")
    }
  }

  func notUnderstood(_ address: String, _ problem: String) -> RemoteFault {
    RemoteFault(
      .notUnderstood, address: address, problem: problem,
      hint: "the address must be that of an OpenAI-compatible server, without a page or proxy before it")
  }

  /// What the server says went wrong: `error.message`, `message`, `detail`, or the start of whatever it sent.
  private func words(of body: [UInt8]) -> String {
    let json = try? StrictJSON.parse(body, file: "answer")
    let error = json?["error"]
    let found = error?["message"]?.stringValue ?? error?.stringValue ?? json?["message"]?.stringValue ?? json?["detail"]?.stringValue
    let text = Self.plain(found ?? String(decoding: body.prefix(400), as: UTF8.self), limit: 300)
    return settings.key?.removed(from: text) ?? text
  }

  /// One line without control characters: a server's words end up on terminals and in logs.
  static func plain(_ text: String, limit: Int) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if out.count == limit { return String(out) + "…" }
      let isControl = [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
      if isControl || scalar == " " {
        if let last = out.last, last != " " { out.append(" ") }
      } else {
        out.append(scalar)
      }
    }
    return String(out)
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError: error.shortDescription
    case let error as IOError: error.localizedDescription
    default: plain("\(error)", limit: 200)
    }
  }
}
