import Records

import struct Foundation.Date

extension AlertReport {
  package var html: String {
    Page.html(title: headline) {
      top
      story
      detail
      evidence
      relatedTable
      exampleTable
      next
      ruleAndStates
      Page.footer([
        "Generated \(Figures.time(generatedAt))", "alert \(alert.fingerprint)", "transition \(alert.sequence)",
        "model \(Figures.identity(model))", "signature \(measurement?.signature ?? "n/a")",
      ])
    }
  }

  private var top: Markup {
    tag("header") {
      Page.over("Alert report", deployment: deployment, pill: Page.pill(status, alert.state.rawValue))
      tag("h1") { headline }
      tag("p", .class("lead")) {
        [evidenceSentence, extremes, alert.annotations["summary"].map { VisibleText.line($0) }].compactMap { $0 }.joined(separator: " ")
      }
      tag("dl", .class("facts wide")) {
        if let m = measurement {
          Page.fact("Now", .text(Figures.number(m.value)), note: Figures.interval(m.lower, m.upper).map { "95% \($0)" })
          Page.fact("Reference", .text(Figures.number(m.reference)), note: m.referenceN.map { "on \(Figures.count($0, "row"))" })
          Page.fact("Effect", .text(Figures.signed(m.effect)), note: m.tolerance.map { "tolerated \(Figures.number($0))" })
          Page.fact("Rows", .text(Figures.count(m.n)), note: "verdict: \(m.verdict.rawValue)")
        }
        Page.fact(
          "Since", .text((alert.activeAt ?? alert.firedAt).map { Timestamp.short($0) } ?? "n/a"),
          note: alert.activeAt.map { "UTC, \(Figures.duration((alert.resolvedAt ?? generatedAt).timeIntervalSince($0)))" }, words: true)
        Page.fact("Where", foreign(alert.slice.labels.isEmpty ? "all rows" : AlertHeadline.words(alert.slice)), note: alert.measure, words: true)
      }
    }
  }

  private var story: Markup {
    guard let plot = historyPlot else { return .none }
    return Page.section("How it went") {
      plot.figure(caption: [
        .text(
          "\(MeasureName(alert.measure, slice: alert.slice).sentenceStart) by window, with its 95% interval. Dashed grey: the reference"
            + (referenceBand == nil ? "" : ", with the band of what is tolerated") + ". Red diamonds: windows judged changed; hollow: too few rows.")
      ])
      Page.legend(stateEvents)
    }
  }

  private var stateEvents: [TimelineEvent] {
    transitions.compactMap { step in
      switch step.to {
      case .pending: TimelineEvent(kind: .pending, time: step.at, label: "pending")
      case .firing: TimelineEvent(kind: .firing, time: step.at, label: "firing")
      case .resolved: TimelineEvent(kind: .resolved, time: step.at, label: "resolved")
      case .inactive: nil
      }
    }
  }

  private var historyPlot: TimelinePlot? {
    let points = history.sorted { $0.at < $1.at }
    guard let first = points.first, let last = points.last, first.at < last.at else { return nil }
    let family = MeasureName(alert.measure).family
    let inUnit = points.allSatisfy { (0...1).contains($0.value ?? 0) }
    let panel = TimelinePlot.Panel(
      title: alert.measure + (alert.slice.labels.isEmpty ? "" : " " + VisibleText.name(alert.slice.text)),
      series: [
        .init(
          name: alert.measure,
          points: points.map { .init(time: $0.at, value: $0.value, lower: $0.lower, upper: $0.upper, verdict: $0.verdict, n: $0.n) })
      ], reference: measurement?.reference ?? (family == .drift ? 0 : nil), referenceBand: referenceBand, floor: family == .quality ? nil : 0,
      ceiling: family == .quality && inUnit ? 1 : nil, height: 230)
    return TimelinePlot(
      start: first.at, end: max(last.at, transitions.map(\.at).max() ?? last.at), lanes: [.init(name: "alert", events: stateEvents)], panels: [panel],
      summary: "\(alert.measure) over \(points.count) windows, \(Figures.number(first.value)) at first, \(Figures.number(last.value)) at last")
  }

  private var detail: Markup {
    let key: [Markup] = [
      tag("span", .class("key reference")), .text("reference   "), tag("span", .class("key current")),
      .text("current window, \(Figures.window(window))"),
    ]
    switch measurement?.detail {
    case .categories(let shares) where !shares.isEmpty:
      return Page.section("What moved") { CategoryBars(shares: shares).figure(caption: key) }
    case .histogram(let edges, let reference, let current) where !reference.isEmpty:
      return Page.section("What moved") { HistogramPlot(edges: edges, reference: reference, current: current).figure(caption: key) }
    case .groups(let groups) where !groups.isEmpty:
      return Page.section("By group") {
        GroupBars(groups: groups, reference: nil).figure(caption: [.text("Value with 95% interval and number of rows in the current window.")])
      }
    default: return .none
    }
  }

