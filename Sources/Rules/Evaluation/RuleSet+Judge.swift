package import Foundation
package import Records

extension RuleSet {
  /// The rules' judgement of what was measured at one moment. Pure: the same input gives the same result, and giving the result back in changes nothing.
  ///
  /// - measurements: of one deployment. Of several for the same measure and slice, the one of the latest window counts.
  /// - failures: measures that could not be measured. Errors never resolve an alert: its state is kept and `lastError` says why.
  /// - alerts: the memory, as the last judgement left it; alerts of other deployments are passed through.
  /// - at: the moment judged. Alerts that were already judged at or after it stay as they are.
  /// - covers: the measures that this evaluation was about; alerts of others are left alone, and their absence is not missing data.
  /// - fingerprint: a hash of an alert's identity to hex digits, such as the first 16 digits of SHA-256.
  package func judge(
    _ measurements: [Records.Measurement], failures: [MeasureFailure] = [], alerts: [Alert], deployment: String, at: Date,
    covers: (String) -> Bool = { _ in true }, fingerprint: (String) -> String
  ) -> Judgement {
    let rules = rules.filter { $0.covers(deployment: deployment) }
    var evaluation = Evaluation(alerts: alerts.filter { $0.deployment == deployment }, deployment: deployment, at: at, failures: failures)
    for rule in rules {
      for measurement in Self.latest(measurements.filter { rule.watches(measure: $0.measure, slice: $0.slice) }) {
        let identity = Self.identity(deployment: deployment, rule: rule.name, measure: measurement.measure, slice: measurement.slice)
        evaluation.judge(measurement, by: rule, fingerprint: fingerprint(identity))
      }
      evaluation.judgeUnmeasured(rule, covers: covers, hasData: measurements.contains { rule.watches(measure: $0.measure, slice: $0.slice) })
      if let slice = rule.expectedSlice, covers(rule.measure.text), !evaluation.hasAlert(of: rule) {
        let identity = Self.identity(deployment: deployment, rule: rule.name, measure: rule.measure.text, slice: slice)
        evaluation.judgeAbsence(rule, slice: slice, fingerprint: fingerprint(identity))
      }
    }
    evaluation.retire(without: Set(rules.map(\.name)))
    var judgement = evaluation.judgement
    judgement.alerts += alerts.filter { $0.deployment != deployment }
    judgement.alerts.sort { ($0.deployment, $0.rule, $0.measure, $0.slice.text) < ($1.deployment, $1.rule, $1.measure, $1.slice.text) }
    return judgement
  }

  /// What makes two alerts the same one; hashed into the fingerprint. The separator cannot be typed into a name by accident.
  static func identity(deployment: String, rule: String, measure: String, slice: Slice) -> String {
    [deployment, rule, measure, slice.text].joined(separator: "\u{1F}")
  }

  /// One measurement for each measure and slice, that of the latest window, in the order of their names.
  private static func latest(_ measurements: [Records.Measurement]) -> [Records.Measurement] {
    struct Key: Hashable {
      var measure: String
      var slice: Slice
    }
    var byKey: [Key: Records.Measurement] = [:]
    for measurement in measurements {
      let key = Key(measure: measurement.measure, slice: measurement.slice)
      if let other = byKey[key], (other.window.end, other.n) >= (measurement.window.end, measurement.n) { continue }
      byKey[key] = measurement
    }
    return byKey.values.sorted { ($0.measure, $0.slice.text) < ($1.measure, $1.slice.text) }
  }
}

extension Rule {
  /// The slice whose absence the rule asks to hear of, although nothing was ever measured: that of its equality matchers, as in Prometheus' `absent()`.
  fileprivate var expectedSlice: Slice? {
    guard onNoData == .alert, measure.isExact, !matchers.contains(where: { $0.comparison == .matches }) else { return nil }
    let equal = matchers.filter { $0.comparison == .equal && !$0.value.isEmpty }.map { ($0.label, $0.value) }
    return Slice(Dictionary(equal) { first, _ in first })
  }

  /// What a measurement says about the rule's condition.
  fileprivate func finding(for measurement: Records.Measurement) -> Finding {
    // Nothing is missing that could come: the state stays, whatever the rule says of missing data.
    if let why = measurement.cannotMeasure { return .undecided(reason: why) }
    if measurement.n < samplesMin {
      return .undecided(reason: "insufficient: \(measurement.n) rows, and the rule wants at least \(samplesMin)")
    }
    if measurement.verdict == .insufficient {
      let needed = measurement.rowsNeeded.map { ", \($0) more are needed" } ?? ""
      return noData("the verdict is insufficient with \(measurement.n) rows\(needed)")
    }
    guard let value = measurement.value, value.isFinite else { return noData("the measure has no value in this window") }
    guard let holds = condition.holds(for: measurement) else { return noData("the condition speaks of a field that was not measured") }
    return holds ? .holds(measurement, reason: "condition holds") : .absent(measurement, reason: "condition absent")
  }

