import AsyncHTTPClient
package import Foundation
import Records

/// The command line's side of the API: one typed call for each address, over the daemon's Unix socket.
package struct DaemonClient: Sendable {
  package let socket: String
  /// Seconds that one answer may take; the daemon does long things as jobs, so an answer comes soon.
  let timeoutSeconds: Int64

  /// Bytes of an answer.
  static let answerLimit = 64 << 20

  package init(socket: String, timeoutSeconds: Int64 = 60) {
    self.socket = socket
    self.timeoutSeconds = timeoutSeconds
  }

  // MARK: - Reading

  package func status() async throws(DaemonClientError) -> StatusResponse { try await get("/v1/status") }

  package func alerts(_ query: AlertQuery = AlertQuery()) async throws(DaemonClientError) -> [AlertItem] {
    let states = query.states.map(\.rawValue).joined(separator: ",")
    let found: Items<AlertItem> = try await get("/v1/alerts", ["deployment": query.deployment, "state": states, "limit": "\(query.limit)"])
    return found.items
  }

  package func alert(_ fingerprint: String) async throws(DaemonClientError) -> AlertDetail { try await get("/v1/alerts/\(segment(fingerprint))") }

  package func jobs(_ query: JobQuery = JobQuery()) async throws(DaemonClientError) -> [JobItem] {
    let found: Items<JobItem> = try await get(
      "/v1/jobs", ["deployment": query.deployment, "kind": query.kind, "state": query.state, "limit": "\(query.limit)"])
    return found.items
  }

  package func job(_ id: String) async throws(DaemonClientError) -> JobItem { try await get("/v1/jobs/\(segment(id))") }

  package func models(deployment: String? = nil) async throws(DaemonClientError) -> [ModelItem] {
    let found: Items<ModelItem> = try await get("/v1/models", ["deployment": deployment])
    return found.items
  }

  package func reports(_ query: ReportQuery = ReportQuery()) async throws(DaemonClientError) -> [ReportItem] {
    let found: Items<ReportItem> = try await get("/v1/reports", ["deployment": query.deployment, "kind": query.kind, "limit": "\(query.limit)"])
    return found.items
  }

  package func report(_ id: String) async throws(DaemonClientError) -> ReportItem { try await get("/v1/reports/\(segment(id))") }

  package func reportFile(_ id: String, format: ReportFormat) async throws(DaemonClientError) -> Data {
    try await send("GET", "/v1/reports/\(segment(id)).\(format.rawValue)")
  }

  package func metricsText() async throws(DaemonClientError) -> String { String(decoding: try await send("GET", "/metrics"), as: UTF8.self) }

  // MARK: - Changing

  package func evaluate(_ request: EvaluationRequest, key: String? = nil) async throws(DaemonClientError) -> JobItem {
    try await post("/v1/evaluations", request, key: key)
  }

  package func retrain(_ request: RetrainingRequest, key: String? = nil) async throws(DaemonClientError) -> JobItem {
    try await post("/v1/retrainings", request, key: key)
  }

  package func cancelJob(_ id: String) async throws(DaemonClientError) -> JobItem {
    try await post("/v1/jobs/\(segment(id))/cancel", JSONValue.object([:]), key: nil)
  }

  package func promote(_ model: String, _ request: ModelChangeRequest, key: String? = nil) async throws(DaemonClientError) -> ModelChange {
    try await post("/v1/models/\(segment(model))/promote", request, key: key)
  }

  package func rollback(_ request: ModelChangeRequest, key: String? = nil) async throws(DaemonClientError) -> ModelChange {
    try await post("/v1/models/rollback", request, key: key)
  }

  package func reload() async throws(DaemonClientError) -> ReloadResponse { try await post("/v1/reload", JSONValue.object([:]), key: nil) }

  // MARK: - Transport

  private func get<Value: Decodable>(_ path: String, _ query: [String: String?] = [:]) async throws(DaemonClientError) -> Value {
    let parts = query.compactMap { name, value in value.flatMap { $0.isEmpty ? nil : "\(name)=\(encoded($0))" } }.sorted()
    return try decode(try await send("GET", path + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))), path)
  }

  private func post<Value: Decodable>(_ path: String, _ body: some Encodable, key: String?) async throws(DaemonClientError) -> Value {
    guard let bytes = try? APIForm.encode(body) else { preconditionFailure("requests are plain values and can be encoded") }
    return try decode(try await send("POST", path, body: bytes, key: key), path)
  }

  private func decode<Value: Decodable>(_ data: Data, _ path: String) throws(DaemonClientError) -> Value {
    do {
      return try APIForm.decode(Value.self, from: data)
    } catch {
      throw DaemonClientError.broken("the daemon's answer to \(path) is not what this version of vigil expects: \(error)")
    }
  }

  private func send(_ method: String, _ path: String, body: Data? = nil, key: String? = nil) async throws(DaemonClientError) -> Data {
    switch SocketPath.probe(socket) {
    case .listening: break
    case .absent, .stale: throw DaemonClientError.notRunning(socket: socket)
    case .denied: throw DaemonClientError.notPermitted(socket: socket)
    case .tooLong: throw DaemonClientError.broken("the socket's path has more than \(SocketPath.byteLimit) bytes: \(socket)")
    case .other(let code): throw DaemonClientError.broken("could not reach \(socket): \(String(cString: strerror(code)))")
    }
    var request = HTTPClientRequest(url: "http+unix://\(encoded(socket))\(path)")
    request.method = .init(rawValue: method)
    request.headers.add(name: "Host", value: "vigil")
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(Array(body))
    }
    if let key { request.headers.add(name: "Idempotency-Key", value: key) }
    let status: Int
    let data: Data
    do {
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(timeoutSeconds))
      status = Int(response.status.code)
      data = Data(try await response.body.collect(upTo: Self.answerLimit).readableBytesView)
    } catch {
      throw DaemonClientError.broken("the daemon at \(socket) did not answer: \(error)")
    }
    guard (200..<300).contains(status) else {
      if let problem = try? APIForm.decode(Problem.self, from: data) { throw DaemonClientError.problem(problem) }
      throw DaemonClientError.broken("the daemon answered \(path) with HTTP \(status)")
    }
    return data
  }

  private func segment(_ text: String) -> String { encoded(text) }

  /// Percent-encoded but for unreserved characters (RFC 3986, 2.3).
  private func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
      default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
      }
    }.joined()
  }
}

