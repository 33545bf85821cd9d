package import Foundation
package import Records

/// What one evaluation of the rules came to: the alerts' new memory, and what has happened.
package struct Judgement: Sendable, Hashable {
  /// Every alert that was given, and the new ones, sorted by rule, measure and slice.
  package var alerts: [Alert]
  /// What changed state in this evaluation; written in the same transaction as the alerts.
  package var transitions: [AlertTransition]
  package var actions: [RuleAction]

  package init(alerts: [Alert] = [], transitions: [AlertTransition] = [], actions: [RuleAction] = []) {
    self.alerts = alerts
    self.transitions = transitions
    self.actions = actions
  }
}

/// Something to do because an alert began to fire.
package struct RuleAction: Sendable, Hashable {
  package var consequence: Rule.Consequence
  package var deployment: String
  package var rule: String
  package var measure: String
  package var slice: Slice
  package var fingerprint: String
  /// The transition that caused it; with the fingerprint, it names this action for ever.
  package var sequence: Int
  package var at: Date
  /// In words: `rule AccuracyFell fires: condition held for 12h`.
  package var reason: String

  package init(
    consequence: Rule.Consequence, deployment: String, rule: String, measure: String, slice: Slice, fingerprint: String, sequence: Int, at: Date,
    reason: String
  ) {
    self.consequence = consequence
    self.deployment = deployment
    self.rule = rule
    self.measure = measure
    self.slice = slice
    self.fingerprint = fingerprint
    self.sequence = sequence
    self.at = at
    self.reason = reason
  }

  /// The same whenever the same transition is judged again; the unique key of the job.
  package var key: String { "\(fingerprint)/\(sequence)" }
}

/// A measure that could not be measured; its alerts keep their state.
package struct MeasureFailure: Sendable, Hashable {
  package var measure: String
  package var message: String

  package init(measure: String, message: String) {
    self.measure = measure
    self.message = message
  }
}
