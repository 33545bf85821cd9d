import Documents
import Records

/// Reads one rule test file, with every fault that is in it.
struct RuleTestReader {
  private let document: YAMLDocument
  private let measures: MeasureNames

  private static let numericFields = ["n", "reference", "lower", "upper", "effect", "tolerance", "p_value", "e_value"]

  init(_ source: RuleSource, measures: MeasureNames) {
    document = YAMLDocument(text: source.text, file: source.path, hintIfEmpty: "a rule test file has rule_files: and tests:")
    self.measures = measures
  }

  var faults: [DocumentFault] { document.faults }

  func read() -> RuleTestFile? {
    guard let root = document.content, let entries = root.entries("a rule test file", known: ["rule_files", "evaluation_interval", "tests"]) else {
      return nil
    }
    var ruleFiles: [String] = []
    var testNodes: [YAMLNode] = []
    var evaluationInterval: Period?
    for (key, node) in entries {
      switch key {
      case "rule_files": ruleFiles = (node.list("rule_files") ?? []).compactMap { $0.text("a rule file") }
      case "evaluation_interval": evaluationInterval = positiveDuration(node, "evaluation_interval")
      default: testNodes = node.list("tests") ?? []
      }
    }
    let present = Set(entries.map(\.key))
    for key in ["rule_files", "tests"] where !present.contains(key) { root.fault("missing key \"\(key)\"") }
    let tests = testNodes.enumerated().compactMap { index, node in read(test: node, number: index + 1, evaluationInterval: evaluationInterval) }
    return RuleTestFile(path: document.file, ruleFiles: ruleFiles, tests: tests)
  }

  private func read(test node: YAMLNode, number: Int, evaluationInterval: Period?) -> RuleTest? {
    var node = node
    node.subject = "test \"\(node.peek("name") ?? "#\(number)")\""
    guard let entries = node.entries("a test", known: ["name", "interval", "input_series", "alert_rule_test"]) else { return nil }
    var test = RuleTest(
      name: "#\(number)", line: node.line, interval: .zero, evaluationInterval: .zero, series: [], expectations: [])
    var interval: Period?
    for (key, value) in entries {
      switch key {
      case "name": test.name = value.text("name") ?? test.name
      case "interval": interval = positiveDuration(value, "interval")
      case "input_series": test.series = (value.list("input_series") ?? []).compactMap { read(series: $0) }
      default: test.expectations = (value.list("alert_rule_test") ?? []).compactMap { read(expectation: $0) }
      }
    }
    if !entries.contains(where: { $0.key == "alert_rule_test" }) { node.fault("missing key \"alert_rule_test\"") }
    guard let spacing = interval ?? evaluationInterval else {
      node.fault("neither the test's \"interval\" nor the file's \"evaluation_interval\" is written", hint: "write for example interval: 12h")
      return nil
    }
    test.interval = spacing
    test.evaluationInterval = evaluationInterval ?? spacing
    let last = test.expectations.map(\.time.seconds).max() ?? 0
    guard last / test.evaluationInterval.seconds <= RuleTest.evaluationsMax else {
      node.fault("the test needs more than \(RuleTest.evaluationsMax) evaluations", hint: "write a longer evaluation_interval")
      return nil
    }
    return test
  }

  // MARK: - Series

