import Foundation
import Hummingbird
import Logging
import Reports

/// How answers are made; every one carries the headers that `Guard` adds.
enum Answer {
  static func bytes(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, sandboxed: Bool = false) -> Response {
    var headers: HTTPFields = [.contentType: type]
    // A stored page runs nothing and, seen through the daemon, belongs to no origin.
    if sandboxed { headers[.contentSecurityPolicy] = Page.policy + "; frame-ancestors 'none'; sandbox" }
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func plain(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    bytes(Array(text.utf8), type: "text/plain; charset=utf-8", status: status)
  }

  static func page(_ html: String) -> Response { bytes(Array(html.utf8), type: "text/html; charset=utf-8") }

  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    bytes(Array(try APIForm.encode(value)), type: "application/json", status: status)
  }

  /// A job that was queued: 202, and where to follow it.
  static func accepted(_ job: JobItem) throws -> Response {
    var response = try json(job, status: .accepted)
    response.headers[.location] = "/v1/jobs/\(job.id)"
    return response
  }

  static func problem(_ problem: Problem) -> Response {
    guard let data = try? APIForm.encode(problem) else { preconditionFailure("a problem is text and a number and can be encoded") }
    return bytes(Array(data), type: "application/problem+json", status: .init(code: problem.status))
  }
}

/// Hummingbird gives the collection of header fields, and so the name of a field, without its module.
private typealias FieldName = HTTPFields.Element.Name

/// The body of a change of state.
enum Body {
  /// Reads and decodes; nil for an empty body. A change of state has to say that it is JSON: a web page cannot do that without being asked first, so no page
  /// that an operator happens to look at can operate Vigil.
  static func read<Value: Decodable>(_ request: Request, as type: Value.Type) async throws -> (Value?, Call) {
    let media = request.headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
    guard media == "application/json" else {
      throw OperatorFault(.unsupportedMedia, "a change of state needs Content-Type: application/json", hint: "send {} where there is nothing to say")
    }
    let key = FieldName("Idempotency-Key").flatMap { request.headers[$0] }
    if let key, key.isEmpty || key.utf8.count > 200 { throw OperatorFault(.invalid, "Idempotency-Key must have 1 to 200 bytes") }
    let text = String(decoding: try await collect(request), as: UTF8.self)
    let call = Call(idempotencyKey: key, request: "\(request.method.rawValue) \(request.uri.path)\n\(text)")
    if text.isEmpty { return (nil, call) }
    do {
      return (try APIForm.decode(type, from: Data(text.utf8)), call)
    } catch let error as DecodingError {
      throw OperatorFault(.invalid, "the body is not what \(request.uri.path) takes: \(words(error))")
    }
  }

  private static func collect(_ request: Request) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await piece in request.body {
      guard bytes.count + piece.readableBytes <= Routes.bodyLimit else {
        throw OperatorFault(.tooLarge, "the body has more than \(Routes.bodyLimit) bytes")
      }
      bytes += piece.readableBytesView
    }
    return bytes
  }

  private static func words(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String { context.codingPath.map(\.stringValue).joined(separator: ".") }
    return switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(path(context)): \(context.debugDescription)"
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .dataCorrupted(let context): path(context).isEmpty ? "not JSON" : "\(path(context)): \(context.debugDescription)"
    @unknown default: "not understood"
    }
  }
}

/// Around every answer: errors become problems, and the headers that keep a browser from doing anything but showing the page.
struct Guard: RouterMiddleware {
  typealias Context = BasicRequestContext

  let logger: Logger

  func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch {
      response = Answer.problem(problem(error, request))
    }
    if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = Page.policy + "; frame-ancestors 'none'" }
    response.headers[.xContentTypeOptions] = "nosniff"
    response.headers[.cacheControl] = "no-store"
    if let name = FieldName("Referrer-Policy") { response.headers[name] = "no-referrer" }
    return response
  }

  private func problem(_ error: any Error, _ request: Request) -> Problem {
    switch error {
    case let fault as OperatorFault: return Problem(status: fault.code.rawValue, title: fault.code.title, detail: fault.message, hint: fault.hint)
    case let error as HTTPError where error.status == .notFound:
      return Problem(status: 404, title: "Not found", detail: "no address of Vigil is \(VisibleText.name(request.uri.path))")
    case let error as HTTPError:
      return Problem(status: error.status.code, title: error.status.reasonPhrase, detail: error.body ?? error.status.reasonPhrase)
    default:
      // What went wrong inside is for the log, not for whoever asked.
      logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return Problem(status: 500, title: "Internal error", detail: "the daemon could not answer; its log says why", hint: "journalctl -u vigil")
    }
  }
}
