/// What an operator can see and do, whoever carries the words: HTTP here, a test elsewhere. The daemon implements it. Every method throws `OperatorFault` for what the caller
/// can understand; anything else is told as an internal error and logged.
package protocol OperatorInterface: Sendable {
  /// Why the daemon is not ready; empty when it is.
  func unreadyReasons() async -> [String]
  func status() async throws -> StatusResponse
  func metrics() async throws -> [MetricFamily]

  func alerts(_ query: AlertQuery) async throws -> [AlertItem]
  func alert(_ fingerprint: String) async throws -> AlertDetail
  func jobs(_ query: JobQuery) async throws -> [JobItem]
  func job(_ id: String) async throws -> JobItem
  func models(deployment: String?) async throws -> [ModelItem]
  func reports(_ query: ReportQuery) async throws -> [ReportItem]
  func report(_ id: String) async throws -> ReportItem
  /// The stored bytes of a report.
  func reportFile(_ id: String, format: ReportFormat) async throws -> [UInt8]

  func evaluate(_ request: EvaluationRequest, _ call: Call) async throws -> JobItem
  func retrain(_ request: RetrainingRequest, _ call: Call) async throws -> JobItem
  func cancelJob(_ id: String, _ call: Call) async throws -> JobItem
  func promote(_ model: String, _ request: ModelChangeRequest, _ call: Call) async throws -> ModelChange
  func rollback(_ request: ModelChangeRequest, _ call: Call) async throws -> ModelChange
  func reload(_ call: Call) async throws -> ReloadResponse
}

package enum ReportFormat: String, Sendable, Hashable, CaseIterable {
  case html, markdown = "md", json

  package var contentType: String {
    switch self {
    case .html: "text/html; charset=utf-8"
    case .markdown: "text/markdown; charset=utf-8"
    case .json: "application/json"
    }
  }
}

/// A request that cannot be granted, for a reason the caller can do something about.
package struct OperatorFault: Error, Sendable, Hashable {
  package enum Code: Int, Sendable, Hashable {
    case invalid = 400
    case notAllowed = 403
    case notFound = 404
    case conflict = 409
    case tooLarge = 413
    case unsupportedMedia = 415
    case unprocessable = 422
    case unavailable = 503

    /// RFC 9457's `title`: the same for every problem of the kind.
    package var title: String {
      switch self {
      case .invalid: "Invalid request"
      case .notAllowed: "Not allowed"
      case .notFound: "Not found"
      case .conflict: "Conflict"
      case .tooLarge: "Too large"
      case .unsupportedMedia: "Unsupported media type"
      case .unprocessable: "Cannot be processed"
      case .unavailable: "Not available now"
      }
    }
  }

  package var code: Code
  package var message: String
  package var hint: String?

  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}

/// `application/problem+json` (RFC 9457), with our hint.
package struct Problem: Sendable, Hashable, Codable {
  package var type: String
  package var title: String
  package var status: Int
  package var detail: String
  package var hint: String?

  package init(status: Int, title: String, detail: String, hint: String? = nil) {
    type = "about:blank"
    self.title = title
    self.status = status
    self.detail = detail
    self.hint = hint
  }
}
