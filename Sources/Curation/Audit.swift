package import Records

/// What is wrong with a row, so that it is not trained on.
package enum AuditFault: String, Sendable, Hashable, Codable, CaseIterable {
  case emptyInput = "empty_input"
  case emptyLabel = "empty_label"
  /// The label is not one of the task's.
  case unknownLabel = "unknown_label"
  /// The same text under the same label stands earlier.
  case duplicate
  /// Nearly the same text under the same label stands earlier.
  case nearDuplicate = "near_duplicate"
  /// The same text stands under different labels; all of them are left out, for nobody can say which is right.
  case contradictory
  /// An evaluation suite or a held-back set contains it.
  case contaminated
}

/// One row that was left out, and why.
package struct AuditFinding: Sendable, Hashable, Codable {
  package var key: String
  package var fault: AuditFault
  /// In words: which other row, which suite.
  package var note: String
}

/// What an audit saw: rows in = kept + left out, per fault, always.
package struct AuditReport: Sendable, Hashable, Codable {
  package var rows: Int
  package var kept: Int
  package var faults: [String: Int]
  /// Rows kept under each label.
  package var labels: [String: Int]
  /// The first findings of each kind, as examples.
  package var examples: [AuditFinding]
}

/// Texts that must never be trained on, with the name of the set they protect.
package struct ProtectedTexts: Sendable {
  package var name: String
  package var texts: [String]

  package init(name: String, texts: [String]) {
    self.name = name
    self.texts = texts
  }
}

/// Looks at training rows before anything is trained on them.
package struct Audit: Sendable {
  /// The task's labels; empty when any label is allowed.
  package var labels: [String]
  /// Suites and held-back sets.
  package var protected: [ProtectedTexts]
  /// Words in the runs that count as contamination when shared, as lm-evaluation-harness' decontamination does.
  package var contaminationRun = 13

  package init(labels: [String], protected: [ProtectedTexts]) {
    self.labels = labels
    self.protected = protected
  }

  /// - Returns: the rows that may be trained on, in the order given, and the report.
  package func inspect(_ rows: [TrainingRow]) -> (kept: [TrainingRow], report: AuditReport) {
    var findings: [AuditFinding] = []
    var standing: [TrainingRow] = []
    for row in rows {
      if let fault = plainFault(row) { findings.append(fault) } else { standing.append(row) }
    }
    standing = dropContaminated(standing, &findings)
    standing = dropContradictory(standing, &findings)
    standing = dropDuplicates(standing, &findings)

    var faults: [String: Int] = [:]
    for finding in findings { faults[finding.fault.rawValue, default: 0] += 1 }
    var counts: [String: Int] = [:]
    for row in standing { counts[row.label, default: 0] += 1 }
    let examples = AuditFault.allCases.flatMap { fault in findings.lazy.filter { $0.fault == fault }.prefix(5) }
    return (standing, AuditReport(rows: rows.count, kept: standing.count, faults: faults, labels: counts, examples: examples))
  }

  // MARK: - One fault each

  private func plainFault(_ row: TrainingRow) -> AuditFinding? {
    if TextForm.normalised(row.input).isEmpty { return AuditFinding(key: row.key, fault: .emptyInput, note: "no words in the input") }
    if row.label.isEmpty { return AuditFinding(key: row.key, fault: .emptyLabel, note: "no label") }
    if !labels.isEmpty, !labels.contains(row.label) {
      return AuditFinding(key: row.key, fault: .unknownLabel, note: "label \"\(row.label)\" is not one of the task's")
    }
    return nil
  }

  private func dropContaminated(_ rows: [TrainingRow], _ findings: inout [AuditFinding]) -> [TrainingRow] {
    var standing = rows
    for set in protected {
      let exact = Set(set.texts.map(TextForm.normalised))
      let runs = set.texts.reduce(into: Set<UInt64>()) { runs, text in
        let words = TextForm.words(text)
        if words.count >= contaminationRun { runs.formUnion(TextForm.shingles(words, length: contaminationRun)) }
      }
      let near = NearDuplicates().matches(standing.map(\.input), in: set.texts)
      standing = standing.enumerated().compactMap { index, row in
        let words = TextForm.words(row.input)
        let how: String
        if exact.contains(TextForm.normalised(row.input)) {
          how = "the same text"
        } else if near[index] != nil {
          how = "nearly the same text"
        } else if words.count >= contaminationRun, !runs.isDisjoint(with: TextForm.shingles(words, length: contaminationRun)) {
          how = "a run of \(contaminationRun) words"
        } else {
          return row
        }
        findings.append(AuditFinding(key: row.key, fault: .contaminated, note: "\(set.name) holds \(how)"))
        return nil
      }
    }
    return standing
  }

  private func dropContradictory(_ rows: [TrainingRow], _ findings: inout [AuditFinding]) -> [TrainingRow] {
    var labelsOf: [[UInt8]: Set<String>] = [:]
    for row in rows { labelsOf[TextForm.normalised(row.input), default: []].insert(row.label) }
    return rows.filter { row in
      guard let labels = labelsOf[TextForm.normalised(row.input)], labels.count > 1 else { return true }
      findings.append(AuditFinding(key: row.key, fault: .contradictory, note: "the same text is labelled \(labels.sorted().joined(separator: ", "))"))
      return false
    }
  }

  private func dropDuplicates(_ rows: [TrainingRow], _ findings: inout [AuditFinding]) -> [TrainingRow] {
    var first: [[UInt8]: String] = [:]
    let distinct = rows.filter { row in
      let form = TextForm.normalised(row.input)
      if let earlier = first[form] {
        findings.append(AuditFinding(key: row.key, fault: .duplicate, note: "same text and label as \(earlier)"))
        return false
      }
      first[form] = row.key
      return true
    }
    let clusters = NearDuplicates().clusters(distinct.map(\.input))
    return distinct.enumerated().compactMap { index, row in
      let head = clusters[index]
      // Near-duplicates under another label are kept: they are where the boundary between two labels lies.
      guard head != index, distinct[head].label == row.label else { return row }
      findings.append(AuditFinding(key: row.key, fault: .nearDuplicate, note: "nearly the text of \(distinct[head].key), same label"))
      return nil
    }
  }
}