  private func read(series node: YAMLNode) -> RuleTest.Series? {
    let keys = ["measure", "slice", "values", "verdict"] + Self.numericFields
    guard let entries = node.entries("a series", known: keys, foreign: ["series": "write measure: and slice: instead"]) else { return nil }
    var series = RuleTest.Series(measure: "", slice: .all, values: [], fields: [:])
    for (key, value) in entries {
      switch key {
      case "measure":
        guard let name = value.text("measure") else { continue }
        let pattern = MeasurePattern(name)
        if measures.entries(matching: pattern).isEmpty {
          value.fault("unknown measure \"\(name)\"", hint: measures.hint(for: pattern))
        } else if !pattern.isExact {
          value.fault("a series is of one measure, so \"*\" cannot stand in its name")
        }
        series.measure = name
      case "slice": series.slice = Slice(texts(value, "slice"))
      case "values": series.values = samples(value, "values", words: ["insufficient", "error"])
      case "verdict": series.fields[key] = samples(value, key, words: Verdict.allCases.map(\.rawValue))
      default: series.fields[key] = samples(value, key, words: [])
      }
    }
    let present = Set(entries.map(\.key))
    for key in ["measure", "values"] where !present.contains(key) { node.fault("a series needs \"\(key)\"") }
    for (key, value) in entries {
      guard let field = series.fields[key], field.count != 1, field.count != series.values.count, !field.isEmpty else { continue }
      value.fault("\(key) has \(field.count) samples and values has \(series.values.count)", hint: "give one for all, or one for each value")
    }
    return series
  }

  private func samples(_ node: YAMLNode, _ what: String, words: [String]) -> [SeriesItem] {
    guard let text = node.text(what) else { return [] }
    let items: [SeriesItem]
    do {
      items = try SeriesNotation.parse(text)
    } catch {
      node.fault("\(what): \(error.message)", hint: error.hint, offset: error.offset)
      return []
    }
    if items.isEmpty { node.fault("\(what) has no samples") }
    for item in Set(items) {
      switch item {
      case .missing: continue
      case .number where what != "verdict": continue
      case .number(let number):
        node.fault("\(what) cannot be the number \(AnnotationTemplate.number(number))", hint: "write changed, unchanged or insufficient")
      case .word(let word) where !words.contains(word): node.fault("\(what) cannot be \"\(word)\"")
      case .word: continue
      }
    }
    return items
  }

  // MARK: - Expectations

  private func read(expectation node: YAMLNode) -> RuleTest.Expectation? {
    guard let entries = node.entries("an alert_rule_test", known: ["eval_time", "alertname", "exp_alerts"]) else { return nil }
    var time: Period?
    var alert: String?
    var alerts: [RuleTest.ExpectedAlert] = []
    for (key, value) in entries {
      switch key {
      case "eval_time": time = value.period("eval_time")
      case "alertname": alert = value.text("alertname")
      default:
        // `exp_alerts:` with nothing after it expects none, as in promtool.
        if value.isNothing { continue }
        alerts = (value.list("exp_alerts") ?? []).compactMap { read(expected: $0) }
      }
    }
    let present = Set(entries.map(\.key))
    for key in ["eval_time", "alertname"] where !present.contains(key) { node.fault("an alert_rule_test needs \"\(key)\"") }
    guard let time, let alert else { return nil }
    return RuleTest.Expectation(time: time, alert: alert, alerts: alerts, line: node.line)
  }

  private func read(expected node: YAMLNode) -> RuleTest.ExpectedAlert? {
    guard let entries = node.entries("an expected alert", known: ["slice", "exp_labels", "exp_annotations", "state"]) else { return nil }
    var expected = RuleTest.ExpectedAlert(slice: nil, labels: [:], annotations: [:], state: .firing)
    for (key, value) in entries {
      switch key {
      case "slice": expected.slice = Slice(texts(value, key))
      case "exp_labels": expected.labels = texts(value, key)
      case "exp_annotations": expected.annotations = texts(value, key)
      default: expected.state = value.word(key, as: AlertState.self) ?? .firing
      }
    }
    if expected.slice == nil, expected.labels.isEmpty { expected.slice = .all }
    return expected
  }

  private func texts(_ node: YAMLNode, _ what: String) -> [String: String] {
    var texts: [String: String] = [:]
    for (key, value) in node.entries(what, known: nil) ?? [] { texts[key] = value.text("\"\(key)\" in \(what)", allowEmpty: true) }
    return texts
  }

  private func positiveDuration(_ node: YAMLNode, _ what: String) -> Period? {
    guard let duration = node.period(what) else { return nil }
    guard duration > .zero else {
      node.fault("\(what) must be longer than 0")
      return nil
    }
    return duration
  }
}
