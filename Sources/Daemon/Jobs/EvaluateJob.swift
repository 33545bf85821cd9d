import Evaluation
import Foundation
import Records
import Storage

/// Runs the deployment's suites on the champion: on schedule, by a rule or by hand. The results are judged by the next turn of the cycle.
struct EvaluateJob: JobHandler {
  static let kind = "evaluate"
  /// Before the cycle of the same slot, so that it finds the results.
  static let priority = 5
  var kind: String { Self.kind }
  let context: DaemonContext
  let deployments: [String: Deployment]

  func run(_ lease: JobLease, progress: JobProgress) async throws {
    guard let deployment = lease.job.deployment.flatMap({ deployments[$0] }), let slot = lease.job.time("slot") else {
      throw MalformedJob(job: lease.job, needs: "the name of a configured deployment and a slot")
    }
    let champion = try await context.champion(of: deployment)
    let wanted = lease.job.text("suite")
    let file = lease.job.text("file")
    let suites = try deployment.configuration.suites.filter { file == nil || $0.file.lastPathComponent == file }.map { try Suite.read($0.file) }
      .filter { wanted == nil || $0.name == wanted }
    if let wanted, suites.isEmpty { throw UnknownSuite(name: wanted, deployment: deployment.name) }
    let predictor = try await deployment.predictors.predictor(for: champion.model)
    var results: [SuiteResult] = []
    for (number, suite) in suites.enumerated() {
      progress.report(["suite": .string(suite.name), "of": .number(Double(suites.count)), "done": .number(Double(number))])
      results.append(try await SuiteRunner.run(suite, on: predictor))
    }
    let finished = results
    try await context.storage.transaction { tx in
      for result in finished {
        let measurements = result.measurements(at: slot)
        _ = try await tx.measurements.insert(measurements, deployment: deployment.name, slot: slot)
        try await tx.suiteRuns.insert(record(result, deployment: deployment.name, slot: slot, measurements), items: result.answers.map(item))
      }
      let summary = finished.map { result in
        (result.suite.name, JSONValue.number(Double(result.answers.count(where: \.correct)) / Double(result.answers.count)))
      }
      try await tx.jobs.complete(
        lease, result: .object(["accuracy": .object(Dictionary(summary) { first, _ in first }), "model": .string(champion.model.id)]))
    }
  }

  /// What the schedule asked for waits until it asks again; an operator who waits is told after a few attempts.
  func patience(with lease: JobLease) throws -> Patience {
    guard let deployment = lease.job.deployment.flatMap({ deployments[$0] }), let slot = lease.job.time("slot"), let file = lease.job.text("file"),
      let suite = deployment.configuration.suites.first(where: { $0.file.lastPathComponent == file })
    else { return .attempts }
    return Scheduler.patience(slot: slot, every: suite.every, now: try context.clock.now())
  }

  private func record(_ result: SuiteResult, deployment: String, slot: Date, _ measurements: [Records.Measurement]) -> SuiteRunRecord {
    let metrics = measurements.filter { $0.slice == .all }.map { ($0.measure, $0.value.map(JSONValue.number) ?? .null) }
    return SuiteRunRecord(
      id: "\(deployment)/\(result.suite.name)/\(result.model)/\(Timestamp.text(slot))", deployment: deployment, suite: result.suite.name,
      suiteDigest: result.suite.digest.hex, model: result.model, at: slot, n: result.answers.count,
      metrics: .object(Dictionary(metrics) { first, _ in first }))
  }

  private func item(_ answer: SuiteAnswer) -> SuiteItemRecord {
    SuiteItemRecord(
      item: answer.item.key, expected: answer.item.label, answer: answer.answer, correct: answer.correct, score: answer.prediction.confidence,
      failure: answer.prediction.failure)
  }
}

struct UnknownSuite: Error, CustomStringConvertible {
  var name: String
  var deployment: String

  var description: String { "\(deployment) has no suite \"\(name)\"\nhint: its suites stand under deployments.suites in the configuration" }
}
