import Foundation
import Records
import Retraining
import Rules
import Storage

/// Turns firing alerts whose rule says `then: retrain` into one retraining, when the policy allows it. Asked in every turn as long as an alert fires, so a
/// retraining that had to wait for labels begins when they are there.
struct RetrainTrigger {
  let context: DaemonContext
  let deployment: Deployment
  let slot: Date

  /// - Returns: for each alert, by fingerprint, what will be done, in words for its report.
  func act(on alerts: [Alert], rules: RuleSet, _ tx: StorageWriter) async throws -> [String: [String]] {
    let asking = alerts.filter { alert in
      alert.state == .firing && rules.rule(named: alert.rule)?.then == .retrain
    }
    guard !asking.isEmpty else { return [:] }
    guard let settings = deployment.configuration.retrain else {
      return says(asking, "no retraining: the deployment has no retrain section")
    }
    // Bias first: mending the gap mends the whole too, but not the other way round.
    let leading = asking.min {
      ($0.slice == .all ? 1 : 0, $0.activeAt ?? slot, $0.fingerprint) < ($1.slice == .all ? 1 : 0, $1.activeAt ?? slot, $1.fingerprint)
    }
    guard let leading else { return [:] }
    let since = asking.compactMap(\.activeAt).min() ?? slot
    let labelled = try await tx.samples.window(deployment.name, Window(start: since, end: slot), labels: .labelled)
    let slice = Self.correctable(leading, protected: deployment.configuration.protected)
    // The rows of the slice that the dataset will take: it begins a window before the alert did.
    let from = since.addingTimeInterval(-deployment.configuration.window.length.timeInterval)
    let taken = try await tx.samples.window(deployment.name, Window(start: from, end: slot), labels: .labelled)
    let inSlice = slice.map { slice in taken.count { sample in slice.labels.allSatisfy { sample.columns[$0.key] == $0.value } } }
    let last = try await tx.gateDecisions.list(deployment.name, limit: 1).first?.decidedAt
    switch settings.policy.answer(rows: labelled.count, sliceRows: inSlice, lastDecision: last, now: slot) {
    case .wait(let why):
      return says(asking, "retraining waits: \(why)")
    case .begin:
      let request = RetrainRequest(
        reason: "rule:\(leading.rule)", alert: leading.fingerprint, slice: slice, changeSince: since, slot: slot)
      let ticket = try await tx.jobs.enqueue(
        kind: RetrainJob.kind, deployment: deployment.name, arguments: request.arguments, uniqueKey: deployment.name, priority: RetrainJob.priority,
        attemptsMax: RetrainJob.attemptsMax)
      return says(asking, ticket.isNew ? "a retraining begins (job \(ticket.id))" : "a retraining is under way (job \(ticket.id))")
    }
  }

  /// The slice a retraining should mend: one value of a protected column.
  static func correctable(_ alert: Alert, protected: [String]) -> Slice? {
    guard alert.measure.hasPrefix("bias."), alert.slice.labels.count == 1, let column = alert.slice.labels.keys.first, protected.contains(column)
    else {
      return nil
    }
    return alert.slice
  }

  private func says(_ alerts: [Alert], _ words: String) -> [String: [String]] {
    Dictionary(alerts.map { ($0.fingerprint, [words]) }) { first, _ in first }
  }
}

/// What a retraining is asked for; the arguments of its job.
struct RetrainRequest: Sendable, Hashable {
  /// `rule:NAME` or `manual:WHO`.
  var reason: String
  /// The alert that asked.
  var alert: String?
  /// The slice to mend.
  var slice: Slice?
  /// When the change began that the retraining answers: older rows describe another world.
  var changeSince: Date?
  /// Use labelled production rows from here on; nil for the configured stretch.
  var rowsSince: Date?
  /// The daemon's time at which it was asked.
  var slot: Date

  init(reason: String, alert: String? = nil, slice: Slice? = nil, changeSince: Date? = nil, rowsSince: Date? = nil, slot: Date) {
    self.reason = reason
    self.alert = alert
    self.slice = slice
    self.changeSince = changeSince
    self.rowsSince = rowsSince
    self.slot = slot
  }

  var arguments: JSONValue {
    var members: [String: JSONValue] = ["reason": .string(reason), "slot": .string(Timestamp.text(slot))]
    members["alert"] = alert.map(JSONValue.string)
    members["slice"] = slice.map { .object($0.labels.mapValues(JSONValue.string)) }
    members["change_since"] = changeSince.map { .string(Timestamp.text($0)) }
    members["rows_since"] = rowsSince.map { .string(Timestamp.text($0)) }
    return .object(members)
  }

  init?(_ job: Job) {
    guard let reason = job.text("reason"), let slot = job.time("slot") else { return nil }
    self.init(
      reason: reason, alert: job.text("alert"), slice: job.arguments["slice"]?.objectValue.map { Slice($0.compactMapValues(\.stringValue)) },
      changeSince: job.time("change_since"), rowsSince: job.time("rows_since"), slot: slot)
  }
}
