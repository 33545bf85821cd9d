import Documents
import Foundation
import Records
import Testing

@testable import Rules

struct RuleTesterTests {
  private let tester = RuleTester(measures: knownMeasures)

  @Test(
    arguments: [
      ("1 2", ["1", "2"]), ("0.9x2", ["0.9", "0.9", "0.9"]), ("-2+4x3", ["-2", "2", "6", "10"]), (" 1-2x4 ", ["1", "-1", "-3", "-5", "-7"]),
      ("_", ["_"]), ("_x3", ["_", "_", "_"]), ("1 _x2 insufficient errorx1", ["1", "_", "_", "insufficient", "error", "error"]),
      ("1e-1+1e-1x1", ["0.1", "0.2"]), ("0x2", ["0", "0", "0"]), ("changedx1", ["changed", "changed"]), ("", []), ("5x0", ["5"]),
    ])
  func `reads promtool's series`(text: String, expected: [String]) throws {
    let items = try SeriesNotation.parse(text).map { item in
      switch item {
      case .number(let number): AnnotationTemplate.number(number)
      case .missing: "_"
      case .word(let word): word
      }
    }
    #expect(items == expected)
  }

  @Test(arguments: [
    "a", "1x", "x3", "1+x3", "1+2", "nan", "inf", "1x999999", "1x99999999999999999999", "1+infx2", "_x20000", "0.9x5.5", "stale", "+", "1--1x1",
  ])
  func `refuses what is no series`(text: String) {
    #expect(throws: MalformedSeries.self) { try SeriesNotation.parse("1 " + text) }
  }

  private let rules = oneRule("alert: A\nmeasure: performance.accuracy\nwhen: value < 0.8\nfor: 1h\nannotations: {s: \"{{value}}\"}")

  private func run(_ test: String) throws -> RuleTestReport {
    try tester.run(try tester.read(RuleSource(path: "t.test.yaml", text: test)), rules: try check(rules))
  }

