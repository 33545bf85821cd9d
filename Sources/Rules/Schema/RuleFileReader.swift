import Records
import Yams

/// Reads one rule file: Prometheus' shape (rulefmt.RuleGroups) over measures instead of PromQL.
///
///     groups:
///       - name: quality
///         rules:
///           - alert: AccuracyFell
///             measure: performance.accuracy
///             where: {region: north}
///             when: verdict == changed and effect < 0
///             for: 12h
///             keep_firing_for: 1d
///             min_samples: 200
///             on_no_data: keep
///             severity: critical
///             labels: {team: routing}
///             annotations: {summary: "accuracy fell to {{value}}"}
///             then: retrain
struct RuleFileReader {
  private var file: YAMLFile
  private let measures: MeasureNames

  private static let ruleKeys = [
    "alert", "measure", "where", "when", "for", "keep_firing_for", "min_samples", "on_no_data", "severity", "labels", "annotations", "then",
  ]
  private static let foreignRuleKeys = [
    "expr": "there is no PromQL here: name the measure in \"measure\" and the condition in \"when\"",
    "record": "there are no recording rules: measurements are stored already",
    "action": "write it as \"then\"",
    "threshold": "write it in \"when\", as in when: value > 0.2",
    "window": "windows belong to the measure and are set in the configuration of the deployment",
  ]
  private static let foreignGroupKeys = [
    "interval": "rules are judged when their measures are measured; the schedule is in the configuration of the deployment",
    "limit": "there is no limit that would drop alerts",
  ]
  /// Words that an alert carries as fields of its own.
  private static let reservedLabels = ["alertname", "deployment", "measure", "severity"]

  init(_ source: RuleSource, measures: MeasureNames) {
    file = YAMLFile(source)
    self.measures = measures
  }

  var faults: [RuleFault] { file.faults }

  /// The file's rules that have no fault.
  ///
  /// - places: alert names to where they are written, over all files so far.
  mutating func read(namesTakenBy places: inout [String: String]) -> [Rule] {
    guard let root = file.root else {
      if file.faults.isEmpty { file.fault(at: nil, "the file is empty", hint: "a rule file starts with groups:") }
      return []
    }
    guard let entries = file.mapping(root, "a rule file", known: ["groups"]) else { return [] }
    guard let groups = entries.first(where: { $0.key == "groups" }) else {
      file.fault(at: root, "missing key \"groups\"")
      return []
    }
    var rules: [Rule] = []
    var groupNames: Set<String> = []
    for group in file.list(groups.node, "groups") ?? [] { rules += read(group: group, names: &groupNames, places: &places) }
    return rules
  }

  private mutating func read(group: Node, names: inout Set<String>, places: inout [String: String]) -> [Rule] {
    guard let entries = file.mapping(group, "a group", known: ["name", "rules"], foreign: Self.foreignGroupKeys) else { return [] }
    var name = ""
    if let node = entries.first(where: { $0.key == "name" })?.node {
      if let text = file.text(node, "name") {
        name = text
        if !names.insert(text).inserted { file.fault(at: node, "group \"\(text)\" is written more than once in this file") }
      }
    } else {
      file.fault(at: group, "a group needs a \"name\"")
    }
    guard let node = entries.first(where: { $0.key == "rules" })?.node else {
      file.fault(at: group, "a group needs \"rules\"")
      return []
    }
    return (file.list(node, "rules") ?? []).compactMap { read(rule: $0, group: name, places: &places) }
  }

  private mutating func read(rule node: Node, group: String, places: inout [String: String]) -> Rule? {
    let before = file.faults.count
    // The name is looked for first, so that every fault of the rule can say whose it is.
    let name = node.mapping?.first { $0.key.scalar?.string == "alert" }?.value.scalar?.string
    file.subject = name.map { "rule \"\($0)\"" }
    defer { file.subject = nil }
    guard let entries = file.mapping(node, "a rule", known: Self.ruleKeys, foreign: Self.foreignRuleKeys) else { return nil }
    var draft = Draft()
    for (key, value) in entries { read(key: key, value: value, into: &draft, places: &places) }
    let present = Set(entries.map(\.key))
    for key in ["alert", "measure", "when"] where !present.contains(key) { file.fault(at: node, "missing key \"\(key)\"") }
    if let (measure, measureNode) = draft.measure { check(measure, at: measureNode, condition: draft.condition) }
    guard file.faults.count == before, let name = draft.name, let measure = draft.measure?.pattern, let condition = draft.condition?.value else {
      return nil
    }
    return Rule(
      name: name, group: group, measure: measure, matchers: draft.matchers, condition: condition, hold: draft.hold, keepFiring: draft.keepFiring,
      samplesMin: draft.samplesMin, onNoData: draft.onNoData, severity: draft.severity, labels: draft.labels, annotations: draft.annotations,
      then: draft.then, location: "\(file.path):\(node.mark?.line ?? 1)")
  }

  /// A rule whose keys are still being read; what is not written has its default.
  private struct Draft {
    var name: String?
    var measure: (pattern: MeasurePattern, node: Node)?
    var condition: (value: Condition, node: Node)?
    var matchers: [LabelMatcher] = []
    var hold = RuleDuration.zero
    var keepFiring = RuleDuration.zero
    var samplesMin = 0
    var onNoData = Rule.NoDataPolicy.keep
    var severity = Severity.warning
    var labels: [String: String] = [:]
    var annotations: [String: AnnotationTemplate] = [:]
    var then = Rule.Consequence.nothing
  }

