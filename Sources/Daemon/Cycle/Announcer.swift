import Alerting
import Files
import Foundation
import Records
import Reports
import Rules
import Storage

/// Writes the report of an alert's step and the messages that carry it, in the transaction of the step itself: a message that is not in the outbox has
/// no state change, and a state change has its message.
struct Announcer {
  let context: DaemonContext
  let deployment: Deployment
  let slot: Date
  let rules: RuleSet

  func announce(
    _ alert: Alert, _ transition: AlertTransition, measured: Measured, plans: [String], champion: Champion, _ tx: StorageWriter
  ) async throws {
    let report = try await report(alert, measured: measured, plans: plans, champion: champion, tx)
    let published = try ReportPublisher(objects: context.objects).publish(report)
    try await tx.reports.insert(
      ReportRecord(
        id: published.id, deployment: deployment.name, kind: "alert", title: report.headline, fingerprint: alert.fingerprint,
        sequence: transition.sequence, path: published.folder.path, digest: published.digest.hex, createdAt: slot))
    for receiver in context.configuration.receivers {
      let id = AlertMessage.identity(fingerprint: alert.fingerprint, sequence: transition.sequence, receiver: receiver.name)
      let message = AlertMessage(
        id: id, deployment: deployment.name, createdAt: slot, lines: report.message, alert: alert, transition: transition,
        attachments: published.attachments, reportAddress: published.folder.appending(path: "report.html").path)
      _ = try await tx.outbox.enqueue(
        receiver: receiver.name, idempotencyKey: id, fingerprint: alert.fingerprint, sequence: transition.sequence, payload: message)
    }
  }

  // MARK: - The report

  private func report(
    _ alert: Alert, measured: Measured, plans: [String], champion: Champion, _ tx: StorageWriter
  ) async throws -> AlertReport {
    let measurement = measured.measurements.first { $0.measure == alert.measure && $0.slice == alert.slice } ?? alert.measurement
    let series = try await tx.measurements.series(deployment.name, measure: alert.measure, slice: alert.slice, limit: Self.historyMax)
    let history = series.map { stored in
      AlertReport.HistoryPoint(
        at: stored.slot, value: stored.measurement.value, lower: stored.measurement.lower, upper: stored.measurement.upper,
        verdict: stored.measurement.verdict, n: stored.measurement.n)
    }
    let related = measured.measurements.filter { $0.verdict == .changed && !($0.measure == alert.measure && $0.slice == alert.slice) }
      .sorted { (($0.effect ?? 0) / ($0.tolerance ?? 1), $1.measure) > (($1.effect ?? 0) / ($1.tolerance ?? 1), $0.measure) }
    let rule = rules.rule(named: alert.rule)
    return AlertReport(
      deployment: deployment.name, alert: alert, transitions: try await tx.alerts.transitions(alert.fingerprint),
      rule: AlertReport.Rule(name: alert.rule, file: rule?.location ?? "", text: rule?.description ?? "the rule is no longer in force"),
      window: measured.window, measurement: measurement, history: history, referenceBand: Self.band(measurement), related: related,
      examples: ExampleRows.typical(of: alert, measured), model: champion.model.id,
      modelNote: Self.note(champion.model),
      actions: plans.isEmpty ? [rule?.then == .review ? "a review of these rows is wanted" : "nothing of its own: the rule only tells"] : plans,
      command: "vigil alerts \(alert.fingerprint)", generatedAt: slot)
  }

  private static func note(_ model: ModelVersion) -> String {
    if model.isRemote { return "served at \(model.basePath)" }
    return model.adapterPath.map { "adapter \($0)" } ?? "base model"
  }

  private static func band(_ measurement: Records.Measurement?) -> ClosedRange<Double>? {
    // Only where the effect is a difference of the value from its reference is there a band around the reference.
    guard let measurement, let reference = measurement.reference, let tolerance = measurement.tolerance, let value = measurement.value,
      let effect = measurement.effect, abs(abs(value - reference) - abs(effect)) < 1e-9
    else { return nil }
    return reference - tolerance...reference + tolerance
  }

  private static let historyMax = 120
}

/// Puts the three files of a report where their hash says.
struct ReportPublisher {
  let objects: ContentStore

  struct Published {
    var id: String
    var digest: Digest
    var folder: URL
    var attachments: [AlertMessage.Attachment]
  }

  func publish(_ report: some Report) throws -> Published {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "vigil-report-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let files = report.files
    for file in files { try Data(file.text.utf8).write(to: scratch.appending(path: file.name)) }
    let digest = try objects.put(folder: scratch)
    let folder = objects.path(of: digest)
    let attachments = files.map { file in
      AlertMessage.Attachment(
        name: file.name, contentType: file.contentType, path: folder.appending(path: file.name).path, sha256: Digest.of(file.text).hex)
    }
    return Published(id: String(digest.hex.prefix(16)), digest: digest, folder: folder, attachments: attachments)
  }
}
