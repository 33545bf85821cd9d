import Records
import Yams

/// Reads one rule test file, with every fault that is in it.
struct RuleTestReader {
  private var file: YAMLFile
  private let measures: MeasureNames

  private static let numericFields = ["n", "reference", "lower", "upper", "effect", "tolerance", "p_value", "e_value"]

  init(_ source: RuleSource, measures: MeasureNames) {
    file = YAMLFile(source)
    self.measures = measures
  }

  var faults: [RuleFault] { file.faults }

  mutating func read() -> RuleTestFile? {
    guard let root = file.root else {
      if file.faults.isEmpty { file.fault(at: nil, "the file is empty", hint: "a rule test file has rule_files: and tests:") }
      return nil
    }
    guard let entries = file.mapping(root, "a rule test file", known: ["rule_files", "evaluation_interval", "tests"]) else { return nil }
    var ruleFiles: [String] = []
    var testNodes: [Node] = []
    var evaluationInterval: RuleDuration?
    for (key, node) in entries {
      switch key {
      case "rule_files": ruleFiles = (file.list(node, "rule_files") ?? []).compactMap { file.text($0, "a rule file") }
      case "evaluation_interval": evaluationInterval = positiveDuration(node, "evaluation_interval")
      default: testNodes = file.list(node, "tests") ?? []
      }
    }
    let present = Set(entries.map(\.key))
    for key in ["rule_files", "tests"] where !present.contains(key) { file.fault(at: root, "missing key \"\(key)\"") }
    let tests = testNodes.enumerated().compactMap { index, node in read(test: node, number: index + 1, evaluationInterval: evaluationInterval) }
    return RuleTestFile(path: file.path, ruleFiles: ruleFiles, tests: tests)
  }

  private mutating func read(test node: Node, number: Int, evaluationInterval: RuleDuration?) -> RuleTest? {
    file.subject = "test \"\(node.mapping?.first { $0.key.scalar?.string == "name" }?.value.scalar?.string ?? "#\(number)")\""
    defer { file.subject = nil }
    guard let entries = file.mapping(node, "a test", known: ["name", "interval", "input_series", "alert_rule_test"]) else { return nil }
    var test = RuleTest(
      name: "#\(number)", line: node.mark?.line ?? 1, interval: .zero, evaluationInterval: .zero, series: [], expectations: [])
    var interval: RuleDuration?
    for (key, value) in entries {
      switch key {
      case "name": test.name = file.text(value, "name") ?? test.name
      case "interval": interval = positiveDuration(value, "interval")
      case "input_series": test.series = (file.list(value, "input_series") ?? []).compactMap { read(series: $0) }
      default: test.expectations = (file.list(value, "alert_rule_test") ?? []).compactMap { read(expectation: $0) }
      }
    }
    if !entries.contains(where: { $0.key == "alert_rule_test" }) { file.fault(at: node, "missing key \"alert_rule_test\"") }
    guard let spacing = interval ?? evaluationInterval else {
      file.fault(
        at: node, "neither the test's \"interval\" nor the file's \"evaluation_interval\" is written", hint: "write for example interval: 12h")
      return nil
    }
    test.interval = spacing
    test.evaluationInterval = evaluationInterval ?? spacing
    let last = test.expectations.map(\.time.seconds).max() ?? 0
    guard last / test.evaluationInterval.seconds <= RuleTest.evaluationsMax else {
      file.fault(at: node, "the test needs more than \(RuleTest.evaluationsMax) evaluations", hint: "write a longer evaluation_interval")
      return nil
    }
    return test
  }

  // MARK: - Series