  private mutating func read(key: String, value: Node, into draft: inout Draft, places: inout [String: String]) {
    switch key {
    case "alert":
      guard let name = file.text(value, "alert") else { return }
      if let other = places[name] {
        file.fault(at: value, "there is another alert of this name at \(other)", hint: "a name stands for one rule over all files")
      } else {
        places[name] = "\(file.path):\(value.mark?.line ?? 1)"
        draft.name = name
      }
    case "measure": draft.measure = file.text(value, "measure").map { (MeasurePattern($0), value) }
    case "where": draft.matchers = matchers(value)
    case "when":
      guard let text = file.text(value, "when") else { return }
      do {
        draft.condition = (try Condition(parsing: text), value)
      } catch {
        file.fault(at: value, "when, character \(error.offset + 1): \(error.message)", hint: error.hint, offset: error.offset)
      }
    case "for": draft.hold = file.duration(value, "for") ?? .zero
    case "keep_firing_for": draft.keepFiring = file.duration(value, "keep_firing_for") ?? .zero
    case "min_samples": draft.samplesMin = file.count(value, "min_samples") ?? 0
    case "on_no_data": draft.onNoData = file.word(value, "on_no_data", as: Rule.NoDataPolicy.self) ?? .keep
    case "severity": draft.severity = file.word(value, "severity", as: Severity.self) ?? .warning
    case "labels": draft.labels = labels(value)
    case "annotations": draft.annotations = annotations(value)
    case "then": draft.then = consequence(value) ?? .nothing
    default: preconditionFailure("a mapping's entries are those of its known keys, and \(key) is none")
    }
  }

  // MARK: - Values of single keys

  private mutating func check(_ measure: MeasurePattern, at node: Node, condition: (value: Condition, node: Node)?) {
    guard !measures.entries(matching: measure).isEmpty else {
      file.fault(at: node, "unknown measure \"\(measure)\"", hint: measures.hint(for: measure))
      return
    }
    guard let condition else { return }
    for fault in condition.value.impossibilities(valueRange: measures.range(of: measure)) {
      file.fault(at: condition.node, "when: \(fault.message)", hint: fault.hint, offset: fault.offset)
    }
  }

  private mutating func matchers(_ node: Node) -> [LabelMatcher] {
    var found: [LabelMatcher] = []
    for (label, value) in file.mapping(node, "where", known: nil) ?? [] {
      guard let text = file.text(value, "label \"\(label)\" in where", allowEmpty: true) else { continue }
      do {
        found.append(try LabelMatcher(label: label, written: text))
      } catch {
        file.fault(at: value, error.message)
      }
    }
    return found.sorted { $0.label < $1.label }
  }

  private mutating func labels(_ node: Node) -> [String: String] {
    var labels: [String: String] = [:]
    for (label, value) in file.mapping(node, "labels", known: nil) ?? [] {
      if Self.reservedLabels.contains(label) {
        file.fault(at: value, "label \"\(label)\" is set by Vigil", hint: label == "severity" ? "severity is a key of the rule itself" : nil)
      } else if let text = file.text(value, "label \"\(label)\"") {
        if text.contains("{{") {
          file.fault(at: value, "label \"\(label)\" has a template", hint: "labels are fixed text; templates belong into annotations")
        }
        labels[label] = text
      }
    }
    return labels
  }

  private mutating func annotations(_ node: Node) -> [String: AnnotationTemplate] {
    var annotations: [String: AnnotationTemplate] = [:]
    for (name, value) in file.mapping(node, "annotations", known: nil) ?? [] {
      guard let text = file.text(value, "annotation \"\(name)\"") else { continue }
      do {
        annotations[name] = try AnnotationTemplate(parsing: text)
      } catch {
        file.fault(at: value, "annotation \"\(name)\": \(error.message)", hint: error.hint, offset: error.offset)
      }
    }
    return annotations
  }

  private mutating func consequence(_ node: Node) -> Rule.Consequence? {
    if node.mapping != nil {
      guard let entries = file.mapping(node, "then", known: ["suite"]) else { return nil }
      guard let suite = entries.first else {
        if node.mapping?.isEmpty == true { file.fault(at: node, "then names nothing to do", hint: "write then: {suite: NAME}") }
        return nil
      }
      return file.text(suite.node, "suite").map { .suite($0) }
    }
    // `then:` with nothing after it says what leaving it out says.
    if let scalar = node.scalar, YAMLFile.isNull(scalar) { return .nothing }
    guard let word = file.text(node, "then") else { return nil }
    switch word {
    case "retrain": return .retrain
    case "review": return .review
    case "nothing": return .nothing
    default:
      let known = ["retrain", "review", "nothing"]
      let guess = Guess.nearest(to: word, among: known).map { "did you mean \"\($0)\"?" }
      file.fault(at: node, "then must be retrain, review, nothing or {suite: NAME}, got \"\(word)\"", hint: guess)
      return nil
    }
  }
}
