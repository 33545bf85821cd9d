/// One thing a customer may want: several ways to ask for it, sentences that go with it, and a few words that sum it up.
package struct Intent: Sendable {
  /// What the desk would note down: `charged twice`.
  package var gist: String
  package var asks: [Template]
  package var details: [Template]

  init(_ gist: String, asks: [Template], details: [Template]) {
    self.gist = gist
    self.asks = asks
    self.details = details
  }
}

/// What is said to one queue.
package struct QueueGrammar: Sendable {
  package var queue: Queue
  /// Noun phrases for what the queue looks after; desk notes are written with them.
  package var themes: [String]
  /// Mentions of the queue's business inside a message that wants something else.
  package var asides: [Template]
  package var intents: [Intent]

  package static func of(_ queue: Queue) -> QueueGrammar {
    switch queue {
    case .billing: billing
    case .refund: refund
    case .delivery: delivery
    case .returns: returns
    case .warranty: warranty
    case .network: network
    case .setup: setup
    case .account: account
    case .security: security
    case .cancel: cancel
    case .upgrade: upgrade
    case .feedback: feedback
    }
  }
}