  private var evidence: Markup {
    guard let m = measurement else { return .none }
    var rows: [(String, Markup)] = [("Window", .text(Figures.window(m.window)))]
    if let evidence = m.evidence {
      var text = "\(evidence.test), statistic \(Figures.number(evidence.statistic))"
      if let p = evidence.pValue { text += ", p \(Figures.pValue(p))" }
      if let e = evidence.eValue { text += ", e-value \(Figures.number(e)) (false alarms at most 1 in \(Figures.number(max(e, 1))))" }
      rows.append(("Test", .text(text)))
    }
    if let smallest = m.detectableEffect { rows.append(("Smallest effect these rows could show", .text("\(Figures.number(smallest)) (80% power)"))) }
    if let needed = m.rowsNeeded { rows.append(("More rows needed", .text(Figures.count(needed)))) }
    if let why = m.cannotMeasure { rows.append(("Cannot be measured", .text(VisibleText.line(why)))) }
    rows.append(("Definition", tag("code") { m.signature }))
    rows.append(("Model", tag("code") { model.isEmpty ? "n/a" : VisibleText.line(model) }))
    if !modelNote.isEmpty { rows.append(("", foreign(modelNote, limit: VisibleText.exampleLimit))) }
    return Page.section("Why this is believed") { Page.rows(rows) }
  }

  private var relatedTable: Markup {
    guard !related.isEmpty else { return .none }
    let columns: [Page.Column] = [
      .init("Measure"), .init("Where"), .init("Reference", "num"), .init("Now", "num"), .init("95% interval", "nowrap"), .init("Rows", "num"),
      .init("p", "num"),
    ]
    return Page.section("What else changed in the same window") {
      Page.table(
        columns,
        related.prefix(Self.relatedLimit).map { m in
          [
            .text(m.measure), foreign(m.slice.labels.isEmpty ? "all rows" : AlertHeadline.words(m.slice)), .text(Figures.number(m.reference)),
            .text(Figures.number(m.value)), .text(Figures.interval(m.lower, m.upper) ?? "n/a"), .text(Figures.count(m.n)),
            .text(Figures.pValue(m.evidence?.pValue)),
          ]
        })
    }
  }

  private var exampleTable: Markup {
    guard !examples.isEmpty else { return .none }
    let shown = Array(examples.prefix(Self.exampleLimit))
    let wrong = shown.indices.filter { shown[$0].label != nil && shown[$0].answer != shown[$0].label }
    return Page.section("Rows typical of the change") {
      Page.table(
        [.init("Message", "text"), .init("Answer"), .init("Truth"), .init("Row")],
        shown.map { row in
          let columns = row.columns.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
          return [
            foreign(row.text, limit: VisibleText.exampleLimit), foreign(row.answer ?? "none"), foreign(row.label ?? "not yet known"),
            .many([
              tag("code") { VisibleText.name(row.key) },
              tag("div", .class("note")) {
                row.time.map { Timestamp.short($0) + " " } ?? ""; foreign(columns, limit: 160)
              },
            ]),
          ]
        }, bad: Set(wrong))
      if !wrong.isEmpty { tag("p", .class("note")) { "A red edge marks a wrong answer." } }
    }
  }

  private var next: Markup {
    Page.section("What happens now") {
      if actions.isEmpty {
        tag("p") { "Vigil does nothing by itself: the rule names no action." }
      } else {
        tag("ol") { for action in actions { tag("li") { VisibleText.line(action) } } }
      }
      if !command.isEmpty {
        tag("p", .class("note")) { "To compute the finding again:" }
        tag("pre") { VisibleText.line(command, limit: 2000) }
      }
    }
  }

  private var ruleAndStates: Markup {
    Page.section("The rule") {
      tag("p", .class("note")) { "\(VisibleText.name(rule.name)), \(VisibleText.line(rule.file))" }
      tag("pre") { rule.text.split(separator: "\n", omittingEmptySubsequences: false).map { VisibleText.line(String($0)) }.joined(separator: "\n") }
      if !transitions.isEmpty {
        tag("h3") { "States" }
        Page.table(
          [.init("When", "nowrap"), .init("From"), .init("To"), .init("Why", "text")],
          transitions.map { [.text(Figures.time($0.at)), .text($0.from.rawValue), .text($0.to.rawValue), .text(VisibleText.line($0.reason))] })
      }
      if let error = alert.lastError { tag("p") { "The last evaluation could not judge: \(VisibleText.line(error))" } }
    }
  }
}