  fileprivate func noData(_ why: String) -> Finding {
    switch onNoData {
    case .keep: .undecided(reason: "no data: \(why)")
    case .alert: .holds(nil, reason: "no data: \(why)")
    case .resolve: .absent(nil, reason: "no data: \(why)")
    }
  }
}

/// One evaluation under way.
private struct Evaluation {
  let deployment: String
  let at: Date
  private let failures: [MeasureFailure]
  private var alerts: [String: Alert] = [:]
  private var done: Set<String> = []
  private(set) var judgement = Judgement()

  init(alerts: [Alert], deployment: String, at: Date, failures: [MeasureFailure]) {
    self.deployment = deployment
    self.at = at
    self.failures = failures
    for alert in alerts {
      // Of two memories of the same alert the one that has seen more is right.
      if let other = self.alerts[alert.fingerprint], (other.lastEvaluatedAt, other.sequence) >= (alert.lastEvaluatedAt, alert.sequence) { continue }
      self.alerts[alert.fingerprint] = alert
    }
  }

  mutating func judge(_ measurement: Records.Measurement, by rule: Rule, fingerprint: String) {
    let alert = alerts[fingerprint] ?? newAlert(of: rule, measure: measurement.measure, slice: measurement.slice, fingerprint: fingerprint)
    apply(rule.finding(for: measurement), to: alert, rule: rule)
  }

  /// The rule's alerts for which nothing was measured this time.
  mutating func judgeUnmeasured(_ rule: Rule, covers: (String) -> Bool, hasData: Bool) {
    for alert in alerts.values.sorted(by: { $0.fingerprint < $1.fingerprint }) where alert.rule == rule.name && !done.contains(alert.fingerprint) {
      if !rule.watches(measure: alert.measure, slice: alert.slice) {
        apply(.retired(reason: "rule changed: it no longer watches this measure and slice"), to: alert, rule: rule)
      } else if let failure = failures.first(where: { $0.measure == alert.measure }) {
        apply(.undecided(reason: "error: \(failure.message)"), to: alert, rule: rule)
      } else if !covers(alert.measure) {
        done.insert(alert.fingerprint)
        judgement.alerts.append(alert)
      } else if alert.measurement == nil, hasData, rule.onNoData == .alert {
        // It only stood for data that was missing altogether, and that has come, under other slices.
        apply(.absent(nil, reason: "data has arrived"), to: alert, rule: rule)
      } else {
        apply(rule.noData("nothing was measured"), to: alert, rule: rule)
      }
    }
  }

  func hasAlert(of rule: Rule) -> Bool {
    alerts.values.contains { $0.rule == rule.name && rule.watches(measure: $0.measure, slice: $0.slice) }
  }

  /// A rule that wants to hear of missing data, and has never had any.
  mutating func judgeAbsence(_ rule: Rule, slice: Slice, fingerprint: String) {
    if failures.contains(where: { rule.measure.matches($0.measure) }) { return }
    let alert = newAlert(of: rule, measure: rule.measure.text, slice: slice, fingerprint: fingerprint)
    apply(rule.noData("nothing was ever measured"), to: alert, rule: rule)
  }

  /// What is left belongs to rules that are gone.
  mutating func retire(without names: Set<String>) {
    for alert in alerts.values.sorted(by: { $0.fingerprint < $1.fingerprint }) where !done.contains(alert.fingerprint) {
      precondition(!names.contains(alert.rule), "every alert of a rule in force has been judged, and \(alert.fingerprint) was not")
      apply(.retired(reason: "rule removed"), to: alert, rule: nil)
    }
  }

  private func newAlert(of rule: Rule, measure: String, slice: Slice, fingerprint: String) -> Alert {
    Alert(
      fingerprint: fingerprint, deployment: deployment, rule: rule.name, measure: measure, slice: slice, severity: rule.severity,
      labels: slice.labels.merging(rule.labels) { _, ours in ours }, annotations: [:], state: .inactive, lastEvaluatedAt: .distantPast)
  }

  private mutating func apply(_ finding: Finding, to alert: Alert, rule: Rule?) {
    done.insert(alert.fingerprint)
    let (next, transition) = AlertMachine.step(alert, finding: finding, rule: rule, at: at)
    alerts[next.fingerprint] = next
    judgement.alerts.append(next)
    guard let transition else { return }
    judgement.transitions.append(transition)
    if transition.to == .firing, let rule, rule.then != .nothing {
      judgement.actions.append(
        RuleAction(
          consequence: rule.then, deployment: deployment, rule: rule.name, measure: next.measure, slice: next.slice, fingerprint: next.fingerprint,
          sequence: next.sequence, at: at, reason: "rule \(rule.name) fires: \(transition.reason)"))
    }
  }
}
