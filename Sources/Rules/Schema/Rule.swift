package import Documents
package import Records

/// What turns measurements into alerts and actions: one entry of a rule file, checked.
package struct Rule: Sendable, Hashable {
  /// What to do with an alert when there is nothing to judge it by.
  package enum NoDataPolicy: String, Sendable, Hashable, CaseIterable {
    /// The state stays as it was; the default, because missing data is not zero.
    case keep
    /// As if the condition held.
    case alert
    /// As if the condition were absent.
    case resolve
  }

  /// What happens when the alert starts to fire, besides telling people.
  package enum Consequence: Sendable, Hashable {
    case nothing, retrain, review
    case suite(String)
  }

  /// The alert's name, unique over all rule files.
  package var name: String
  package var group: String
  /// A measure's name; `*` stands for one part between dots, as in `suite.*.accuracy`.
  package var measure: MeasurePattern
  /// All must match the measurement's slice; none means every slice.
  package var matchers: [LabelMatcher]
  package var condition: Condition
  /// How long the condition must have held before the alert fires.
  package var hold: Period
  /// How long the condition must have been absent before a firing alert resolves.
  package var keepFiring: Period
  /// With fewer rows than this nothing is judged and the state is kept.
  package var samplesMin: Int
  package var onNoData: NoDataPolicy
  package var severity: Severity
  package var labels: [String: String]
  package var annotations: [String: AnnotationTemplate]
  package var then: Consequence
  /// The deployments it is for, by name; nil for all.
  package var deployments: [String]?
  /// Where it is written: `Rules/quality.yaml:12`.
  package var location: String

  package init(
    name: String, group: String, measure: MeasurePattern, matchers: [LabelMatcher] = [], condition: Condition, hold: Period = .zero,
    keepFiring: Period = .zero, samplesMin: Int = 0, onNoData: NoDataPolicy = .keep, severity: Severity = .warning,
    labels: [String: String] = [:], annotations: [String: AnnotationTemplate] = [:], then: Consequence = .nothing,
    deployments: [String]? = nil, location: String = ""
  ) {
    self.name = name
    self.group = group
    self.measure = measure
    self.matchers = matchers
    self.condition = condition
    self.hold = hold
    self.keepFiring = keepFiring
    self.samplesMin = samplesMin
    self.onNoData = onNoData
    self.severity = severity
    self.labels = labels
    self.annotations = annotations
    self.then = then
    self.deployments = deployments
    self.location = location
  }

  /// Whether the rule is for this deployment.
  package func covers(deployment: String) -> Bool { deployments?.contains(deployment) ?? true }

  /// Whether the rule watches this measure and slice.
  package func watches(measure name: String, slice: Slice) -> Bool {
    measure.matches(name) && matchers.allSatisfy { $0.matches(slice) }
  }
}

extension Rule: CustomStringConvertible {
  /// The rule in one line for reports: `performance.accuracy{region="north"}: verdict == changed for 12h, critical, then retrain`.
  package var description: String {
    let selector = matchers.isEmpty ? "" : "{" + matchers.map(\.description).joined(separator: ", ") + "}"
    let held = hold > .zero ? " for \(hold)" : ""
    let after = then == .nothing ? "" : ", then \(then)"
    return "\(measure)\(selector): \(condition)\(held), \(severity.rawValue)\(after)"
  }
}

extension Rule.Consequence: CustomStringConvertible {
  package var description: String {
    switch self {
    case .nothing: "nothing"
    case .retrain: "retrain"
    case .review: "review"
    case .suite(let name): "suite \(name)"
    }
  }
}

/// All rules in force, in the order of their files.
package struct RuleSet: Sendable, Hashable {
  package var rules: [Rule]

  package init(_ rules: [Rule]) { self.rules = rules }

  package func rule(named name: String) -> Rule? { rules.first { $0.name == name } }
}
