import Documents
import Records

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
  private let document: YAMLDocument
  private let measures: MeasureNames
  private let deployments: [String]?
  /// Of the deployments that the file is for, those whose model cannot be trained.
  private let untrainable: [String]

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

  init(_ source: RuleSource, measures: MeasureNames, untrainable: [String]) {
    document = YAMLDocument(text: source.text, file: source.path, hintIfEmpty: "a rule file starts with groups:")
    self.measures = measures
    deployments = source.deployments
    self.untrainable = untrainable.filter { source.deployments?.contains($0) ?? true }
  }

  var faults: [DocumentFault] { document.faults }

  /// The file's rules that have no fault.
  ///
  /// - places: alert names to where they are written, over all files so far.
  func read(namesTakenBy places: inout [String: String]) -> [Rule] {
    guard let root = document.content, let entries = root.entries("a rule file", known: ["groups"]) else { return [] }
    guard let groups = entries.first(where: { $0.key == "groups" }) else {
      root.fault("missing key \"groups\"")
      return []
    }
    var rules: [Rule] = []
    var groupNames: Set<String> = []
    for group in groups.node.list("groups") ?? [] { rules += read(group: group, names: &groupNames, places: &places) }
    return rules
  }

  private func read(group: YAMLNode, names: inout Set<String>, places: inout [String: String]) -> [Rule] {
    guard let entries = group.entries("a group", known: ["name", "rules"], foreign: Self.foreignGroupKeys) else { return [] }
    var name = ""
    if let node = entries.first(where: { $0.key == "name" })?.node {
      if let text = node.text("name") {
        name = text
        if !names.insert(text).inserted { node.fault("group \"\(text)\" is written more than once in this file") }
      }
    } else {
      group.fault("a group needs a \"name\"")
    }
    guard let node = entries.first(where: { $0.key == "rules" })?.node else {
      group.fault("a group needs \"rules\"")
      return []
    }
    return (node.list("rules") ?? []).compactMap { read(rule: $0, group: name, places: &places) }
  }

  private func read(rule node: YAMLNode, group: String, places: inout [String: String]) -> Rule? {
    let before = document.faults.count
    // The name is looked for first, so that every fault of the rule can say whose it is.
    var node = node
    node.subject = node.peek("alert").map { "rule \"\($0)\"" }
    guard let entries = node.entries("a rule", known: Self.ruleKeys, foreign: Self.foreignRuleKeys) else { return nil }
    var draft = Draft()
    for (key, value) in entries { read(key: key, value: value, into: &draft, places: &places) }
    let present = Set(entries.map(\.key))
    for key in ["alert", "measure", "when"] where !present.contains(key) { node.fault("missing key \"\(key)\"") }
    if let (measure, measureNode) = draft.measure { check(measure, at: measureNode, condition: draft.condition) }
    guard document.faults.count == before, let name = draft.name, let measure = draft.measure?.pattern, let condition = draft.condition?.value else {
      return nil
    }
    return Rule(
      name: name, group: group, measure: measure, matchers: draft.matchers, condition: condition, hold: draft.hold, keepFiring: draft.keepFiring,
      samplesMin: draft.samplesMin, onNoData: draft.onNoData, severity: draft.severity, labels: draft.labels, annotations: draft.annotations,
      then: draft.then, deployments: deployments, location: node.location)
  }

  /// A rule whose keys are still being read; what is not written has its default.
  private struct Draft {
    var name: String?
    var measure: (pattern: MeasurePattern, node: YAMLNode)?
    var condition: (value: Condition, node: YAMLNode)?
    var matchers: [LabelMatcher] = []
    var hold = Period.zero
    var keepFiring = Period.zero
    var samplesMin = 0
    var onNoData = Rule.NoDataPolicy.keep
    var severity = Severity.warning
    var labels: [String: String] = [:]
    var annotations: [String: AnnotationTemplate] = [:]
    var then = Rule.Consequence.nothing
  }

  private func read(key: String, value: YAMLNode, into draft: inout Draft, places: inout [String: String]) {
    switch key {
    case "alert":
      guard let name = value.text("alert") else { return }
      if let other = places[name] {
        value.fault("there is another alert of this name at \(other)", hint: "a name stands for one rule over all files")
      } else {
        places[name] = value.location
        draft.name = name
      }
    case "measure": draft.measure = value.text("measure").map { (MeasurePattern($0), value) }
    case "where": draft.matchers = matchers(value)
    case "when":
      guard let text = value.text("when") else { return }
      do {
        draft.condition = (try Condition(parsing: text), value)
      } catch {
        value.fault("when, character \(error.offset + 1): \(error.message)", hint: error.hint, offset: error.offset)
      }
    case "for": draft.hold = value.period("for") ?? .zero
    case "keep_firing_for": draft.keepFiring = value.period("keep_firing_for") ?? .zero
    case "min_samples": draft.samplesMin = value.count("min_samples") ?? 0
    case "on_no_data": draft.onNoData = value.word("on_no_data", as: Rule.NoDataPolicy.self) ?? .keep
    case "severity": draft.severity = value.word("severity", as: Severity.self) ?? .warning
    case "labels": draft.labels = labels(value)
    case "annotations": draft.annotations = annotations(value)
    case "then": draft.then = consequence(value) ?? .nothing
    default: preconditionFailure("a mapping's entries are those of its known keys, and \(key) is none")
    }
  }

  // MARK: - Values of single keys

  private func check(_ measure: MeasurePattern, at node: YAMLNode, condition: (value: Condition, node: YAMLNode)?) {
    guard !measures.entries(matching: measure).isEmpty else {
      node.fault("unknown measure \"\(measure)\"", hint: measures.hint(for: measure))
      return
    }
    guard let condition else { return }
    for fault in condition.value.impossibilities(valueRange: measures.range(of: measure)) {
      condition.node.fault("when: \(fault.message)", hint: fault.hint, offset: fault.offset)
    }
  }

  private func matchers(_ node: YAMLNode) -> [LabelMatcher] {
    var found: [LabelMatcher] = []
    for (label, value) in node.entries("where", known: nil) ?? [] {
      guard let text = value.text("label \"\(label)\" in where", allowEmpty: true) else { continue }
      do {
        found.append(try LabelMatcher(label: label, written: text))
      } catch {
        value.fault(error.message)
      }
    }
    return found.sorted { $0.label < $1.label }
  }

  private func labels(_ node: YAMLNode) -> [String: String] {
    var labels: [String: String] = [:]
    for (label, value) in node.entries("labels", known: nil) ?? [] {
      if Self.reservedLabels.contains(label) {
        value.fault("label \"\(label)\" is set by Vigil", hint: label == "severity" ? "severity is a key of the rule itself" : nil)
      } else if let text = value.text("label \"\(label)\"") {
        if text.contains("{{") {
          value.fault("label \"\(label)\" has a template", hint: "labels are fixed text; templates belong into annotations")
        }
        labels[label] = text
      }
    }
    return labels
  }

  private func annotations(_ node: YAMLNode) -> [String: AnnotationTemplate] {
    var annotations: [String: AnnotationTemplate] = [:]
    for (name, value) in node.entries("annotations", known: nil) ?? [] {
      guard let text = value.text("annotation \"\(name)\"") else { continue }
      do {
        annotations[name] = try AnnotationTemplate(parsing: text)
      } catch {
        value.fault("annotation \"\(name)\": \(error.message)", hint: error.hint, offset: error.offset)
      }
    }
    return annotations
  }

  private func consequence(_ node: YAMLNode) -> Rule.Consequence? {
    if node.isMapping {
      let before = document.faults.count
      guard let entries = node.entries("then", known: ["suite"]) else { return nil }
      guard let suite = entries.first else {
        if document.faults.count == before { node.fault("then names nothing to do", hint: "write then: {suite: NAME}") }
        return nil
      }
      return suite.node.text("suite").map { .suite($0) }
    }
    // `then:` with nothing after it says what leaving it out says.
    if node.isNothing { return .nothing }
    guard let word = node.text("then") else { return nil }
    switch word {
    case "retrain":
      if untrainable.isEmpty { return .retrain }
      let names = untrainable.map { "\"\($0)\"" }.joined(separator: ", ")
      node.fault(
        "then: retrain is over \(names), whose model is served elsewhere: it cannot be trained here",
        hint: "say in vigil.yaml whom the rules are for: rules: [{file: FILE, deployments: [NAME]}]; Rules/remote.yaml has some that only tell")
      return nil
    case "review": return .review
    case "nothing": return .nothing
    default:
      let known = ["retrain", "review", "nothing"]
      let guess = Guess.nearest(to: word, among: known).map { "did you mean \"\($0)\"?" }
      node.fault("then must be retrain, review, nothing or {suite: NAME}, got \"\(word)\"", hint: guess)
      return nil
    }
  }
}
