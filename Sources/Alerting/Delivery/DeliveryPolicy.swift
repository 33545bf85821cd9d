import Files
package import Foundation

/// When a message is tried again, and when it is given up. Pure: a moment in, a moment out.
///
///     pause(n) = min(cap, base * 2^n) * jitter,  jitter in 0.5 ..< 1, from the hash of message and n
///
/// The jitter spreads messages that failed together; it comes from the message's identity, so a replay gives the same times. With the defaults the pauses are 10 s,
/// 20 s, 40 s … up to an hour, and a message lives three days, as Standard Webhooks advises.
package struct DeliveryPolicy: Sendable, Hashable {
  /// Seconds.
  package var base: TimeInterval
  package var cap: TimeInterval
  package var attemptLimit: Int
  /// Seconds after which an undelivered message is dead.
  package var lifetime: TimeInterval

  package init(base: TimeInterval = 10, cap: TimeInterval = 3600, attemptLimit: Int = 120, lifetime: TimeInterval = 72 * 3600) {
    precondition(base > 0 && cap >= base && attemptLimit > 0 && lifetime > 0, "a delivery policy has positive pauses and limits")
    self.base = base
    self.cap = cap
    self.attemptLimit = attemptLimit
    self.lifetime = lifetime
  }

  package enum Decision: Sendable, Hashable {
    case delivered(String)
    case retry(at: Date, reason: String)
    case dead(reason: String)
    /// The receiver is to be disabled and this message is dead.
    case disable(reason: String)
  }

  /// - attempt: tries made so far, this one among them; at least 1.
  /// - queuedAt: when the message was put into the outbox.
  package func decide(_ outcome: DeliveryOutcome, message: String, attempt: Int, queuedAt: Date, now: Date) -> Decision {
    switch outcome {
    case .delivered(let detail): return .delivered(detail)
    case .refused(let reason): return .dead(reason: reason)
    case .gone(let reason): return .disable(reason: reason)
    case .transient(let reason, let retryAfter):
      if attempt >= attemptLimit { return .dead(reason: "given up after \(attempt) tries: \(reason)") }
      let end = queuedAt.addingTimeInterval(lifetime)
      if now >= end { return .dead(reason: "given up after \(Int(lifetime / 3600)) hours: \(reason)") }
      // What the receiver asks for is honoured when it is longer, but cannot carry a message past its last try.
      let pause = max(pause(message: message, attempt: attempt), retryAfter ?? 0)
      return .retry(at: min(now.addingTimeInterval(pause), end), reason: reason)
    }
  }

  /// Seconds after try number `attempt` (from 1).
  package func pause(message: String, attempt: Int) -> TimeInterval {
    let doubled = base * pow(2, Double(min(max(attempt, 1) - 1, 40)))
    return min(cap, doubled) * jitter(message, attempt)
  }

  private func jitter(_ message: String, _ attempt: Int) -> Double {
    let bits = UInt64(Digest.of("\(message)\u{0}\(attempt)").hex.prefix(13), radix: 16) ?? 0
    return 0.5 + Double(bits) / Double(1 << 52) / 2
  }
}
