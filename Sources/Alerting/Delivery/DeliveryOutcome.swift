package import Foundation
import Records

/// What came of one try.
package enum DeliveryOutcome: Sendable, Hashable {
  /// The receiver has it.
  case delivered(String)
  /// It may work later. `retryAfter` is what the receiver asked for, in seconds.
  case transient(reason: String, retryAfter: TimeInterval?)
  /// This message will never be taken; others may.
  case refused(reason: String)
  /// The receiver says that it is gone for good: HTTP 410.
  case gone(reason: String)
}

extension DeliveryOutcome {
  /// Reads an HTTP answer as Standard Webhooks 1.0 does: 2xx is success, 410 ends the receiver, all else is tried again, with two departures of ours. Answers that
  /// condemn the request itself (400, 405, 406, 411, 413, 414, 415, 422, 431, 501, 505) are final, since the same bytes would be sent again; and `Retry-After` is
  /// read with every failure, not only with 429 and 503.
  ///
  /// A redirect is a failure: it is not followed, because the signature and the alert would go where nobody configured. It is tried again, since whoever set it up
  /// can mend it within the three days that a message lives.
  package static func classify(status: Int, retryAfter: String?, now: Date) -> DeliveryOutcome {
    switch status {
    case 200..<300: .delivered("HTTP \(status)")
    case 410: .gone(reason: "HTTP 410: the receiver is gone")
    case 400, 405, 406, 411, 413, 414, 415, 422, 431, 501, 505: .refused(reason: "HTTP \(status): the receiver does not take this message")
    case 300..<400: .transient(reason: "HTTP \(status): redirects are not followed; configure the final address", retryAfter: nil)
    default: .transient(reason: "HTTP \(status)", retryAfter: retryAfter.flatMap { RetryAfter.seconds($0, now: now) })
    }
  }
}
