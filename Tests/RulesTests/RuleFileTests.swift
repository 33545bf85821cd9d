import Documents
import Records
import Testing

@testable import Rules

struct RuleFileTests {
  @Test func `reads every key of a rule`() throws {
    let rules = try check(
      oneRule(
        """
        alert: AccuracyFell
        measure: performance.accuracy
        where: {region: north, channel: "=~em.*", speech: "!=standard"}
        when: verdict == changed and value < reference
        for: 12h
        keep_firing_for: 1d
        min_samples: 200
        on_no_data: alert
        severity: critical
        labels: {team: routing, tier: 1}
        annotations: {summary: "fell to {{ value }}"}
        then: {suite: core}
        """))
    let rule = try #require(rules.rule(named: "AccuracyFell"))
    #expect(rule.group == "g")
    #expect(rule.measure.text == "performance.accuracy")
    #expect(rule.matchers.map(\.description) == ["channel=~\"em.*\"", "region=\"north\"", "speech!=\"standard\""])
    #expect(rule.hold == Period(seconds: 43_200))
    #expect(rule.keepFiring == Period(seconds: 86_400))
    #expect(rule.samplesMin == 200)
    #expect(rule.onNoData == .alert)
    #expect(rule.severity == .critical)
    #expect(rule.labels == ["team": "routing", "tier": "1"])
    #expect(rule.then == .suite("core"))
    #expect(rule.location == "r.yaml:4")
    #expect(
      rule.description
        == "performance.accuracy{channel=~\"em.*\", region=\"north\", speech!=\"standard\"}: verdict == changed and value < reference for 12h, critical, then suite core"
    )
  }

  @Test func `has defaults for all but the name, the measure and the condition`() throws {
    let rule = try #require(try check(oneRule("alert: A\nmeasure: drift.input.length\nwhen: verdict == changed")).rules.first)
    #expect(rule.hold == .zero && rule.keepFiring == .zero && rule.samplesMin == 0)
    #expect(rule.onNoData == .keep && rule.severity == .warning && rule.then == .nothing)
    #expect(rule.matchers.isEmpty && rule.labels.isEmpty && rule.annotations.isEmpty)
  }

  @Test(
    arguments: [
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nsevertiy: info",
        "r.yaml:7:9: rule \"A\": unknown key \"severtiy\" in a rule\nhint: did you mean \"severity\"?"
      ),
      (
        "alert: A\nmeasure: performance.acuracy\nwhen: n > 1",
        "r.yaml:5:18: rule \"A\": unknown measure \"performance.acuracy\"\nhint: did you mean \"performance.accuracy\"?"
      ),
      (
        "alert: A\nmeasure: suite.core\nwhen: n > 1",
        "r.yaml:5:18: rule \"A\": unknown measure \"suite.core\"\nhint: a suite's measure is suite.NAME.METRIC"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nfor: 30",
        "r.yaml:7:14: rule \"A\": for: duration \"30\" has no unit after 30\nhint: write 30s, 30m, 30h or 30d"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nkeep_firing_for: soon",
        "r.yaml:7:26: rule \"A\": keep_firing_for: duration \"soon\" has no number before \"s\"\nhint: write for example 30m, 12h or 2d"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n >> 1",
        "r.yaml:6:18: rule \"A\": when, character 4: expected a field or a number, found \">\""
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: \"valeu > 1\"",
        "r.yaml:6:16: rule \"A\": when, character 1: unknown name \"valeu\"\nhint: did you mean \"value\"?"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: |\n  n > 1\n  and value = 2",
        "r.yaml:8:21: rule \"A\": when, character 17: \"=\" has no meaning here\nhint: write \"==\""
      ),
      (
        "alert: A\nmeasure: performance.accuracy\nwhen: n > 9 and value > 1.5",
        "r.yaml:6:25: rule \"A\": when: this comparison can never hold: value is in 0...1 and the number is 1.5\n"
          + "hint: the alert would never fire by it; mend the threshold"
      ),
      ("alert: A\nmeasure: traffic.rows\nwhen: n > 1\nmin_samples: -3", "r.yaml:7:22: rule \"A\": min_samples must be at least 0, got -3"),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nmin_samples: many", "r.yaml:7:22: rule \"A\": min_samples must be a whole number, got \"many\""
      ),
      ("alert: A\nmeasure: traffic.rows\nwhen: n > 1\nmin_samples: 1.5", "r.yaml:7:22: rule \"A\": min_samples must be a whole number, got \"1.5\""),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nseverity: crticial",
        "r.yaml:7:19: rule \"A\": severity must be one of info, warning, critical, got \"crticial\"\nhint: did you mean \"critical\"?"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\non_no_data: ignore",
        "r.yaml:7:21: rule \"A\": on_no_data must be one of keep, alert, resolve, got \"ignore\""
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nthen: retrian",
        "r.yaml:7:15: rule \"A\": then must be retrain, review, nothing or {suite: NAME}, got \"retrian\"\nhint: did you mean \"retrain\"?"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nthen: {suit: core}",
        "r.yaml:7:16: rule \"A\": unknown key \"suit\" in then\nhint: did you mean \"suite\"?"
      ),
      ("alert: A\nmeasure: traffic.rows\nwhen: n > 1\nlabels: [a]", "r.yaml:7:17: rule \"A\": labels must be a mapping (key: value), got a list"),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nlabels: {severity: info}",
        "r.yaml:7:28: rule \"A\": label \"severity\" is set by Vigil\nhint: severity is a key of the rule itself"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nlabels: {v: \"{{value}}\"}",
        "r.yaml:7:21: rule \"A\": label \"v\" has a template\nhint: labels are fixed text; templates belong into annotations"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nannotations: {s: \"is {{vlaue}}\"}",
        "r.yaml:7:32: rule \"A\": annotation \"s\": there is no field \"vlaue\" to put in\nhint: did you mean \"value\"?"
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nannotations: {s: \"is {{value\"}",
        "r.yaml:7:30: rule \"A\": annotation \"s\": \"{{\" is never closed\nhint: close it with \"}}\""
      ),
      ("alert: A\nmeasure: traffic.rows\nwhen: [n]", "r.yaml:6:15: rule \"A\": when must be text, got a list"),
      ("alert: A\nmeasure: traffic.rows\nwhen:", "r.yaml:6:14: rule \"A\": when must be text, got nothing"),
      ("alert: A\nmeasure: traffic.rows", "r.yaml:4:9: rule \"A\": missing key \"when\""),
      ("measure: traffic.rows\nwhen: n > 1", "r.yaml:4:9: missing key \"alert\""),
      (
        "alert: A\nmeasure: traffic.rows\nexpr: up == 0\nwhen: n > 1",
        "r.yaml:6:9: rule \"A\": unknown key \"expr\" in a rule\nhint: there is no PromQL here: name the measure in \"measure\" and the condition in \"when\""
      ),
      (
        "alert: A\nmeasure: traffic.rows\nwhen: n > 1\nwhen: n > 2",
        "r.yaml:6:9: key \"when\" is written more than once\nhint: keep one; of two, neither can be said to hold"
      ),
    ])
  func `says what is wrong, where, and how to mend it`(keys: String, expected: String) {
    #expect(faults(oneRule(keys)) == [expected])
  }

  @Test func `refuses a pattern that cannot be compiled`() throws {
    let found = faults(oneRule("alert: A\nmeasure: traffic.rows\nwhere: {region: \"=~(no\"}\nwhen: n > 1"))
    #expect(found.count == 1)
    #expect(try #require(found.first).hasPrefix("r.yaml:6:25: rule \"A\": pattern \"(no\" for label \"region\" cannot be read"))
  }

  @Test func `reports every fault of a file at once, in reading order`() {
    let found = faults(
      """
      groups:
        - name: g
          interval: 1m
          rules:
            - alert: A
              measure: nothing.like.it
              when: value >
              for: 5
            - alert: A
              measure: traffic.rows
              when: n > 1
              severity: loud
        - name: g
          rules: none
        - rules: []
      extra: 1
      """)
    #expect(
      found.map { String($0.split(separator: "\n")[0]) } == [
        "r.yaml:3:5: unknown key \"interval\" in a group",
        "r.yaml:6:18: rule \"A\": unknown measure \"nothing.like.it\"",
        "r.yaml:7:22: rule \"A\": when, character 8: expected a field or a number, found the end",
        "r.yaml:8:14: rule \"A\": for: duration \"5\" has no unit after 5",
        "r.yaml:9:16: rule \"A\": there is another alert of this name at r.yaml:5",
        "r.yaml:12:19: rule \"A\": severity must be one of info, warning, critical, got \"loud\"",
        "r.yaml:13:11: group \"g\" is written more than once in this file",
        "r.yaml:14:12: rules must be a list, got \"none\"",
        "r.yaml:15:5: a group needs a \"name\"",
        "r.yaml:16:1: unknown key \"extra\" in a rule file",
      ])
  }

  @Test(
    arguments: [
      ("", "r.yaml:1:1: the file is empty\nhint: a rule file starts with groups:"),
      ("# nothing but a comment\n", "r.yaml:1:1: the file is empty\nhint: a rule file starts with groups:"),
      ("- a\n", "r.yaml:1:1: a rule file must be a mapping (key: value), got a list"),
      ("{}\n", "r.yaml:1:1: missing key \"groups\""),
      (
        "groups:\n\t- name: g\n",
        "r.yaml:2:1: not YAML: while scanning for the next token, found character that cannot start any token\n"
          + "hint: indent with spaces, and quote text that starts with a sign"
      ),
      ("groups: [a\n", "r.yaml:2:1: not YAML: while parsing a flow sequence, did not find expected ',' or ']'"),
      ("groups: []\n---\ngroups: []\n", "r.yaml:2:1: not YAML: expected a single document in the stream, but found another document"),
      ("groups: *x\n", "r.yaml:1:9: not YAML: found undefined alias"),
    ])
  func `places what is not a rule file`(text: String, expected: String) {
    #expect(faults(text) == [expected])
  }

  @Test func `a name stands for one rule over all files`() {
    let text = oneRule("alert: A\nmeasure: traffic.rows\nwhen: n > 1")
    let error = #expect(throws: DocumentFaults.self) {
      try RuleChecker(measures: knownMeasures).check([RuleSource(path: "a.yaml", text: text), RuleSource(path: "b.yaml", text: text)])
    }
    #expect(
      error?.faults.map(\.description) == [
        "b.yaml:4:16: rule \"A\": there is another alert of this name at a.yaml:4\nhint: a name stands for one rule over all files"
      ])
  }

  @Test(arguments: ["no/such.yaml", "/dev/null/x"])
  func `a file that is not there is a fault and no crash`(path: String) {
    let error = #expect(throws: DocumentFaults.self) { try RuleChecker(measures: knownMeasures).check(paths: [path]) }
    #expect(error?.faults.first?.message == "there is no such file")
  }

  @Test func `hostile files end in faults`() {
    let deep = String(repeating: "[", count: 20_000)
    let huge = "groups: [" + String(repeating: "a, ", count: 400_000) + "]"
    let aliases = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ngroups: [*c, *c]\n"
    let control = "groups:\n  - name: \u{1}\n"
    for text in [deep, huge, aliases, control, "\u{FEFF}groups: 1", "groups: !!binary x", "? [a]\n: b", "{"] {
      #expect(!faults(text).isEmpty)
    }
  }

  @Test func `a star stands for one part of a measure's name`() throws {
    let rule = try #require(try check(oneRule("alert: A\nmeasure: suite.*.accuracy\nwhen: value < 0.5")).rules.first)
    #expect(rule.measure.matches("suite.core.accuracy"))
    #expect(!rule.measure.matches("suite.core.f1"))
    #expect(!rule.measure.matches("suite.a.b.accuracy"))
    #expect(faults(oneRule("alert: A\nmeasure: drift.*\nwhen: n > 1")).count == 1)
  }

  @Test(
    arguments: [
      ("north", ["region": "north"], true), ("north", ["region": "northern"], false), ("north", [:], false), ("", [:], true),
      ("=~no.*", ["region": "north"], true), ("~no", ["region": "north"], false), ("!=north", [:], true), ("!~no.*|so.*", ["region": "south"], false),
      ("=~.*", ["region": "x\u{301}\n"], false), ("!~(a+)+", ["region": "b"], true),
    ] as [(String, [String: String], Bool)])
  func `matches whole labels, and an absent label as empty text`(written: String, labels: [String: String], matches: Bool) throws {
    #expect(try LabelMatcher(label: "region", written: written).matches(Slice(labels)) == matches)
  }
}
