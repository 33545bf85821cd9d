package import Dashboard
import Foundation
import Records
import Reports
import Storage

extension DaemonOperator {
  package func alerts(_ query: AlertQuery) async throws -> [AlertItem] {
    try await storage.read { reader in
      let states = query.states.isEmpty ? Set(AlertState.allCases) : Set(query.states)
      var items: [AlertItem] = []
      for alert in try await reader.alerts.list(query.deployment, states: states).prefix(query.limit) {
        let report = try await reader.reports.list(fingerprint: alert.fingerprint, limit: 1).first
        items.append(AlertItem(alert: alert, headline: report?.title ?? alert.rule, report: report?.id))
      }
      return items
    }
  }

  package func alert(_ fingerprint: String) async throws -> AlertDetail {
    try await storage.read { reader in
      let found = try await reader.alerts.find(prefix: fingerprint)
      guard let alert = found.first else {
        throw OperatorFault(.notFound, "there is no alert \(fingerprint)", hint: "vigil alerts lists them")
      }
      guard found.count == 1 else { throw OperatorFault(.invalid, "\(found.count) alerts begin with \(fingerprint)", hint: "give more of it") }
      let reports = try await reader.reports.list(fingerprint: alert.fingerprint)
      return AlertDetail(
        alert: alert, headline: reports.first?.title ?? alert.rule, transitions: try await reader.alerts.transitions(alert.fingerprint),
        reports: reports.map(Self.item))
    }
  }

  package func jobs(_ query: JobQuery) async throws -> [JobItem] {
    let states = try query.state.map(Self.states) ?? Set(JobState.allCases)
    return try await storage.read { reader in
      try await reader.jobs.list(states: states, kind: query.kind, deployment: query.deployment, limit: query.limit).map(Self.item)
    }
  }

  package func job(_ id: String) async throws -> JobItem {
    guard let number = Int(id), let job = try await storage.read({ try await $0.jobs.find(number) }) else {
      throw OperatorFault(.notFound, "there is no job \(id)", hint: "vigil jobs lists them")
    }
    return Self.item(job)
  }

  package func models(deployment: String?) async throws -> [ModelItem] {
    let names = try deployment.map { [try self.deployment($0).name] } ?? daemon.deployments.keys.sorted()
    return try await storage.read { reader in
      var items: [ModelItem] = []
      for name in names {
        for version in try await reader.models.list(name) {
          let baselines = try await reader.baselines.list(name, model: version.id).filter { $0.slice == .all }
          let suites = try await reader.suiteRuns.list(name, model: version.id)
          var measured = Dictionary(baselines.map { ($0.measure, $0.value) }) { first, _ in first }
          for run in suites.reversed() {
            for (measure, value) in run.metrics.objectValue ?? [:] { measured[measure] = value.numberValue }
          }
          let decision = try await reader.gateDecisions.list(name, challenger: version.id, limit: 1).first
          items.append(ModelItem(version: version, measured: measured, decision: decision))
        }
      }
      return items
    }
  }

  package func reports(_ query: ReportQuery) async throws -> [ReportItem] {
    try await storage.read { reader in
      try await reader.reports.list(query.deployment, limit: query.limit).filter { query.kind == nil || $0.kind == query.kind }.map(Self.item)
    }
  }

  package func report(_ id: String) async throws -> ReportItem { Self.item(try await record(id)) }

  package func reportFile(_ id: String, format: ReportFormat) async throws -> [UInt8] {
    let record = try await record(id)
    let name =
      switch format {
      case .html: "report.html"
      case .markdown: "report.md"
      case .json: "report.json"
      }
    // The path is a row's, never a caller's.
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: record.path).appending(path: name)))
    } catch {
      throw OperatorFault(.notFound, "the file of report \(id) is gone: \(error.localizedDescription)")
    }
  }

  private func record(_ id: String) async throws -> ReportRecord {
    guard let record = try await storage.read({ try await $0.reports.find(id) }) else {
      throw OperatorFault(.notFound, "there is no report \(id)", hint: "vigil reports lists them")
    }
    return record
  }

  // MARK: - Rows as items

  private static func item(_ record: ReportRecord) -> ReportItem {
    ReportItem(
      id: record.id, kind: record.kind, title: record.title, deployment: record.deployment, createdAt: record.createdAt,
      subject: record.fingerprint ?? "")
  }

  private static func states(_ text: String) throws -> Set<JobState> {
    switch text {
    case "succeeded": [.done]
    case "live": Set(JobState.allCases.filter(\.isLive))
    default:
      if let state = JobState(rawValue: text) {
        [state]
      } else {
        throw OperatorFault(.invalid, "unknown job state \"\(text)\"", hint: "known are: live, queued, running, retry, succeeded, failed, cancelled")
      }
    }
  }

  static func item(_ job: Job) -> JobItem {
    let progress = job.state == .running ? job.progress : nil
    let step = progress?["step"]?.numberValue
    let steps = progress?["of"]?.numberValue
    return JobItem(
      id: String(job.id), kind: job.kind, state: job.state == .done ? "succeeded" : job.state.rawValue, deployment: job.deployment,
      reason: job.text("reason") ?? "schedule", createdAt: job.createdAt, startedAt: job.startedAt, finishedAt: job.finishedAt, attempt: job.attempt,
      progress: step.flatMap { step in steps.map { step / max($0, 1) } }, note: progress.flatMap(note), error: job.errors.last?.error,
      result: job.result)
  }

  /// `train, step 310 of 440, loss 0.41, 6768 tokens/s, 24 s left`.
  private static func note(_ progress: JSONValue) -> String? {
    var parts: [String] = []
    if let stage = progress["stage"]?.stringValue { parts.append(stage) }
    if let step = progress["step"]?.numberValue, let of = progress["of"]?.numberValue { parts.append("step \(Int(step)) of \(Int(of))") }
    if let loss = progress["loss"]?.numberValue { parts.append("loss \(Figures.number(loss))") }
    if let speed = progress["tokens_per_second"]?.numberValue { parts.append("\(Int(speed)) tokens/s") }
    if let left = progress["seconds_left"]?.numberValue { parts.append("\(Int(left)) s left") }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
