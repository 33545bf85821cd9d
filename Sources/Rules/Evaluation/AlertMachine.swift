import Documents
import Foundation
import Records

/// What one evaluation has to say about one alert.
enum Finding: Hashable {
  /// The condition holds; the measurement is nil when `on_no_data: alert` says so.
  case holds(Records.Measurement?, reason: String)
  /// The condition is absent; the measurement is nil when `on_no_data: resolve` says so.
  case absent(Records.Measurement?, reason: String)
  /// Nothing can be said: an error, too few rows, or no data with `on_no_data: keep`. The state stays.
  case undecided(reason: String)
  /// There is no rule behind the alert any more.
  case retired(reason: String)
}

/// The state machine of one alert, after Prometheus (rules/alerting.go, `AlertingRule.Eval`).
///
///     inactive --holds--> pending --held for `for`--> firing --absent for `keep_firing_for`--> resolved
///                            |                           ^                                        |
///                            +--absent--> inactive       +------------- holds again --------------+
///
/// How we differ: the memory is a value that the caller stores, so a restart forgets nothing; every change of state is a numbered transition;
/// an alert that goes from pending to inactive says so; `resolved` lasts until the next episode; labels and severity are frozen while an
/// episode lasts; an evaluation at or before the last one changes nothing, so judging the same moment twice, or a clock that goes back, is harmless.
enum AlertMachine {
  /// Stored times keep milliseconds, so moments nearer than that are the same moment.
  private static let resolution: TimeInterval = 0.001

  /// The alert after `finding`, and the step it took, if any.
  static func step(_ alert: Alert, finding: Finding, rule: Rule?, at: Date) -> (alert: Alert, transition: AlertTransition?) {
    guard at.timeIntervalSince(alert.lastEvaluatedAt) >= resolution else { return (alert, nil) }
    var alert = alert
    alert.lastEvaluatedAt = at
    switch finding {
    case .undecided(let reason):
      alert.lastError = reason
      return (alert, nil)
    case .retired(let reason):
      alert.lastError = nil
      switch alert.state {
      case .firing: return resolve(alert, at: at, reason: reason)
      case .pending: return withdraw(alert, at: at, reason: reason)
      case .inactive, .resolved: return (alert, nil)
      }
    case .holds(let measurement, let reason):
      guard let rule else { preconditionFailure("a condition holds for a rule, and \(alert.rule) is none") }
      alert.lastError = nil
      if let measurement { alert.measurement = measurement }
      return holds(alert, measurement: measurement, rule: rule, at: at, reason: reason)
    case .absent(let measurement, let reason):
      guard let rule else { preconditionFailure("a condition is absent for a rule, and \(alert.rule) is none") }
      alert.lastError = nil
      if let measurement { alert.measurement = measurement }
      return absent(alert, rule: rule, at: at, reason: reason)
    }
  }

  private static func holds(
    _ alert: Alert, measurement: Records.Measurement?, rule: Rule, at: Date, reason: String
  ) -> (alert: Alert, transition: AlertTransition?) {
    var alert = alert
    alert.keepFiringSince = nil
    switch alert.state {
    case .firing:
      alert.annotate(by: rule)
      return (alert, nil)
    case .pending:
      alert.annotate(by: rule)
      let held = at.timeIntervalSince(alert.activeAt ?? at)
      guard held + resolution >= rule.hold.timeInterval else { return (alert, nil) }
      return fire(alert, at: at, reason: "condition held for \(Period(seconds: Int(held.rounded())))")
    case .inactive, .resolved:
      // A new episode: what the rule says now is what it is about.
      alert.severity = rule.severity
      alert.labels = alert.slice.labels.merging(rule.labels) { _, ours in ours }
      alert.annotate(by: rule)
      alert.activeAt = at
      alert.firedAt = nil
      alert.resolvedAt = nil
      if rule.hold == .zero { return fire(alert, at: at, reason: reason) }
      return move(alert, to: .pending, at: at, reason: reason)
    }
  }

  private static func absent(_ alert: Alert, rule: Rule, at: Date, reason: String) -> (alert: Alert, transition: AlertTransition?) {
    var alert = alert
    switch alert.state {
    case .inactive, .resolved:
      return (alert, nil)
    case .pending:
      return withdraw(alert, at: at, reason: reason)
    case .firing:
      guard rule.keepFiring > .zero else { return resolve(alert, at: at, reason: reason) }
      let since = alert.keepFiringSince ?? at
      alert.keepFiringSince = since
      let gone = at.timeIntervalSince(since)
      guard gone + resolution >= rule.keepFiring.timeInterval else { return (alert, nil) }
      return resolve(alert, at: at, reason: "\(reason) for \(Period(seconds: Int(gone.rounded())))")
    }
  }

  // MARK: - Steps

  private static func fire(_ alert: Alert, at: Date, reason: String) -> (alert: Alert, transition: AlertTransition?) {
    var alert = alert
    alert.firedAt = at
    return move(alert, to: .firing, at: at, reason: reason)
  }

  private static func resolve(_ alert: Alert, at: Date, reason: String) -> (alert: Alert, transition: AlertTransition?) {
    var alert = alert
    alert.resolvedAt = at
    alert.keepFiringSince = nil
    return move(alert, to: .resolved, at: at, reason: reason)
  }

  private static func withdraw(_ alert: Alert, at: Date, reason: String) -> (alert: Alert, transition: AlertTransition?) {
    var alert = alert
    alert.activeAt = nil
    return move(alert, to: .inactive, at: at, reason: reason)
  }

  private static func move(_ alert: Alert, to state: AlertState, at: Date, reason: String) -> (alert: Alert, transition: AlertTransition?) {
    var alert = alert
    alert.sequence += 1
    let transition = AlertTransition(
      fingerprint: alert.fingerprint, sequence: alert.sequence, from: alert.state, to: state, at: at, reason: reason, measurement: alert.measurement)
    alert.state = state
    return (alert, transition)
  }
}

extension Alert {
  fileprivate mutating func annotate(by rule: Rule) {
    annotations = rule.annotations.mapValues {
      $0.text(rule: self.rule, deployment: deployment, measure: measure, slice: slice, measurement: measurement)
    }
  }
}
