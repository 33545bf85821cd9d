package import Documents

/// Reads rule files and finds everything that is wrong with them, or the rules they hold.
package struct RuleChecker: Sendable {
  package var measures: MeasureNames
  /// Names of the deployments whose model cannot be trained: a rule over one of them cannot retrain.
  package var untrainable: [String]

  package init(measures: MeasureNames, untrainable: [String] = []) {
    self.measures = measures
    self.untrainable = untrainable
  }

  /// The rules of all files together; a name may be used once over all of them.
  package func check(_ sources: [RuleSource]) throws(DocumentFaults) -> RuleSet {
    let (rules, faults) = read(sources)
    guard faults.isEmpty else { throw DocumentFaults(faults) }
    return rules
  }

  /// Reads the files and folders at `paths` and checks them. Test files among them are checked for faults of their own, and have no rules.
  package func check(paths: [String]) throws(DocumentFaults) -> RuleSet { try check(files: paths.map { RuleFile(path: $0) }) }

  package func check(files: [RuleFile]) throws(DocumentFaults) -> RuleSet {
    var sources: [RuleSource] = []
    var faults: [DocumentFault] = []
    for entry in files {
      let found = RuleSource.paths(at: entry.path)
      if found.isEmpty { faults.append(DocumentFault(file: entry.path, message: "the folder has no rule files", hint: "rule files end in .yaml")) }
      for file in found {
        do {
          var source = try RuleSource.read(file)
          source.deployments = entry.deployments
          if RuleSource.isTest(file) {
            let reader = RuleTestReader(source, measures: measures)
            _ = reader.read()
            faults += reader.faults
          } else {
            sources.append(source)
          }
        } catch {
          faults.append(error)
        }
      }
    }
    let (rules, more) = read(sources)
    faults += more
    guard faults.isEmpty else { throw DocumentFaults(faults) }
    return rules
  }

  private func read(_ sources: [RuleSource]) -> (RuleSet, [DocumentFault]) {
    var rules: [Rule] = []
    var faults: [DocumentFault] = []
    var places: [String: String] = [:]
    for source in sources {
      let reader = RuleFileReader(source, measures: measures, untrainable: untrainable)
      let found = reader.read(namesTakenBy: &places)
      rules += found
      faults += reader.faults
    }
    return (RuleSet(rules), faults)
  }
}
