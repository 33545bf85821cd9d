import Foundation
import Records
import Testing

@testable import Rules

struct JudgeTests {
  /// One step of a table: what is seen, an hour after the step before, and what state follows.
  enum Seen {
    case bad, good, few, insufficient, noValue, undefined, nothing, error
  }

  private func rules(_ keys: String = "", when: String = "value < 0.8") throws -> RuleSet {
    try check(oneRule("alert: A\nmeasure: performance.accuracy\nwhen: \(when)\nmin_samples: 100" + (keys.isEmpty ? "" : "\n" + keys)))
  }

  private func judge(_ rules: RuleSet, _ seen: Seen, _ alerts: [Alert], at hours: Double) -> Judgement {
    let end = hour(hours)
    let measured: [Records.Measurement] =
      switch seen {
      case .bad: [measurement(value: 0.5, effect: -0.4, end: end)]
      case .good: [measurement(value: 0.9, effect: 0, end: end)]
      case .few: [measurement(value: 0.5, n: 99, effect: -0.4, end: end)]
      case .insufficient: [measurement(value: 0.5, effect: -0.4, verdict: .insufficient, end: end)]
      case .noValue: [measurement(value: nil, end: end)]
      case .undefined: [measurement(value: 0.5, end: end)]
      case .nothing, .error: []
      }
    let failures = seen == .error ? [MeasureFailure(measure: "performance.accuracy", message: "the disk is full")] : []
    return rules.judge(measured, failures: failures, alerts: alerts, deployment: "d", at: end) { "#" + $0 }
  }

  /// The states after each step; every judgement is made twice, the second with the memory that the first left, and must change nothing.
  private func states(_ rules: RuleSet, _ steps: [Seen]) -> (states: [AlertState?], transitions: [AlertTransition], alerts: [Alert]) {
    var alerts: [Alert] = []
    var transitions: [AlertTransition] = []
    var states: [AlertState?] = []
    for (index, step) in steps.enumerated() {
      let judgement = judge(rules, step, alerts, at: Double(index))
      let again = judge(rules, step, judgement.alerts, at: Double(index))
      #expect(again == Judgement(alerts: judgement.alerts))
      alerts = judgement.alerts
      transitions += judgement.transitions
      states.append(alerts.first?.state)
    }
    #expect(transitions.map(\.sequence) == Array(1...max(1, transitions.count)).prefix(transitions.count).map { $0 })
    return (states, transitions, alerts)
  }

  @Test(
    arguments: [
      // Without a hold: fires at once, resolves at once, and again.
      ("", [.good, .bad, .bad, .good, .good, .bad], [.inactive, .firing, .firing, .resolved, .resolved, .firing]),
      // With a hold of two hours: the third bad hour fires; an absence in between starts again.
      ("for: 2h", [.bad, .bad, .good, .bad, .bad, .bad, .good], [.pending, .pending, .inactive, .pending, .pending, .firing, .resolved]),
      // Firing goes on for two hours after the condition was first absent, and its return starts that count again.
      ("keep_firing_for: 2h", [.bad, .good, .good, .bad, .good, .good, .good], [.firing, .firing, .firing, .firing, .firing, .firing, .resolved]),
      // What says nothing keeps what was: firing stays, inactive stays, and a hold goes on.
      ("", [.bad, .nothing, .few, .insufficient, .noValue, .error], [.firing, .firing, .firing, .firing, .firing, .firing]),
      ("", [.good, .few, .insufficient, .noValue, .error, .nothing], [.inactive, .inactive, .inactive, .inactive, .inactive, .inactive]),
      ("for: 2h", [.bad, .error, .nothing, .bad], [.pending, .pending, .pending, .firing]),
      // A new episode from resolved is pending again.
      ("for: 1h", [.bad, .bad, .good, .bad, .good, .bad, .bad], [.pending, .firing, .resolved, .pending, .inactive, .pending, .firing]),
      // No data as alert: absence, too little and no value fire; errors and too few rows by the rule's own bound do not.
      ("on_no_data: alert", [.good, .nothing, .good, .insufficient, .noValue], [.inactive, .firing, .resolved, .firing, .firing]),
      ("on_no_data: alert", [.good, .error, .few, .good], [.inactive, .inactive, .inactive, .inactive]),
      // No data as absence: only that resolves; errors and too few rows do not.
      ("on_no_data: resolve", [.bad, .error, .few, .nothing, .bad, .noValue], [.firing, .firing, .firing, .resolved, .firing, .resolved]),
      // Nothing was ever measured: there is nothing to remember.
      ("", [.nothing, .error, .good], [nil, nil, .inactive]),
      ("on_no_data: alert\nfor: 1h", [.error, .nothing, .nothing, .good], [nil, .pending, .firing, .resolved]),
    ] as [(String, [Seen], [AlertState?])])
  func `walks through its states`(keys: String, steps: [Seen], expected: [AlertState?]) throws {
    #expect(states(try rules(keys), steps).states == expected)
  }

