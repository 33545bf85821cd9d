package import Foundation
package import Records
package import Reports
package import Storage

/// Gathers a period of one deployment's life from its records: what the period report shows.
package struct LoopReporting {
  package var deployment: String
  package var period: Window
  /// Where day 1 begins, when days are counted.
  package var firstDay: Date?

  package init(deployment: String, period: Window, firstDay: Date? = nil) {
    self.deployment = deployment
    self.period = period
    self.firstDay = firstDay
  }

  package func report(_ reader: StorageReader, at time: Date) async throws -> LoopReport {
    let alerts = try await reader.alerts.list(deployment)
    let transitions = try await reader.alerts.transitions(deployment: deployment, period)
    let decisions = try await reader.gateDecisions.list(deployment).filter { period.contains($0.decidedAt) || $0.decidedAt == period.end }
    let reports = try await reader.reports.list(deployment, limit: 10_000)
    let counts = try await reader.sampleCounts.totals(deployment)
    let named = Dictionary(alerts.map { ($0.fingerprint, $0) }) { first, _ in first }
    let fired = transitions.filter { $0.to == .firing }
    let lines = fired.compactMap { transition -> LoopReport.AlertLine? in
      guard var alert = named[transition.fingerprint] else { return nil }
      let record = reports.first { $0.fingerprint == transition.fingerprint && $0.sequence == transition.sequence }
      // The alert's row knows its latest episode; this line is about one of them.
      let end = transitions.first { $0.fingerprint == transition.fingerprint && $0.sequence > transition.sequence && $0.to == .resolved }
      alert.firedAt = transition.at
      alert.resolvedAt = end?.at
      alert.state = end == nil ? .firing : .resolved
      return LoopReport.AlertLine(alert: alert, headline: record?.title ?? alert.rule, address: record.map { "file://\($0.path)/report.html" })
    }
    let gates = decisions.sorted { $0.decidedAt < $1.decidedAt }.map { decision in
      let record = reports.first { $0.kind == "gate" && $0.createdAt == decision.decidedAt }
      return LoopReport.GateLine(decision: decision, address: record.map { "file://\($0.path)/report.html" })
    }
    return LoopReport(
      deployment: deployment, period: period, firstDay: firstDay,
      facts: [
        // A row that was updated, by its label perhaps, is read again.
        LoopReport.Fact("Rows read", String(counts.seen), note: counts.isBalanced ? "updates too; all accounted for" : "NOT all accounted for"),
        LoopReport.Fact("Rows sampled", String(counts.sampled)),
        LoopReport.Fact("Alerts fired", String(fired.count)),
        LoopReport.Fact("Challengers", String(decisions.count), note: "\(decisions.count(where: \.promoted)) promoted"),
      ], panels: try await panels(reader), events: events(fired, named, decisions), alerts: lines, gates: gates,
      versions: try await reader.models.list(deployment).reversed(), generatedAt: time)
  }

  // MARK: - Panels

  private func panels(_ reader: StorageReader) async throws -> [LoopReport.Panel] {
    var panels: [LoopReport.Panel] = []
    panels.append(
      LoopReport.Panel(
        title: "Accuracy on labelled production rows", kind: .quality,
        series: [LoopReport.Panel.Series(name: "accuracy", points: try await points(reader, "performance.accuracy", .all))]))
    let gaps = try await reader.measurements.series(deployment, measure: "bias.accuracy_gap", slots: wide)
    let worst = Dictionary(grouping: gaps, by: \.measurement.slice).mapValues { points in points.compactMap(\.measurement.value).max() ?? 0 }
    let slices = worst.filter { $0.value > 0 }.keys.sorted { (-worst[$0, default: 0], $0) < (-worst[$1, default: 0], $1) }.prefix(Self.groupsShown)
    if !slices.isEmpty {
      panels.append(
        LoopReport.Panel(
          title: "Accuracy gap of the groups that were furthest behind", kind: .gap,
          series: slices.map { slice in
            LoopReport.Panel.Series(name: slice.text, points: gaps.filter { $0.measurement.slice == slice }.map(Self.point))
          }))
    }
    panels.append(
      LoopReport.Panel(
        title: "Input drift", kind: .drift,
        series: [
          LoopReport.Panel.Series(name: "words", points: try await points(reader, "drift.input.tokens", .all)),
          LoopReport.Panel.Series(name: "hidden states", points: try await points(reader, "drift.input.embedding", .all)),
        ]))
    panels.append(
      LoopReport.Panel(
        title: "Rows a day", kind: .volume, series: [LoopReport.Panel.Series(name: "rows", points: try await points(reader, "traffic.rows", .all))]))
    return panels
  }

  /// More lines than this in one panel nobody can tell apart.
  private static let groupsShown = 4

  private func points(_ reader: StorageReader, _ measure: String, _ slice: Slice) async throws -> [AlertReport.HistoryPoint] {
    try await reader.measurements.series(deployment, measure: measure, slice: slice, slots: wide).map(Self.point)
  }

  /// The period with its last moment.
  private var wide: Window { Window(start: period.start, end: period.end.addingTimeInterval(1)) }

  private static func point(_ stored: StoredMeasurement) -> AlertReport.HistoryPoint {
    let m = stored.measurement
    return AlertReport.HistoryPoint(at: stored.slot, value: m.value, lower: m.lower, upper: m.upper, verdict: m.verdict, n: m.n)
  }

  // MARK: - Events

  private func events(_ fired: [AlertTransition], _ alerts: [String: Alert], _ decisions: [GateDecision]) -> [TimelineEvent] {
    // Alerts of one moment are one marker: a change that several rules see is one event.
    let moments = Dictionary(grouping: fired, by: \.at).sorted { $0.key < $1.key }
    let alarms = moments.map { at, transitions in
      TimelineEvent(kind: .firing, time: at, label: transitions.compactMap { alerts[$0.fingerprint]?.rule }.sorted().joined(separator: ", "))
    }
    return alarms
      + decisions.map { TimelineEvent(kind: $0.promoted ? .promotion : .refusal, time: $0.decidedAt, label: $0.promoted ? "promoted" : "refused") }
  }
}
