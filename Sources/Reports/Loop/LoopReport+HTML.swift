import Records

import struct Foundation.Date

extension LoopReport {
  package var html: String {
    Page.html(title: headline) {
      top
      timeline
      plantedTable
      alertTable
      gateTable
      versionTable
      Page.footer(["Generated \(Figures.time(generatedAt))"] + notes.map { VisibleText.line($0) })
    }
  }

  private var top: Markup {
    tag("header") {
      Page.over("What happened", deployment: deployment)
      tag("h1") { headline }
      tag("p", .class("lead")) { "\(Figures.window(period))." }
      tag("dl", .class("facts")) { for fact in facts { Page.fact(fact.name, foreign(fact.value), note: fact.note.map { VisibleText.line($0) }) } }
    }
  }

  private var timeline: Markup {
    guard !panels.isEmpty, period.start < period.end else { return .none }
    let lanes: [(String, Set<TimelineEvent.Kind>)] = [
      ("planted", [.planted]), ("alerts", [.pending, .firing, .resolved]), ("models", [.retraining, .promotion, .refusal, .rollback]),
    ]
    let plot = TimelinePlot(
      start: period.start, end: period.end, firstDay: firstDay,
      lanes: lanes.map { lane in .init(name: lane.0, events: events.filter { lane.1.contains($0.kind) }) }, panels: panels.map(strip),
      summary: "Timeline of \(panels.map(\.title).joined(separator: ", ")) with \(events.count) events")
    return Page.section("The whole period") {
      Page.legend(events)
      plot.figure(caption: [
        .text(
          "Shaded: 95% intervals. Dashed grey: the reference. Dotted red: what must not be crossed. Red diamonds: windows judged changed; hollow: too few rows."
        )
      ])
    }
  }

  private func strip(_ panel: Panel) -> TimelinePlot.Panel {
    let values = panel.series.flatMap(\.points).compactMap(\.value)
    let series = panel.series.map { series in
      TimelinePlot.Series(
        name: series.name,
        points: series.points.sorted { $0.at < $1.at }.map {
          .init(time: $0.at, value: $0.value, lower: $0.lower, upper: $0.upper, verdict: panel.kind == .volume ? nil : $0.verdict, n: $0.n)
        })
    }
    return .init(
      title: panel.title, series: series, reference: panel.reference, referenceBand: panel.referenceBand, limit: panel.limit,
      floor: panel.kind == .quality ? nil : 0, ceiling: panel.kind == .quality && values.allSatisfy { $0 <= 1 } ? 1 : nil,
      height: panel.kind == .volume ? 74 : panel.kind == .quality ? 150 : 118, filled: panel.kind == .volume)
  }

  private var plantedTable: Markup {
    guard !planted.isEmpty else { return .none }
    return Page.section("Planted and found") {
      Page.table(
        [
          .init("", "nowrap"), .init("What was planted"), .init("Began", "nowrap"), .init("Noticed", "nowrap"), .init("By"),
          .init("What was done", "done"),
        ],
        planted.map { row in
          let delay = row.noticed.map { "after \(Figures.duration(max(0, $0.timeIntervalSince(row.began))))" } ?? ""
          return [
            .many([
              tag("b") { VisibleText.name(row.key) }, .text(" "), Page.pill(row.outcome.rawValue, row.outcome.good ? "found" : "missed"),
            ]), foreign(row.what, limit: 300), .text(when(row.began)),
            row.noticed == nil ? .text("no alert") : .many([.text(when(row.noticed)), tag("div", .class("note")) { delay }]),
            foreign(row.measure, limit: 160), foreign(row.done, limit: 300),
          ]
        }, bad: Set(planted.indices.filter { !planted[$0].outcome.good }))
      if let falseAlarms { tag("p") { "False alarms: \(Figures.count(falseAlarms))." } }
    }
  }

  private var alertTable: Markup {
    Page.section("Alerts") {
      if alerts.isEmpty {
        tag("p") { "None." }
      } else {
        Page.table(
          [.init("Fired", "nowrap"), .init("What", "text"), .init("Rule"), .init("Resolved", "nowrap"), .init("", "nowrap")],
          alerts.map { line in
            [
              .text(when(line.alert.firedAt ?? line.alert.activeAt)), Page.link(line.address, .text(VisibleText.line(line.headline))),
              foreign(line.alert.rule),
              .text(line.alert.resolvedAt.map { when($0) } ?? "not yet"), Page.pill(line.alert.state.rawValue, line.alert.state.rawValue),
            ]
          })
      }
    }
  }

  private var gateTable: Markup {
    Page.section("Gate decisions") {
      if gates.isEmpty {
        tag("p") { "None: nothing was retrained." }
      } else {
        Page.table(
          [.init("Decided", "nowrap"), .init("Why", "text"), .init("Challenger", "nowrap"), .init("Checks", "num"), .init("", "nowrap")],
          gates.map { line in
            let passed = line.decision.checks.filter(\.passed).count
            let promoted = line.decision.promoted
            return [
              .text(when(line.decision.decidedAt)), Page.link(line.address, .text(VisibleText.line(line.decision.summary))),
              tag("code") { Figures.identity(line.decision.challenger) }, .text("\(passed) of \(line.decision.checks.count)"),
              Page.pill(promoted ? "promoted" : "refused", promoted ? "promoted" : "refused"),
            ]
          })
      }
    }
  }

  private var versionTable: Markup {
    guard !versions.isEmpty else { return .none }
    let name: (ModelStatus) -> String = { $0 == .champion ? "promoted" : $0 == .refused ? "refused" : "inactive" }
    return Page.section("Model versions") {
      Page.table(
        [
          .init("Version", "nowrap"), .init("Made", "nowrap"), .init("In production since", "nowrap"), .init("Trained on", "nowrap"),
          .init("", "nowrap"),
        ],
        versions.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.map { version in
          [
            tag("code") { Figures.identity(version.id) }, .text(when(version.createdAt)), .text(version.promotedAt.map { when($0) } ?? "never"),
            version.dataset.map { dataset in tag("code") { Figures.identity(dataset) } } ?? .text("imported"),
            Page.pill(version.status.rawValue, name(version.status)),
          ]
        })
    }
  }
}
