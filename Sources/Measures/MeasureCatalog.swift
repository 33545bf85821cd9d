/// What is known about a measure before it has any value.
package struct MeasureInformation: Sendable, Hashable, Codable {
  package enum Direction: String, Sendable, Hashable, Codable {
    /// A larger value is the bad news.
    case up
    /// A smaller value is the bad news.
    case down
    case both
  }

  package var name: String
  /// One line.
  package var meaning: String
  /// Of `value`: `scalars`, `nats`, `share`, …
  package var unit: String
  package var direction: Direction
  /// Whether it is about what the model does, and so belongs to one model's identity; otherwise about its inputs.
  package var aboutModel: Bool
  /// Label names that its slices have; empty for measures of everything.
  package var sliceLabels: String
}

/// Every measure's name. Rules and configurations check names here; suite measures, `suite.<name>.<metric>`, match by their shape.
package enum MeasureCatalog {
  package static let all: [MeasureInformation] = [
    entry("traffic.rows", "rows of the source a day, estimated from the sample", "rows/day", .both),
    entry("drift.input.length", "mean length of the input text", "scalars", .both),
    entry("drift.input.tokens", "distance between the word distributions, sampling noise taken off", "Jensen-Shannon distance", .up),
    entry("drift.input.column", "distance between the distributions of a metadata column", "total variation", .up, slices: "column"),
    entry("drift.input.surprisal", "mean surprisal of the input's tokens under the model", "nats/token", .both, model: true),
    entry("drift.input.embedding", "distance between the model's hidden states in kernel space", "standardised MMD", .up, model: true),
    entry("drift.output.labels", "distance between the distributions of the model's answers", "total variation", .up, model: true),
    entry("drift.output.confidence", "mean probability of the chosen answer", "probability", .both, model: true),
    entry("performance.accuracy", "share of labelled rows answered rightly", "share", .down, model: true),
    entry("performance.f1_macro", "F1 averaged over the labels", "F1", .down, model: true),
    entry("performance.label_coverage", "share of the window's rows whose label has arrived", "share", .down),
    entry("bias.accuracy_gap", "accuracy of the rest less accuracy of the group", "points of share", .up, model: true, slices: "a protected column"),
    entry(
      "bias.true_positive_rate_gap", "true-positive rate, averaged over labels, of the rest less the group's", "points of share", .up, model: true,
      slices: "a protected column"),
    entry("bias.accuracy_difference", "largest less smallest accuracy over the groups", "points of share", .up, model: true, slices: "attribute"),
    entry("health.failures", "share of rows that the model could not be run on", "share", .up, model: true),
    entry("health.production_agreement", "share of rows where production answered the same", "share", .down, model: true),
  ]

  package static var names: [String] { all.map(\.name) }

  /// What is known of a name; nil if no measure is called that.
  package static func information(of name: String) -> MeasureInformation? {
    if let known = byName[name] { return known }
    guard let (suite, metric) = suiteParts(name) else { return nil }
    let higherIsWorse = ["perplexity", "nll", "loss", "brier", "ece", "difference", "gap"].contains { metric.hasSuffix($0) }
    return entry(name, "\(metric) on the evaluation suite \(suite)", metric, higherIsWorse ? .up : .down, model: true)
  }

  package static func contains(_ name: String) -> Bool { information(of: name) != nil }

  /// `suite.core.accuracy` → ("core", "accuracy"); neither part may be empty.
  private static func suiteParts(_ name: String) -> (suite: String, metric: String)? {
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "suite", !parts[1].isEmpty, !parts[2].isEmpty, !parts[2].hasSuffix(".") else { return nil }
    return (String(parts[1]), String(parts[2]))
  }

  private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

  private static func entry(
    _ name: String, _ meaning: String, _ unit: String, _ direction: MeasureInformation.Direction, model: Bool = false, slices: String = ""
  ) -> MeasureInformation {
    MeasureInformation(name: name, meaning: meaning, unit: unit, direction: direction, aboutModel: model, sliceLabels: slices)
  }
}
