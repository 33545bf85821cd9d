package import Records

extension GateReport {
  package var markdown: String {
    var parts = ["# \(Markdown.text(headline))"]
    parts.append(
      Markdown.table(
        ["Fact", "Value"],
        [
          ["Deployment", Markdown.code(deployment)], ["Champion", Markdown.code(decision.champion)],
          ["Challenger", Markdown.code(decision.challenger)],
          ["Asked for by", Markdown.code(trigger, limit: 160)], ["Decided", Figures.time(decision.decidedAt)],
        ]))
    parts += ["## The checks", checksTable]
    if let run {
      var rows = [
        ["Run", Markdown.code(run.id)], ["Rows", "\(Figures.count(run.trainingRows)) and \(Figures.count(run.validationRows)) for validation"],
        ["Epochs", "\(Figures.fixed(run.epochs, 1)), \(Figures.count(run.steps, "step")), \(run.ending)"], ["Tokens", Figures.count(run.tokens)],
      ]
      if run.seconds > 0 { rows.append(["Took", Figures.duration(run.seconds)]) }
      if let best = run.bestStep { rows.append(["Kept", "step \(Figures.count(best))"]) }
      rows += run.validation.suffix(8).map { ["Validation loss at step \(Figures.count($0.step))", Figures.number($0.loss)] }
      parts += ["## The training run", Markdown.table(["Fact", "Value"], rows)]
    }
    if let dataset {
      parts += [
        "## What it was trained on",
        "\(Markdown.code(dataset.id)), \(Figures.count(dataset.rows, "row")): \(Markdown.code(counts(dataset.origins), limit: 400))",
      ]
      if !dataset.audit.isEmpty {
        parts.append(
          Markdown.table(
            ["Finding", "Rows", "Note"],
            dataset.audit.map { [Markdown.code($0.name), Figures.count($0.count), $0.note.isEmpty ? "" : Markdown.code($0.note, limit: 300)] }))
      }
    }
    if !lineage.isEmpty {
      parts += [
        "## Where it comes from",
        Markdown.table(
          ["What", "Identity", "Note"],
          lineage.map { [Markdown.text($0.role), Markdown.code($0.id), $0.note.isEmpty ? "" : Markdown.code($0.note, limit: 300)] }),
      ]
    }
    if !command.isEmpty { parts.append(Markdown.block([command], limit: 2000)) }
    parts.append("Decision \(decision.id), generated \(Figures.time(generatedAt)).")
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var checksTable: String {
    Markdown.table(
      ["Check", "Where", "Role", "Champion", "Challenger", "Difference", "Interval", "Margin", "Rows", "Result"],
      checks.map {
        [
          Markdown.code($0.name), $0.slice.labels.isEmpty ? "all rows" : Markdown.code($0.slice.text), Markdown.text($0.role),
          Figures.number($0.champion),
          Figures.number($0.challenger), Figures.signed($0.difference), Figures.interval($0.lower, $0.upper) ?? "n/a", Figures.number($0.margin),
          Figures.count($0.n), $0.passed ? "passed" : "failed: \(Markdown.text($0.reason))",
        ]
      })
  }

  package var json: JSONValue {
    [
      "schema": "vigil.report.gate/1", "generated_at": RecordsJSON.time(generatedAt), "deployment": RecordsJSON.text(deployment),
      "headline": .string(headline), "trigger": RecordsJSON.text(trigger), "decision": RecordsJSON.decision(decision),
      "run": run.map(Self.json) ?? .null, "dataset": dataset.map(Self.json) ?? .null,
      "lineage": .array(lineage.map { ["role": .string($0.role), "id": .string($0.id), "note": RecordsJSON.text($0.note)] }),
      "command": RecordsJSON.text(command, limit: 2000),
    ]
  }

  private static func json(_ run: Run) -> JSONValue {
    let points = { (points: [LossPoint]) in JSONValue.array(points.map { ["step": RecordsJSON.number($0.step), "loss": .number($0.loss)] }) }
    return [
      "id": .string(run.id), "training_rows": RecordsJSON.number(run.trainingRows), "validation_rows": RecordsJSON.number(run.validationRows),
      "epochs": .number(run.epochs), "steps": RecordsJSON.number(run.steps), "tokens": RecordsJSON.number(run.tokens),
      "seconds": .number(run.seconds),
      "loss": points(run.loss), "validation_loss": points(run.validation), "best_step": RecordsJSON.number(run.bestStep),
      "stopped_early": .bool(run.stoppedEarly), "settings": RecordsJSON.labels(run.settings),
    ]
  }

  private static func json(_ dataset: Dataset) -> JSONValue {
    [
      "id": .string(dataset.id), "rows": RecordsJSON.number(dataset.rows), "origins": .object(dataset.origins.mapValues { .number(Double($0)) }),
      "labels": .object(dataset.labels.mapValues { .number(Double($0)) }),
      "audit": .array(
        dataset.audit.map { ["name": RecordsJSON.text($0.name), "count": RecordsJSON.number($0.count), "note": RecordsJSON.text($0.note)] }),
    ]
  }
}
