package import Records

package import struct Foundation.Date

/// Everything a person needs to believe an alert and to act on it, in one value.
package struct AlertReport: Report {
  package struct Rule: Sendable {
    package var name: String
    /// Where it stands, `Rules/quality.yaml:14`.
    package var file: String
    /// The rule as written.
    package var text: String

    package init(name: String, file: String, text: String) {
      self.name = name
      self.file = file
      self.text = text
    }
  }

  /// The measure at an earlier window; `at` is the window's end.
  package struct HistoryPoint: Sendable {
    package var at: Date
    package var value: Double?
    package var lower: Double?
    package var upper: Double?
    package var verdict: Verdict
    package var n: Int

    package init(at: Date, value: Double?, lower: Double? = nil, upper: Double? = nil, verdict: Verdict, n: Int) {
      self.at = at
      self.value = value
      self.lower = lower
      self.upper = upper
      self.verdict = verdict
      self.n = n
    }
  }

  /// A row of production that is typical of the change; its text is redacted by the caller.
  package struct Example: Sendable {
    package var key: String
    package var time: Date?
    package var text: String
    package var columns: [String: String]
    package var answer: String?
    package var label: String?

    package init(key: String, time: Date?, text: String, columns: [String: String], answer: String?, label: String?) {
      self.key = key
      self.time = time
      self.text = text
      self.columns = columns
      self.answer = answer
      self.label = label
    }
  }

  package var deployment: String
  package var alert: Alert
  package var transitions: [AlertTransition]
  package var rule: Rule
  package var window: Window
  package var measurement: Measurement?
  package var history: [HistoryPoint]
  /// Around the reference, in the measure's own unit: values inside count as unchanged.
  package var referenceBand: ClosedRange<Double>?
  /// Other measures that changed in the same window, the strongest first.
  package var related: [Measurement]
  package var examples: [Example]
  /// Identity of the model in production, with whatever describes it.
  package var model: String
  package var modelNote: String
  /// What Vigil will do next, a sentence each.
  package var actions: [String]
  /// The command that computes the finding again.
  package var command: String
  package var generatedAt: Date

  /// Rows shown of `examples` and `related`.
  package static let exampleLimit = 10
  package static let relatedLimit = 20

  package init(
    deployment: String, alert: Alert, transitions: [AlertTransition], rule: Rule, window: Window, measurement: Measurement?, history: [HistoryPoint],
    referenceBand: ClosedRange<Double>? = nil, related: [Measurement], examples: [Example], model: String, modelNote: String = "", actions: [String],
    command: String, generatedAt: Date
  ) {
    self.deployment = deployment
    self.alert = alert
    self.transitions = transitions
    self.rule = rule
    self.window = window
    self.measurement = measurement
    self.history = history
    self.referenceBand = referenceBand
    self.related = related
    self.examples = examples
    self.model = model
    self.modelNote = modelNote
    self.actions = actions
    self.command = command
    self.generatedAt = generatedAt
  }

  package var headline: String { AlertHeadline(alert: alert, measurement: measurement).sentence }

  /// `FIRING · warning`.
  var status: String { "\(alert.state.rawValue.uppercased()) · \(alert.severity.rawValue)" }

  /// At most six lines of plain text for a chat or a mail; the first says it all.
  package var message: [String] {
    var lines = ["[\(status)] \(headline)"]
    if let line = evidenceSentence { lines.append(line) }
    if let line = extremes { lines.append(line) }
    if !related.isEmpty {
      lines.append("Also changed: " + related.prefix(4).map { MeasureName($0.measure, slice: $0.slice).words }.joined(separator: ", ") + ".")
    }
    if let next = actions.first { lines.append("Next: \(VisibleText.line(next))") }
    lines.append("Rule \(VisibleText.name(rule.name)), deployment \(VisibleText.name(deployment)), alert \(alert.fingerprint).")
    return lines
  }

  /// `95% interval 0.781 to 0.840; effect −0.119, tolerated 0.03; two_proportion_z p < 0.0001.`
  var evidenceSentence: String? {
    guard let m = measurement else { return nil }
    var parts: [String] = []
    if let interval = Figures.interval(m.lower, m.upper) { parts.append("95% interval \(interval)") }
    if let effect = m.effect { parts.append("effect \(Figures.signed(effect))" + (m.tolerance.map { ", tolerated \(Figures.number($0))" } ?? "")) }
    if let evidence = m.evidence {
      if let p = evidence.pValue { parts.append("\(evidence.test) p \(p < 0.0001 ? "" : "= ")\(Figures.pValue(p))") }
      if let e = evidence.eValue { parts.append("e-value \(Figures.number(e))") }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ") + "."
  }

  /// The worst and the best group, where the measure compares groups.
  var extremes: String? {
    guard case .groups(let groups) = measurement?.detail else { return nil }
    let known = groups.compactMap { group in group.value.map { (group, $0) } }
    guard let low = known.min(by: { ($0.1, $0.0.slice) < ($1.1, $1.0.slice) }), let high = known.max(by: { ($0.1, $0.0.slice) < ($1.1, $1.0.slice) }),
      low.0.slice != high.0.slice
    else { return nil }
    func words(_ one: (GroupValue, Double)) -> String {
      "\(AlertHeadline.words(one.0.slice)) at \(Figures.number(one.1)) (n \(Figures.count(one.0.n)))"
    }
    return "Lowest: \(words(low)); highest: \(words(high))."
  }
}
