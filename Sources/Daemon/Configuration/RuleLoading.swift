import Measures
package import Rules

/// The rule files of a configuration, checked against the measures there are and the deployments they are for.
package enum RuleLoading {
  /// - Throws: `DocumentFaults` with every fault of every file.
  package static func load(_ configuration: Configuration) throws -> RuleSet {
    let remote = configuration.deployments.filter { $0.model.remote != nil }.map(\.name)
    return try RuleChecker(measures: .catalog, untrainable: remote).check(files: configuration.rules)
  }
}

extension MeasureNames {
  /// The measures that this program has.
  package static var catalog: MeasureNames { MeasureNames(MeasureCatalog.all.map { Entry($0.name, range: range(of: $0)) }) }

  /// Shares, probabilities, F1 and the distances among them lie in 0...1; other units have no bounds that a rule could be checked by.
  private static func range(of measure: MeasureInformation) -> ClosedRange<Double>? {
    switch measure.unit {
    case "share", "probability", "F1", "total variation": 0...1
    case "points of share": -1...1
    case "rows/day", "scalars": 0...Double.greatestFiniteMagnitude
    default: nil
    }
  }
}