  private mutating func read(series node: Node) -> RuleTest.Series? {
    let keys = ["measure", "slice", "values", "verdict"] + Self.numericFields
    guard let entries = file.mapping(node, "a series", known: keys, foreign: ["series": "write measure: and slice: instead"]) else { return nil }
    var series = RuleTest.Series(measure: "", slice: .all, values: [], fields: [:])
    for (key, value) in entries {
      switch key {
      case "measure":
        guard let name = file.text(value, "measure") else { continue }
        let pattern = MeasurePattern(name)
        if measures.entries(matching: pattern).isEmpty {
          file.fault(at: value, "unknown measure \"\(name)\"", hint: measures.hint(for: pattern))
        } else if !pattern.isExact {
          file.fault(at: value, "a series is of one measure, so \"*\" cannot stand in its name")
        }
        series.measure = name
      case "slice": series.slice = Slice(texts(value, "slice"))
      case "values": series.values = samples(value, "values", words: ["insufficient", "error"])
      case "verdict": series.fields[key] = samples(value, key, words: Verdict.allCases.map(\.rawValue))
      default: series.fields[key] = samples(value, key, words: [])
      }
    }
    let present = Set(entries.map(\.key))
    for key in ["measure", "values"] where !present.contains(key) { file.fault(at: node, "a series needs \"\(key)\"") }
    for (key, value) in entries {
      guard let field = series.fields[key], field.count != 1, field.count != series.values.count, !field.isEmpty else { continue }
      file.fault(
        at: value, "\(key) has \(field.count) samples and values has \(series.values.count)", hint: "give one for all, or one for each value")
    }
    return series
  }

  private mutating func samples(_ node: Node, _ what: String, words: [String]) -> [SeriesItem] {
    guard let text = file.text(node, what) else { return [] }
    let items: [SeriesItem]
    do {
      items = try SeriesNotation.parse(text)
    } catch {
      file.fault(at: node, "\(what): \(error.message)", hint: error.hint, offset: error.offset)
      return []
    }
    if items.isEmpty { file.fault(at: node, "\(what) has no samples") }
    for item in Set(items) {
      switch item {
      case .missing: continue
      case .number where what != "verdict": continue
      case .number(let number):
        file.fault(at: node, "\(what) cannot be the number \(AnnotationTemplate.number(number))", hint: "write changed, unchanged or insufficient")
      case .word(let word) where !words.contains(word): file.fault(at: node, "\(what) cannot be \"\(word)\"")
      case .word: continue
      }
    }
    return items
  }

  // MARK: - Expectations

  private mutating func read(expectation node: Node) -> RuleTest.Expectation? {
    guard let entries = file.mapping(node, "an alert_rule_test", known: ["eval_time", "alertname", "exp_alerts"]) else { return nil }
    var time: RuleDuration?
    var alert: String?
    var alerts: [RuleTest.ExpectedAlert] = []
    for (key, value) in entries {
      switch key {
      case "eval_time": time = file.duration(value, "eval_time")
      case "alertname": alert = file.text(value, "alertname")
      default:
        // `exp_alerts:` with nothing after it expects none, as in promtool.
        if let scalar = value.scalar, YAMLFile.isNull(scalar) { continue }
        alerts = (file.list(value, "exp_alerts") ?? []).compactMap { read(expected: $0) }
      }
    }
    let present = Set(entries.map(\.key))
    for key in ["eval_time", "alertname"] where !present.contains(key) { file.fault(at: node, "an alert_rule_test needs \"\(key)\"") }
    guard let time, let alert else { return nil }
    return RuleTest.Expectation(time: time, alert: alert, alerts: alerts, line: node.mark?.line ?? 1)
  }

  private mutating func read(expected node: Node) -> RuleTest.ExpectedAlert? {
    guard let entries = file.mapping(node, "an expected alert", known: ["slice", "exp_labels", "exp_annotations", "state"]) else { return nil }
    var expected = RuleTest.ExpectedAlert(slice: nil, labels: [:], annotations: [:], state: .firing)
    for (key, value) in entries {
      switch key {
      case "slice": expected.slice = Slice(texts(value, key))
      case "exp_labels": expected.labels = texts(value, key)
      case "exp_annotations": expected.annotations = texts(value, key)
      default: expected.state = file.word(value, key, as: AlertState.self) ?? .firing
      }
    }
    if expected.slice == nil, expected.labels.isEmpty { expected.slice = .all }
    return expected
  }

  private mutating func texts(_ node: Node, _ what: String) -> [String: String] {
    var texts: [String: String] = [:]
    for (key, value) in file.mapping(node, what, known: nil) ?? [] { texts[key] = file.text(value, "\"\(key)\" in \(what)", allowEmpty: true) }
    return texts
  }

  private mutating func positiveDuration(_ node: Node, _ what: String) -> RuleDuration? {
    guard let duration = file.duration(node, what) else { return nil }
    guard duration > .zero else {
      file.fault(at: node, "\(what) must be longer than 0")
      return nil
    }
    return duration
  }
}
