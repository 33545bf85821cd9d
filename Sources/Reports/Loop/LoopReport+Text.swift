package import Records

import struct Foundation.Date

extension LoopReport {
  package var markdown: String {
    var parts = ["# \(Markdown.text(headline))", "\(Markdown.code(deployment)), \(Figures.window(period))."]
    parts.append(
      Markdown.table(["Fact", "Value"], facts.map { [Markdown.text($0.name), Markdown.text($0.value + ($0.note.map { " (\($0))" } ?? ""))] }))
    if !planted.isEmpty {
      parts += [
        "## Planted and found",
        Markdown.table(
          ["", "What was planted", "Began", "Noticed", "By", "What was done", "Outcome"],
          planted.map {
            [
              Markdown.text($0.key), Markdown.text($0.what), when($0.began), $0.noticed.map { when($0) } ?? "no alert",
              $0.measure.isEmpty ? "" : Markdown.code($0.measure, limit: 160), Markdown.text($0.done), $0.outcome.rawValue,
            ]
          }),
      ]
      if let falseAlarms { parts.append("False alarms: \(Figures.count(falseAlarms)).") }
    }
    parts += ["## Alerts"]
    parts.append(
      alerts.isEmpty
        ? "None."
        : Markdown.table(
          ["Fired", "What", "Rule", "Resolved", "State"],
          alerts.map {
            [
              when($0.alert.firedAt ?? $0.alert.activeAt), Markdown.text($0.headline), Markdown.code($0.alert.rule),
              $0.alert.resolvedAt.map { when($0) } ?? "not yet", $0.alert.state.rawValue,
            ]
          }))
    parts += ["## Gate decisions"]
    parts.append(
      gates.isEmpty
        ? "None."
        : Markdown.table(
          ["Decided", "Result", "Why", "Challenger"],
          gates.map {
            [
              when($0.decision.decidedAt), $0.decision.promoted ? "promoted" : "refused", Markdown.text($0.decision.summary),
              Markdown.code($0.decision.challenger),
            ]
          }))
    parts.append((["Generated \(Figures.time(generatedAt))."] + notes.map(Markdown.text)).joined(separator: "  \n"))
    return parts.joined(separator: "\n\n") + "\n"
  }

  package var json: JSONValue {
    [
      "schema": "vigil.report.loop/1", "generated_at": RecordsJSON.time(generatedAt), "deployment": RecordsJSON.text(deployment),
      "headline": .string(headline), "period": RecordsJSON.window(period), "first_day": RecordsJSON.time(firstDay),
      "facts": .array(facts.map { ["name": .string($0.name), "value": RecordsJSON.text($0.value), "note": RecordsJSON.optional($0.note)] }),
      "planted": .array(
        planted.map {
          [
            "key": .string($0.key), "what": RecordsJSON.text($0.what), "began": RecordsJSON.time($0.began), "noticed": RecordsJSON.time($0.noticed),
            "measure": RecordsJSON.text($0.measure), "done": RecordsJSON.text($0.done), "outcome": .string($0.outcome.rawValue),
          ]
        }), "false_alarms": RecordsJSON.number(falseAlarms),
      "events": .array(
        events.map {
          ["kind": .string($0.kind.rawValue), "time": RecordsJSON.time($0.time), "label": RecordsJSON.text($0.label), "key": .string($0.key)]
        }),
      "panels": .array(panels.map(Self.json)),
      "alerts": .array(alerts.map { ["alert": RecordsJSON.alert($0.alert), "headline": .string($0.headline)] }),
      "gates": .array(gates.map { RecordsJSON.decision($0.decision) }), "versions": .array(versions.map(RecordsJSON.version)),
      "notes": .array(notes.map { RecordsJSON.text($0) }),
    ]
  }

  private static func json(_ panel: Panel) -> JSONValue {
    [
      "title": .string(panel.title), "reference": RecordsJSON.number(panel.reference), "limit": RecordsJSON.number(panel.limit),
      "series": .array(
        panel.series.map { series in
          [
            "name": RecordsJSON.text(series.name),
            "points": .array(
              series.points.map {
                [
                  "at": RecordsJSON.time($0.at), "value": RecordsJSON.number($0.value), "lower": RecordsJSON.number($0.lower),
                  "upper": RecordsJSON.number($0.upper), "n": RecordsJSON.number($0.n), "verdict": .string($0.verdict.rawValue),
                ]
              }),
          ]
        }),
    ]
  }
}
