package import Records

package import struct Foundation.Date

/// A whole period on one page: what was measured, what happened, what was done about it; and, where changes were planted, what became of each.
package struct LoopReport: Report {
  /// One strip of the timeline.
  package struct Panel: Sendable {
    package enum Kind: Sendable {
      /// At most 1, larger is better.
      case quality
      /// At least 0, smaller is better.
      case gap
      /// A distance, 0 is no change.
      case drift
      /// An amount, drawn as an area.
      case volume
    }

    package struct Series: Sendable {
      package var name: String
      package var points: [AlertReport.HistoryPoint]

      package init(name: String, points: [AlertReport.HistoryPoint]) {
        self.name = name
        self.points = points
      }
    }

    package var title: String
    package var kind: Kind
    package var series: [Series]
    package var reference: Double?
    package var referenceBand: ClosedRange<Double>?
    /// What must not be crossed, drawn as a dotted line.
    package var limit: Double?

    package init(
      title: String, kind: Kind, series: [Series], reference: Double? = nil, referenceBand: ClosedRange<Double>? = nil, limit: Double? = nil
    ) {
      self.title = title
      self.kind = kind
      self.series = series
      self.reference = reference
      self.referenceBand = referenceBand
      self.limit = limit
    }
  }

  /// A change that was planted, and what Vigil made of it.
  package struct Planted: Sendable {
    package enum Outcome: String, Sendable {
      /// It was noticed.
      case found
      /// It was harmful and nobody noticed.
      case missed
      /// It was harmless and nothing was said.
      case quiet
      /// It was harmless and an alert fired.
      case falseAlarm = "false alarm"
      /// A challenger trained on it was refused.
      case refused

      var good: Bool { self == .found || self == .quiet || self == .refused }
    }

    /// `A`, as it stands in the timeline.
    package var key: String
    package var what: String
    package var began: Date
    package var noticed: Date?
    /// The measure and slice that noticed it first.
    package var measure: String
    package var done: String
    package var outcome: Outcome

    package init(key: String, what: String, began: Date, noticed: Date?, measure: String, done: String, outcome: Outcome) {
      self.key = key
      self.what = what
      self.began = began
      self.noticed = noticed
      self.measure = measure
      self.done = done
      self.outcome = outcome
    }
  }

  package struct AlertLine: Sendable {
    package var alert: Alert
    package var headline: String
    /// Path of its report, relative to this one.
    package var address: String?

    package init(alert: Alert, headline: String, address: String? = nil) {
      self.alert = alert
      self.headline = headline
      self.address = address
    }
  }

  package struct GateLine: Sendable {
    package var decision: GateDecision
    package var address: String?

    package init(decision: GateDecision, address: String? = nil) {
      self.decision = decision
      self.address = address
    }
  }

  /// A figure under the headline: `Rows seen`, `48,210`, `all accounted for`.
  package struct Fact: Sendable {
    package var name: String
    package var value: String
    package var note: String?

    package init(_ name: String, _ value: String, note: String? = nil) {
      self.name = name
      self.value = value
      self.note = note
    }
  }

  package var deployment: String
  package var period: Window
  /// Where day 1 begins, when days are counted instead of dated.
  package var firstDay: Date?
  package var facts: [Fact]
  package var panels: [Panel]
  package var events: [TimelineEvent]
  package var planted: [Planted]
  /// Alerts with no planted cause; nil where nothing was planted and so nobody can know.
  package var falseAlarms: Int?
  package var alerts: [AlertLine]
  package var gates: [GateLine]
  package var versions: [ModelVersion]
  /// Seed, command, machine: what is needed to play it again.
  package var notes: [String]
  package var generatedAt: Date

  package init(
    deployment: String, period: Window, firstDay: Date? = nil, facts: [Fact], panels: [Panel], events: [TimelineEvent], planted: [Planted] = [],
    falseAlarms: Int? = nil, alerts: [AlertLine], gates: [GateLine], versions: [ModelVersion], notes: [String] = [], generatedAt: Date
  ) {
    self.deployment = deployment
    self.period = period
    self.firstDay = firstDay
    self.facts = facts
    self.panels = panels
    self.events = events
    self.planted = planted
    self.falseAlarms = falseAlarms
    self.alerts = alerts
    self.gates = gates
    self.versions = versions
    self.notes = notes
    self.generatedAt = generatedAt
  }

  package var headline: String {
    let days = Figures.count(Int((period.end.timeIntervalSince(period.start) / 86400).rounded()), "day")
    let promoted = gates.filter(\.decision.promoted).count
    let models = "\(Figures.count(promoted, "challenger")) promoted, \(Figures.count(gates.count - promoted)) refused"
    guard !planted.isEmpty else { return "\(days): \(Figures.count(alerts.count, "alert")), \(models)." }
    let good = planted.filter(\.outcome.good).count
    let alarms = falseAlarms.map { ", \($0 == 0 ? "no false alarm" : Figures.count($0, "false alarm"))" } ?? ""
    let score =
      good == planted.count ? "All \(Figures.count(planted.count, "planted change")) handled" : "\(good) of \(planted.count) planted changes handled"
    return "\(score)\(alarms); \(models) in \(days)."
  }

  /// `day 15, 06:00`, or the time itself where days are not counted.
  func when(_ date: Date?) -> String {
    guard let date else { return "n/a" }
    guard let firstDay else { return Figures.time(date) }
    let seconds = date.timeIntervalSince(firstDay)
    let day = Int((seconds / 86400).rounded(.down)) + 1
    return "day \(day), \(Timestamp.short(date).suffix(5))"
  }
}
