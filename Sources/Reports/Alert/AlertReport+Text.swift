package import Records

import struct Foundation.Date

// MARK: - Markdown

extension AlertReport {
  package var markdown: String {
    var parts = ["# \(Markdown.text("[\(status)] \(headline)"))"]
    parts.append([evidenceSentence, extremes].compactMap { $0 }.map(Markdown.text).joined(separator: " "))
    parts.append(facts)
    if !actions.isEmpty { parts += ["## What happens now", actions.enumerated().map { "\($0 + 1). \(Markdown.text($1))" }.joined(separator: "\n")] }
    parts += detailParts
    if !related.isEmpty { parts += ["## What else changed in the same window", relatedTable] }
    if !examples.isEmpty { parts += ["## Rows typical of the change", Markdown.block(exampleLines, limit: VisibleText.exampleLimit + 40)] }
    if !history.isEmpty { parts += ["## The last windows", historyTable] }
    parts += ["## The rule", "\(Markdown.code(rule.name)), \(Markdown.code(rule.file, limit: 400))"]
    parts.append(Markdown.block(rule.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
    if !transitions.isEmpty {
      parts.append(
        Markdown.table(
          ["When", "From", "To", "Why"],
          transitions.map { [Figures.time($0.at), $0.from.rawValue, $0.to.rawValue, Markdown.text($0.reason)] }))
    }
    if !command.isEmpty { parts += ["To compute the finding again:", Markdown.block([command], limit: 2000)] }
    parts.append("Generated \(Figures.time(generatedAt)), alert \(alert.fingerprint), transition \(alert.sequence).")
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var facts: String {
    var rows = [["Deployment", Markdown.code(deployment)], ["Measure", Markdown.code(alert.measure)]]
    rows.append(["Where", alert.slice.labels.isEmpty ? "all rows" : Markdown.code(alert.slice.text, limit: 200)])
    rows.append(["Window", Figures.window(window)])
    if let m = measurement {
      rows.append(["Now", Figures.number(m.value) + (Figures.interval(m.lower, m.upper).map { " (95% \($0))" } ?? "")])
      rows.append(["Reference", Figures.number(m.reference) + (m.referenceN.map { " on \(Figures.count($0, "row"))" } ?? "")])
      rows.append(["Effect", Figures.signed(m.effect) + (m.tolerance.map { ", tolerated \(Figures.number($0))" } ?? "")])
      rows.append(["Rows", Figures.count(m.n)])
      rows.append(["Definition", Markdown.code(m.signature, limit: 400)])
    }
    rows.append(["Model", Markdown.code(model)])
    return Markdown.table(["Fact", "Value"], rows)
  }

  private var detailParts: [String] {
    switch measurement?.detail {
    case .categories(let shares):
      [
        "## What moved",
        Markdown.table(
          ["Category", "Reference", "Now"],
          shares.prefix(CategoryBars.limit).map { [Markdown.code($0.name), Figures.percent($0.reference), Figures.percent($0.current)] }),
      ]
    case .groups(let groups):
      [
        "## By group",
        Markdown.table(
          ["Group", "Value", "95% interval", "Rows"],
          groups.prefix(GroupBars.limit).map {
            [Markdown.code($0.slice.text), Figures.number($0.value), Figures.interval($0.lower, $0.upper) ?? "n/a", Figures.count($0.n)]
          }),
      ]
    case .histogram, nil: []
    }
  }

  private var relatedTable: String {
    Markdown.table(
      ["Measure", "Where", "Reference", "Now", "95% interval", "Rows", "p"],
      related.prefix(Self.relatedLimit).map {
        [
          Markdown.code($0.measure), $0.slice.labels.isEmpty ? "all rows" : Markdown.code($0.slice.text), Figures.number($0.reference),
          Figures.number($0.value), Figures.interval($0.lower, $0.upper) ?? "n/a", Figures.count($0.n), Figures.pValue($0.evidence?.pValue),
        ]
      })
  }

  private var historyTable: String {
    Markdown.table(
      ["Window to", "Value", "95% interval", "Rows", "Verdict"],
      history.sorted { $0.at < $1.at }.suffix(12).map {
        [
          Figures.time($0.at), Figures.number($0.value), Figures.interval($0.lower, $0.upper) ?? "n/a", Figures.count($0.n), $0.verdict.rawValue,
        ]
      })
  }

  /// One line a row: nothing in a row can begin a line, because its line breaks are shown, not made.
  private var exampleLines: [String] {
    examples.prefix(Self.exampleLimit).map { row in
      let columns = row.columns.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
      let head = "\(row.key) \(row.time.map(Timestamp.short) ?? "") [\(columns)] answer=\(row.answer ?? "none") label=\(row.label ?? "unknown")"
      return "\(VisibleText.line(head, limit: 300)) | \(VisibleText.line(row.text))"
    }
  }
}

// MARK: - JSON

extension AlertReport {
  package var json: JSONValue {
    [
      "schema": "vigil.report.alert/1", "generated_at": RecordsJSON.time(generatedAt), "deployment": RecordsJSON.text(deployment),
      "headline": .string(headline), "message": .array(message.map { .string($0) }), "status": .string(alert.state.rawValue),
      "window": RecordsJSON.window(window), "alert": RecordsJSON.alert(alert), "transitions": .array(transitions.map(RecordsJSON.transition)),
      "rule": ["name": RecordsJSON.text(rule.name), "file": RecordsJSON.text(rule.file), "text": RecordsJSON.text(rule.text, limit: 20_000)],
      "measurement": measurement.map(RecordsJSON.measurement) ?? .null,
      "reference_band": referenceBand.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null,
      "history": .array(
        history.sorted { $0.at < $1.at }.map {
          [
            "at": RecordsJSON.time($0.at), "value": RecordsJSON.number($0.value), "lower": RecordsJSON.number($0.lower),
            "upper": RecordsJSON.number($0.upper), "verdict": .string($0.verdict.rawValue), "n": RecordsJSON.number($0.n),
          ]
        }),
      "related": .array(related.prefix(Self.relatedLimit).map(RecordsJSON.measurement)),
      "examples": .array(
        examples.prefix(Self.exampleLimit).map {
          [
            "key": RecordsJSON.text($0.key), "time": RecordsJSON.time($0.time), "text": RecordsJSON.text($0.text),
            "columns": RecordsJSON.labels($0.columns), "answer": RecordsJSON.optional($0.answer), "label": RecordsJSON.optional($0.label),
          ]
        }),
      "model": .string(model), "model_note": RecordsJSON.text(modelNote), "actions": .array(actions.map { RecordsJSON.text($0) }),
      "command": RecordsJSON.text(command, limit: 2000),
    ]
  }
}
