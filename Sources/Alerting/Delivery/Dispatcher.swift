package import Foundation
package import Logging

/// Where messages can go. A receiver never throws: what went wrong is an outcome.
package protocol Receiver: Sendable {
  var name: String { get }
  func deliver(_ message: AlertMessage, now: Date) async -> DeliveryOutcome
}

/// Takes messages from the outbox to their receivers. Each receiver has its own round, so one that hangs or fails holds up nobody else.
package struct Dispatcher: Sendable {
  let receivers: [any Receiver]
  let outbox: any Outbox
  let policy: DeliveryPolicy
  let logger: Logger
  let now: @Sendable () -> Date

  /// Messages claimed at once for one receiver.
  package static let batchLimit = 16
  /// Seconds that one try may take at most, with all that belongs to it.
  package static let tryLimit: TimeInterval = 30

  package init(
    receivers: [any Receiver], outbox: any Outbox, policy: DeliveryPolicy = DeliveryPolicy(), logger: Logger,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.receivers = receivers
    self.outbox = outbox
    self.policy = policy
    self.logger = logger
    self.now = now
  }

  /// What one round did.
  package struct Summary: Sendable, Hashable {
    package var delivered = 0
    package var retried = 0
    package var dead = 0
    package var released = 0
    /// Rounds that the outbox itself cut short.
    package var failedRounds = 0

    package var isEmpty: Bool { self == Summary() }

    static func + (a: Summary, b: Summary) -> Summary {
      Summary(
        delivered: a.delivered + b.delivered, retried: a.retried + b.retried, dead: a.dead + b.dead, released: a.released + b.released,
        failedRounds: a.failedRounds + b.failedRounds)
    }
  }

  /// One round for every receiver, side by side.
  package func runOnce() async -> Summary {
    await withTaskGroup(of: Summary.self) { group in
      for receiver in receivers { group.addTask { await round(receiver) } }
      return await group.reduce(Summary(), +)
    }
  }

  /// Rounds until cancelled: at once while there is work, else every `interval`. Each receiver keeps its own time.
  package func run(every interval: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      for receiver in receivers {
        group.addTask {
          while !Task.isCancelled {
            let summary = await round(receiver)
            if summary.delivered > 0, summary.retried == 0, summary.failedRounds == 0 { continue }
            // A sleep that is cut short means cancellation, which the loop's condition sees.
            try? await Task.sleep(for: interval)
          }
        }
      }
    }
  }

  /// Claims a batch and tries it in order. After a try that failed for reasons of the receiver, the rest of the batch goes back untried: it would fail too, and
  /// each try may take long.
  private func round(_ receiver: any Receiver) async -> Summary {
    var summary = Summary()
    do {
      var waiting = try await outbox.claim(receiver: receiver.name, limit: Self.batchLimit)[...]
      while let next = waiting.popFirst() {
        if Task.isCancelled {
          try await release([next] + waiting, &summary)
          return summary
        }
        let outcome = await receiver.deliver(next.message, now: now())
        let decision = policy.decide(outcome, message: next.message.id, attempt: next.attempts + 1, queuedAt: next.queuedAt, now: now())
        try await record(decision, of: next, &summary)
        if case .delivered = outcome { continue }
        if case .refused = outcome { continue }
        try await release(Array(waiting), &summary)
        return summary
      }
    } catch {
      // The leases run out and the messages are given again: at least once, with the same identity.
      summary.failedRounds += 1
      logger.warning("the outbox could not be used", metadata: ["receiver": "\(receiver.name)", "error": "\(error)"])
    }
    return summary
  }

  private func record(_ decision: DeliveryPolicy.Decision, of item: OutboxMessage, _ summary: inout Summary) async throws {
    let metadata: Logger.Metadata = ["receiver": "\(item.receiver)", "message": "\(item.message.id)", "attempt": "\(item.attempts + 1)"]
    switch decision {
    case .delivered(let detail):
      try await outbox.delivered(item, detail: detail)
      summary.delivered += 1
      logger.info("delivered", metadata: metadata)
    case .retry(let at, let reason):
      try await outbox.retry(item, at: at, reason: reason)
      summary.retried += 1
      logger.warning("could not deliver, will try again", metadata: metadata.merging(["reason": "\(reason)", "at": "\(at)"]) { $1 })
    case .dead(let reason):
      try await outbox.dead(item, reason: reason)
      summary.dead += 1
      logger.error("given up", metadata: metadata.merging(["reason": "\(reason)"]) { $1 })
    case .disable(let reason):
      try await outbox.dead(item, reason: reason)
      try await outbox.disable(receiver: item.receiver, reason: reason)
      summary.dead += 1
      logger.error("receiver disabled", metadata: metadata.merging(["reason": "\(reason)"]) { $1 })
    }
  }

  private func release(_ messages: [OutboxMessage], _ summary: inout Summary) async throws {
    guard !messages.isEmpty else { return }
    try await outbox.release(messages)
    summary.released += messages.count
  }
}
