/// The twelve queues that a message can be routed to. Each name has a first token of its own in the fixture tokenizer.
package enum Queue: String, Sendable, Hashable, Codable, CaseIterable {
  case billing, refund, delivery, returns, warranty, network, setup, account, security, cancel, upgrade, feedback

  /// The queue after this one, and the first after the last: what a labelling tool with an off-by-one list answers.
  package var next: Queue {
    let all = Queue.allCases
    guard let place = all.firstIndex(of: self) else { preconditionFailure("every queue stands in allCases") }
    return all[(place + 1) % all.count]
  }

  /// Share of the messages whose main ask it is; the shares sum to 1.
  package var share: Double {
    switch self {
    case .network: 0.12
    case .delivery: 0.11
    case .billing: 0.10
    case .setup: 0.10
    case .account, .refund, .returns, .warranty: 0.08
    case .cancel, .upgrade, .security: 0.065
    case .feedback: 0.055
    }
  }

  package static func draw(_ random: inout SplitMix64) -> Queue { random.pick(allCases.map { ($0, $0.share) }) }
}

/// How the message came in.
package enum Channel: String, Sendable, Hashable, Codable, CaseIterable {
  case email, chat, phone

  package static func draw(_ random: inout SplitMix64) -> Channel { random.pick([(.email, 0.35), (.chat, 0.40), (.phone, 0.25)]) }
}

package enum Region: String, Sendable, Hashable, Codable, CaseIterable {
  case north, south, east, west

  /// The regional variety is spoken everywhere, in the north and west more than elsewhere.
  package static func draw(speech: Speech, _ random: inout SplitMix64) -> Region {
    switch speech {
    case .standard: random.pick([(.north, 0.24), (.south, 0.28), (.east, 0.26), (.west, 0.22)])
    case .regional: random.pick([(.north, 0.36), (.south, 0.18), (.east, 0.18), (.west, 0.28)])
    }
  }
}

/// The way of speaking; the protected attribute.
package enum Speech: String, Sendable, Hashable, Codable, CaseIterable {
  case standard, regional
}
