import Foundation

/// When a request is tried again. Pure: numbers in, a pause out.
///
///     pause(n) = random in 0 ..< min(cap, base * 2^n)
///
/// Full jitter, so that callers who failed together do not come back together (Brooker, "Exponential Backoff And Jitter", AWS 2015). What the server asks for in
/// `Retry-After` comes before it, and the jitter is added, for the same reason.
package struct RetryPolicy: Sendable, Hashable {
  /// Tries after the first.
  package var retries: Int
  /// Seconds.
  package var base: Double
  package var cap: Double
  /// The longest `Retry-After`, in seconds, that is waited for; a server that wants more is given up, and the job above comes back later.
  package var retryAfterMax: Double

  package init(retries: Int = 4, base: Double = 0.5, cap: Double = 30, retryAfterMax: Double = 120) {
    precondition(retries >= 0 && base > 0 && cap >= base && retryAfterMax >= 0, "a retry policy has positive pauses and limits")
    self.retries = retries
    self.base = base
    self.cap = cap
    self.retryAfterMax = retryAfterMax
  }

  /// - failures: tries that have failed, at least 1
  /// - random: in 0 ..< 1
  /// - Returns: seconds until the next try; nil when there is none.
  package func pause(failures: Int, retryAfter: Double?, random: Double) -> Double? {
    guard failures <= retries else { return nil }
    let jitter = random * min(cap, base * pow(2, Double(min(failures - 1, 40))))
    guard let retryAfter else { return jitter }
    return retryAfter <= retryAfterMax ? retryAfter + jitter : nil
  }

  /// Whether the same request may be answered later. All other statuses condemn the request, the key or the address.
  static func isTransient(status: Int) -> Bool {
    switch status {
    case 408, 429: true
    case 501, 505: false
    default: (500..<600).contains(status)
    }
  }
}