/// Why a call came to nothing, with the exit code of DESIGN 4.1.
package enum DaemonClientError: Error, Sendable, Hashable, CustomStringConvertible {
  case notRunning(socket: String)
  case notPermitted(socket: String)
  /// The daemon said no.
  case problem(Problem)
  case broken(String)

  package var exitCode: Int32 {
    switch self {
    case .notRunning: 3
    case .notPermitted: 4
    case .broken: 1
    case .problem(let problem):
      switch problem.status {
      case 404: 3
      case 401, 403: 4
      case 409, 422: 5
      case 400, 415: 2
      case 429, 503: 75
      default: 1
      }
    }
  }

  /// One line.
  package var message: String {
    switch self {
    case .notRunning(let socket): "the daemon is not running: nobody listens on \(socket)"
    case .notPermitted(let socket): "no right to talk to the daemon at \(socket)"
    case .problem(let problem): problem.detail
    case .broken(let text): text
    }
  }

  package var hint: String? {
    switch self {
    case .notRunning: "start it with `vigil run` or `systemctl start vigil`, or name its socket with --socket"
    case .notPermitted: "ask to be added to the socket's group (usually `vigil`)"
    case .problem(let problem): problem.hint
    case .broken: nil
    }
  }

  package var description: String { hint.map { "\(message)\nhint: \($0)" } ?? message }
}