  @Test func `prints what was expected and what was there`() throws {
    let report = try run(
      """
      rule_files: [r.yaml]
      evaluation_interval: 30m
      tests:
        - name: t
          interval: 1h
          input_series:
            - {measure: performance.accuracy, values: "0.9 0.7x3"}
            - {measure: performance.accuracy, slice: {region: north}, values: "0.7 error 0.7"}
          alert_rule_test:
            - {eval_time: 30m, alertname: A, exp_alerts: [{slice: {region: north}, state: pending}]}
            - {eval_time: 2h, alertname: A, exp_alerts: [{slice: {region: north}, exp_annotations: {s: "0.7"}}, {slice: {}}]}
            - {eval_time: 2h, alertname: A}
      """)
    #expect(report.tests == 1 && report.expectations == 3)
    #expect(
      report.failures.map(\.description) == [
        """
        t.test.yaml:12: test "t": A at 2h
          expected: no firing alert
          got:      firing {region="north"}, firing {}
        """
      ])
  }

  @Test func `a missing, a pending and a wrongly labelled alert fail, a pending one that is not listed does not`() throws {
    func failures(_ expectation: String) throws -> Int {
      try run(
        """
        rule_files: [r.yaml]
        tests:
          - interval: 1h
            input_series: [{measure: performance.accuracy, values: "0.7x5"}]
            alert_rule_test: [{eval_time: 0, alertname: A}, \(expectation)]
        """
      ).failures.count
    }
    #expect(try failures("{eval_time: 0, alertname: A, exp_alerts: [{state: firing}]}") == 1)
    #expect(try failures("{eval_time: 0, alertname: A, exp_alerts: [{state: pending}]}") == 0)
    #expect(try failures("{eval_time: 1h, alertname: A, exp_alerts: [{exp_labels: {severity: info}}]}") == 1)
    #expect(try failures("{eval_time: 1h, alertname: A, exp_alerts: [{exp_labels: {severity: warning, alertname: A}}]}") == 0)
    #expect(try failures("{eval_time: 1h, alertname: A, exp_alerts: [{}, {}]}") == 1)
    #expect(try failures("{eval_time: 9h, alertname: A, exp_alerts: [{}]}") == 0)
    #expect(try failures("{eval_time: 90m, alertname: A, exp_alerts: [{exp_annotations: {s: wrong}}]}") == 1)
  }

  @Test func `reports every fault of a test file`() {
    let text = """
      rule_file: [r.yaml]
      evaluation_interval: 5
      tests:
        - name: t
          interval: 0s
          input_series:
            - {measure: nothing.here, values: "0.9 x"}
            - {measure: suite.*.accuracy, values: "changed"}
            - {measure: traffic.rows, values: "1x3", n: "1 2", verdict: "maybe"}
            - {slice: 3}
          alert_rule_test:
            - {eval_time: soon, exp_alerts: [{state: burning}]}
        - input_series: []
      """
    let error = #expect(throws: DocumentFaults.self) { try tester.read(RuleSource(path: "t.test.yaml", text: text)) }
    #expect(
      error?.faults.map { String($0.description.split(separator: "\n")[0]) } == [
        "t.test.yaml:1:1: missing key \"rule_files\"",
        "t.test.yaml:1:1: unknown key \"rule_file\" in a rule test file",
        "t.test.yaml:2:22: evaluation_interval: duration \"5\" has no unit after 5",
        "t.test.yaml:4:5: test \"t\": neither the test's \"interval\" nor the file's \"evaluation_interval\" is written",
        "t.test.yaml:5:15: test \"t\": interval must be longer than 0",
        "t.test.yaml:7:19: test \"t\": unknown measure \"nothing.here\"",
        "t.test.yaml:7:46: test \"t\": values: cannot read \"x\" as a sample",
        "t.test.yaml:8:19: test \"t\": a series is of one measure, so \"*\" cannot stand in its name",
        "t.test.yaml:8:45: test \"t\": values cannot be \"changed\"",
        "t.test.yaml:9:51: test \"t\": n has 2 samples and values has 4",
        "t.test.yaml:9:68: test \"t\": verdict: cannot read \"maybe\" as a sample",
        "t.test.yaml:10:9: test \"t\": a series needs \"measure\"",
        "t.test.yaml:10:9: test \"t\": a series needs \"values\"",
        "t.test.yaml:10:17: test \"t\": slice must be a mapping (key: value), got \"3\"",
        "t.test.yaml:12:9: test \"t\": an alert_rule_test needs \"alertname\"",
        "t.test.yaml:12:21: test \"t\": eval_time: duration \"soon\" has no number before \"s\"",
        "t.test.yaml:12:48: test \"t\": state must be one of inactive, pending, firing, resolved, got \"burning\"",
        "t.test.yaml:13:5: test \"#2\": missing key \"alert_rule_test\"",
        "t.test.yaml:13:5: test \"#2\": neither the test's \"interval\" nor the file's \"evaluation_interval\" is written",
      ])
  }

  @Test func `an alert that no rule file has is a fault`() throws {
    let error = #expect(throws: DocumentFaults.self) {
      try run(
        """
        rule_files: []
        tests:
          - {interval: 1h, alert_rule_test: [{eval_time: 0, alertname: B}]}
        """)
    }
    #expect(error?.faults.map(\.message) == ["there is no alert \"B\" in the rule files"])
  }

  @Test func `too many evaluations are refused`() {
    let text = "rule_files: []\ntests:\n  - {interval: 1s, alert_rule_test: [{eval_time: 3000d, alertname: A}]}\n"
    #expect(throws: DocumentFaults.self) { try tester.read(RuleSource(path: "t", text: text)) }
  }

  // MARK: - What is shipped

  @Test func `the shipped rules have no fault`() throws {
    let rules = try RuleChecker(measures: knownMeasures).check(paths: [shippedRules.path])
    #expect(rules.rules.count >= 15)
    #expect(rules.rules.allSatisfy { $0.annotations["summary"] != nil && $0.annotations["action"] != nil })
    #expect(Set(rules.rules.filter { $0.then == .retrain }.map(\.group)) == ["quality", "bias"])
  }

  @Test(arguments: ["drift", "quality", "bias", "remote", "suites", "health"])
  func `the shipped rules pass their tests`(name: String) throws {
    let report = try tester.run(path: shippedRules.appending(path: "\(name).test.yaml").path)
    #expect(report.failures.map(\.description) == [])
    #expect(report.expectations > 0)
  }
}
