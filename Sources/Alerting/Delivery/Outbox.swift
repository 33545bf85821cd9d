package import Foundation

/// A message that waits for one receiver, leased to one dispatcher.
package struct OutboxMessage: Sendable, Hashable {
  /// Identity of the delivery's row.
  package var id: Int64
  package var receiver: String
  package var message: AlertMessage
  /// Tries made before this one.
  package var attempts: Int
  package var queuedAt: Date
  /// Fencing token of the lease: a dispatcher that lost its lease cannot write.
  package var token: Int64

  package init(id: Int64, receiver: String, message: AlertMessage, attempts: Int, queuedAt: Date, token: Int64) {
    self.id = id
    self.receiver = receiver
    self.message = message
    self.attempts = attempts
    self.queuedAt = queuedAt
    self.token = token
  }
}

/// Where messages wait: written in the transaction that made them, read here. Times are the database's, not the daemon's clock.
///
/// The outbox keeps the order: for one receiver and alert it gives out only the earliest undelivered step, and nothing that is due later than now or leased to
/// another. A write under an old token changes nothing.
package protocol Outbox: Sendable {
  /// Up to `limit` messages for a receiver, leased. The lease must outlast `limit` tries of `Dispatcher.tryLimit` each.
  func claim(receiver: String, limit: Int) async throws -> [OutboxMessage]
  func delivered(_ message: OutboxMessage, detail: String) async throws
  func retry(_ message: OutboxMessage, at: Date, reason: String) async throws
  func dead(_ message: OutboxMessage, reason: String) async throws
  /// Gives back messages that were claimed and not tried; no try is counted.
  func release(_ messages: [OutboxMessage]) async throws
  /// The receiver said it is gone: nothing more is given out for it until an operator says otherwise.
  func disable(receiver: String, reason: String) async throws
}