  @Test func `a condition over a field that is not there is no data`() throws {
    let rules = try rules(when: "effect < -0.1")
    #expect(states(rules, [.bad, .undefined, .good]).states == [.firing, .firing, .resolved])
    #expect(states(try self.rules("on_no_data: resolve", when: "effect < -0.1"), [.bad, .undefined]).states == [.firing, .resolved])
  }

  @Test func `transitions say why, and episodes begin anew`() throws {
    let (_, transitions, alerts) = states(try rules("for: 1h\nkeep_firing_for: 1h"), [.bad, .bad, .good, .good, .bad, .good, .bad, .bad])
    #expect(
      transitions.map { "\($0.sequence) \($0.from)-\($0.to) \(Int($0.at.timeIntervalSince(hour(0)) / 3_600)): \($0.reason)" } == [
        "1 inactive-pending 0: condition holds", "2 pending-firing 1: condition held for 1h", "3 firing-resolved 3: condition absent for 1h",
        "4 resolved-pending 4: condition holds", "5 pending-inactive 5: condition absent", "6 inactive-pending 6: condition holds",
        "7 pending-firing 7: condition held for 1h",
      ])
    #expect(transitions.allSatisfy { $0.measurement != nil })
    let alert = try #require(alerts.first)
    #expect(alert.activeAt == hour(6) && alert.firedAt == hour(7) && alert.resolvedAt == nil && alert.sequence == 7)
    #expect(alert.measurement?.value == 0.5)
  }

  @Test(
    arguments: [
      (.few, "insufficient: 99 rows, and the rule wants at least 100"), (.insufficient, "no data: the verdict is insufficient with 500 rows"),
      (.noValue, "no data: the measure has no value in this window"), (.nothing, "no data: nothing was measured"),
      (.error, "error: the disk is full"),
    ] as [(Seen, String)])
  func `what could not be judged is said and forgotten when it can`(seen: Seen, why: String) throws {
    let rules = try rules()
    let first = judge(rules, .bad, [], at: 0)
    let second = judge(rules, seen, first.alerts, at: 1)
    #expect(second.alerts.first?.lastError == why)
    #expect(second.alerts.first?.measurement == first.alerts.first?.measurement)
    #expect(second.alerts.first?.lastEvaluatedAt == hour(1))
    #expect(second.transitions.isEmpty && second.actions.isEmpty)
    #expect(judge(rules, .bad, second.alerts, at: 2).alerts.first?.lastError == nil)
  }

  @Test func `a restart from stored JSON forgets nothing`() throws {
    let rules = try rules("for: 2h\nkeep_firing_for: 2h")
    let steps: [Seen] = [.bad, .bad, .bad, .good, .bad, .good, .good, .good, .bad]
    var (kept, stored): ([Alert], [Alert]) = ([], [])
    for (index, step) in steps.enumerated() {
      kept = judge(rules, step, kept, at: Double(index)).alerts
      let text = try JSONForm.encoder().encode(stored)
      stored = judge(rules, step, try JSONForm.decoder().decode([Alert].self, from: text), at: Double(index)).alerts
      #expect(kept == stored)
    }
    #expect(kept.first?.sequence == 4)
  }

  @Test func `a clock that goes back changes nothing`() throws {
    let rules = try rules()
    let firing = judge(rules, .bad, [], at: 5)
    for hours in [0, 4.9, 5] {
      let judgement = judge(rules, .good, firing.alerts, at: hours)
      #expect(judgement == Judgement(alerts: firing.alerts))
    }
    // A fraction of a millisecond is lost in storage, and is no later moment.
    #expect(judge(rules, .good, firing.alerts, at: 5 + 0.000_000_1).transitions.isEmpty)
    #expect(judge(rules, .good, firing.alerts, at: 5.01).transitions.count == 1)
  }

  @Test func `each slice and each measure is an alert of its own`() throws {
    let rules = try check(
      oneRule("alert: A\nmeasure: drift.input.*\nwhere: {column: \"!=noise\"}\nwhen: verdict == changed\nlabels: {team: t}"))
    let judgement = rules.judge(
      [
        measurement("drift.input.column", ["column": "channel"], verdict: .changed), measurement("drift.input.column", ["column": "region"]),
        measurement("drift.input.column", ["column": "noise"], verdict: .changed), measurement("drift.input.tokens", verdict: .changed),
        measurement("drift.output.labels", verdict: .changed),
      ], alerts: [], deployment: "d", at: hour(0)
    ) { $0 }
    #expect(
      judgement.alerts.map { "\($0.measure)\($0.slice) \($0.state)" } == [
        "drift.input.column{column=\"channel\"} firing", "drift.input.column{column=\"region\"} inactive", "drift.input.tokens{} firing",
      ])
    #expect(Set(judgement.alerts.map(\.fingerprint)).count == 3)
    #expect(judgement.alerts.first?.labels == ["team": "t", "column": "channel"])
  }

  @Test func `of several measurements of the same thing the latest window counts, in any order`() throws {
    let rules = try rules()
    let measured = [measurement(value: 0.5, end: hour(1)), measurement(value: 0.9, end: hour(3)), measurement(value: 0.5, end: hour(2))]
    for order in [measured, measured.reversed(), [measured[1], measured[0], measured[2]]] {
      let judgement = rules.judge(order, alerts: [], deployment: "d", at: hour(4)) { $0 }
      #expect(judgement.alerts.map(\.state) == [.inactive])
    }
  }

  @Test func `a removed or changed rule resolves what it fired, with the reason`() throws {
    let firing = judge(try rules(), .bad, [], at: 0).alerts
    let pending = judge(try rules("for: 1h"), .bad, [], at: 0).alerts
    let removed = RuleSet([]).judge([], alerts: firing, deployment: "d", at: hour(1)) { $0 }
    #expect(removed.transitions.map(\.reason) == ["rule removed"])
    #expect(removed.alerts.map(\.state) == [.resolved])
    let withdrawn = RuleSet([]).judge([], alerts: pending, deployment: "d", at: hour(1)) { $0 }
    #expect(withdrawn.alerts.map(\.state) == [.inactive])
    let changed = try check(oneRule("alert: A\nmeasure: performance.f1_macro\nwhen: value < 0.8"))
    #expect(
      changed.judge([], alerts: firing, deployment: "d", at: hour(1)) { $0 }.transitions.map(\.reason) == [
        "rule changed: it no longer watches this measure and slice"
      ])
    // Once is enough.
    #expect(RuleSet([]).judge([], alerts: removed.alerts, deployment: "d", at: hour(2)) { $0 }.transitions.isEmpty)
  }

  @Test func `alerts of other deployments and of measures not covered are left alone`() throws {
    let rules = try rules("on_no_data: resolve")
    let firing = judge(rules, .bad, [], at: 0).alerts
    #expect(rules.judge([], alerts: firing, deployment: "other", at: hour(1)) { $0 } == Judgement(alerts: firing))
    #expect(rules.judge([], alerts: firing, deployment: "d", at: hour(1), covers: { $0.hasPrefix("suite.") }) { $0 } == Judgement(alerts: firing))
  }

  @Test func `missing data that was announced resolves when data comes under another slice`() throws {
    let rules = try check(oneRule("alert: A\nmeasure: traffic.rows\nwhere: {region: north, channel: \"!=fax\"}\nwhen: value < 1\non_no_data: alert"))
    let absent = rules.judge([], alerts: [], deployment: "d", at: hour(0)) { $0 }
    #expect(absent.alerts.map { "\($0.slice) \($0.state)" } == ["{region=\"north\"} firing"])
    #expect(absent.transitions.map(\.reason) == ["no data: nothing was ever measured"])
    let come = rules.judge(
      [measurement("traffic.rows", ["region": "north", "channel": "web"], value: 9)], alerts: absent.alerts, deployment: "d", at: hour(1)
    ) { $0 }
    #expect(come.alerts.map { "\($0.slice) \($0.state)" } == ["{channel=\"web\", region=\"north\"} inactive", "{region=\"north\"} resolved"])
  }

  @Test func `acts when it fires, once an episode`() throws {
    var alerts: [Alert] = []
    var actions: [RuleAction] = []
    let rules = try rules("then: retrain")
    for (index, step) in [Seen.bad, .bad, .error, .bad, .good, .bad].enumerated() {
      let judgement = judge(rules, step, alerts, at: Double(index))
      alerts = judgement.alerts
      actions += judgement.actions
    }
    #expect(actions.map(\.consequence) == [.retrain, .retrain])
    #expect(actions.map(\.sequence) == [1, 3])
    #expect(Set(actions.map(\.key)).count == 2)
    #expect(actions.first?.reason == "rule A fires: condition holds")
    #expect(try judge(self.rules(), .bad, [], at: 0).actions.isEmpty)
  }

  @Test func `labels and severity are frozen while an episode lasts, annotations follow the measurement`() throws {
    let before = try rules("severity: info\nlabels: {a: old}\nannotations: {s: \"{{value}} of {{n}}\"}")
    let after = try rules("severity: critical\nlabels: {a: new}\nannotations: {s: \"now {{value}}\"}")
    let first = judge(before, .bad, [], at: 0)
    #expect(first.alerts.first?.annotations == ["s": "0.5 of 500"])
    let second = judge(after, .bad, first.alerts, at: 1)
    #expect(second.alerts.first?.severity == .info && second.alerts.first?.labels == ["a": "old"])
    #expect(second.alerts.first?.annotations == ["s": "now 0.5"])
    let resolved = judge(after, .good, second.alerts, at: 2)
    #expect(judge(after, .bad, resolved.alerts, at: 3).alerts.first?.labels == ["a": "new"])
  }

  @Test func `text from production is put in once and never read as a template`() throws {
    let template = try AnnotationTemplate(parsing: "{{slice}} {{ measure }} {{window}} {{rule}} {{deployment}} {{reference}} {a}}")
    let slice = Slice(["region": "{{value}}<script>"])
    let text = template.text(
      rule: "R", deployment: "D", measure: "m", slice: slice, measurement: measurement(reference: 0.123_456, end: Date(timeIntervalSince1970: 43_200))
    )
    #expect(text == "{region=\"{{value}}<script>\"} m 1970-01-01 00:00 to 1970-01-01 12:00 UTC R D 0.1235 {a}}")
    #expect(template.text(rule: "", deployment: "", measure: "", slice: .all, measurement: nil) == "all rows  none   none {a}}")
  }

  @Test(arguments: [(0.0, "0"), (12.0, "12"), (1_234.56, "1234.6"), (0.000_012_34, "1.234e-05"), (-0.15, "-0.15"), (.nan, "none"), (1e300, "1e+300")])
  func `numbers are short`(value: Double, text: String) {
    #expect(AnnotationTemplate.number(value) == text)
  }
}
