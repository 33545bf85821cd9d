package import Foundation
package import Records

package struct AlertItem: Sendable, Hashable, Codable {
  package var alert: Alert
  package var headline: String
  /// Its latest report.
  package var report: String?

  package init(alert: Alert, headline: String, report: String? = nil) {
    self.alert = alert
    self.headline = headline
    self.report = report
  }
}

package struct AlertDetail: Sendable, Hashable, Codable {
  package var alert: Alert
  package var headline: String
  package var transitions: [AlertTransition]
  package var reports: [ReportItem]

  package init(alert: Alert, headline: String, transitions: [AlertTransition], reports: [ReportItem]) {
    self.alert = alert
    self.headline = headline
    self.transitions = transitions
    self.reports = reports
  }
}

package struct JobItem: Sendable, Hashable, Codable {
  package var id: String
  /// `evaluate`, `retrain`, `report`.
  package var kind: String
  /// `queued`, `running`, `succeeded`, `failed`, `cancelled`.
  package var state: String
  package var deployment: String?
  /// Who or what asked, and why.
  package var reason: String
  package var createdAt: Date
  package var startedAt: Date?
  package var finishedAt: Date?
  package var attempt: Int
  /// In 0...1, where known.
  package var progress: Double?
  /// What it is doing: `epoch 2, step 310 of 440, loss 0.41, 6,768 tokens/s, 24 s left`.
  package var note: String?
  package var error: String?
  package var result: JSONValue?

  package init(
    id: String, kind: String, state: String, deployment: String?, reason: String, createdAt: Date, startedAt: Date? = nil, finishedAt: Date? = nil,
    attempt: Int = 0, progress: Double? = nil, note: String? = nil, error: String? = nil, result: JSONValue? = nil
  ) {
    self.id = id
    self.kind = kind
    self.state = state
    self.deployment = deployment
    self.reason = reason
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.attempt = attempt
    self.progress = progress
    self.note = note
    self.error = error
    self.result = result
  }

  /// Whether it will not change any more.
  package var isFinished: Bool { ["succeeded", "failed", "cancelled"].contains(state) }
}

package struct ModelItem: Sendable, Hashable, Codable {
  package var version: ModelVersion
  /// What it was measured at, where known: `suite.core.accuracy` to value.
  package var measured: [String: Double]
  package var decision: GateDecision?

  package init(version: ModelVersion, measured: [String: Double] = [:], decision: GateDecision? = nil) {
    self.version = version
    self.measured = measured
    self.decision = decision
  }
}

package struct ReportItem: Sendable, Hashable, Codable {
  package var id: String
  /// `alert`, `gate`, `loop`.
  package var kind: String
  package var title: String
  package var deployment: String
  package var createdAt: Date
  /// The alert's fingerprint or the decision's id.
  package var subject: String

  package init(id: String, kind: String, title: String, deployment: String, createdAt: Date, subject: String) {
    self.id = id
    self.kind = kind
    self.title = title
    self.deployment = deployment
    self.createdAt = createdAt
    self.subject = subject
  }
}

/// What a promotion or a rollback did.
package struct ModelChange: Sendable, Hashable, Codable {
  package var deployment: String
  package var champion: String
  package var previous: String?
  package var at: Date

  package init(deployment: String, champion: String, previous: String?, at: Date) {
    self.deployment = deployment
    self.champion = champion
    self.previous = previous
    self.at = at
  }
}

/// What a reload did: with faults, the old configuration stays in force.
package struct ReloadResponse: Sendable, Hashable, Codable {
  package var applied: Bool
  package var faults: [String]
  package var changed: [String]

  package init(applied: Bool, faults: [String], changed: [String]) {
    self.applied = applied
    self.faults = faults
    self.changed = changed
  }
}
