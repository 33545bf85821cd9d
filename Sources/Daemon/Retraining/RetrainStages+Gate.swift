import Alerting
import Curation
import Evaluation
import Foundation
import Measures
import Records
import Reports
import Retraining
import Storage

extension RetrainStages {
  /// Both models answer the same items; the decision, what it changes, its report and its messages are one transaction, then the link follows.
  func judge(_ challenger: ModelVersion, against champion: Champion, _ run: RunRecord) async throws {
    progress.report(["stage": "gate"])
    let now = try context.clock.now()
    guard let datasetID = run.dataset, let dataset = try await context.storage.read({ try await $0.datasets.find(datasetID) }) else {
      throw MalformedJob(job: lease.job, needs: "a run with a dataset")
    }
    let recent = try DatasetBuilder.rows(.gate, in: URL(filePath: dataset.path))
    let old = try await deployment.predictors.predictor(for: champion.model)
    let new = try await deployment.predictors.predictor(for: challenger)
    func pairs(_ items: [LabelledItem]) async throws -> (pairs: [PairedAnswer], challenger: [Prediction]) {
      let requests = items.map { PredictionRequest(key: $0.key, input: $0.input) }
      let (a, b) = (try await old.predict(requests), try await new.predict(requests))
      let pairs = items.indices.map { place in
        PairedAnswer(
          key: items[place].key, label: items[place].label, champion: a[place].answer, challenger: b[place].answer, columns: items[place].columns)
      }
      return (pairs, b)
    }
    let recentItems = recent.map { LabelledItem(key: $0.key, input: $0.input, label: $0.label, columns: $0.columns) }
    let (recentPairs, recentAnswers) = try await pairs(recentItems)
    var guarded: [GateSet] = []
    for suite in try suites() {
      guarded.append(GateSet(name: "suite.\(suite.name)", answers: try await pairs(suite.items).pairs, margin: suite.margin ?? GateMargins.suite))
    }
    let held = try heldBack()
    if !held.isEmpty { guarded.append(GateSet(name: "forgetting", answers: try await pairs(held).pairs, margin: GateMargins.forgetting)) }

    let decision = Gate(columns: deployment.configuration.protected, seed: deployment.configuration.sampling.seed).decide(
      id: "gate-\(lease.job.id)", deployment: name, champion: champion.model.id, challenger: challenger.id,
      target: request.slice.map(GateTarget.gap) ?? .recentAccuracy, recent: GateSet(name: "recent", answers: recentPairs, margin: GateMargins.recent),
      guarded: guarded, at: now)
    let baselines = Self.baselines(recentItems, recentAnswers, challenger.id, deployment.configuration)
    let report = GateReporting(stages: self, run: run, dataset: dataset).report(decision, at: now)
    let published = try ReportPublisher(objects: context.objects).publish(report)

    try await context.storage.transaction { tx in
      try await tx.jobs.hold(lease)
      try await tx.gateDecisions.insert(decision)
      if decision.promoted {
        _ = try await tx.models.promote(
          name, challenger.id, expecting: champion.model.id, decision: decision.id, actor: "gate", reason: decision.summary, at: now)
        try await tx.baselines.store(BaselineStore.rows(baselines, deployment: name, at: now))
      } else {
        try await tx.models.setStatus(name, challenger.id, .refused)
      }
      try await tx.reports.insert(
        ReportRecord(
          id: published.id, deployment: name, kind: "gate", title: report.headline, path: published.folder.path, digest: published.digest.hex,
          createdAt: now))
      try await tx.events.append(
        at: now, deployment: name, actor: "gate", what: decision.promoted ? "model promoted" : "model refused",
        detail: [
          "decision": .string(decision.id), "reason": .string(request.reason), "challenger": .string(challenger.id),
          "summary": .string(decision.summary),
        ])
      for receiver in context.configuration.receivers {
        let id = AlertMessage.identity(fingerprint: decision.id, sequence: 1, receiver: receiver.name)
        let message = AlertMessage(
          id: id, kind: .operational, deployment: name, createdAt: now, lines: [report.headline, decision.summary],
          attachments: published.attachments, reportAddress: published.folder.appending(path: "report.html").path)
        _ = try await tx.outbox.enqueue(receiver: receiver.name, idempotencyKey: id, fingerprint: decision.id, sequence: 1, payload: message)
      }
      try await tx.jobs.complete(
        lease,
        result: [
          "decision": .string(decision.id), "promoted": .bool(decision.promoted), "challenger": .string(challenger.id),
          "summary": .string(decision.summary),
        ])
    }
    try await ChampionLink(context: context).follow(name)
  }

  /// What the challenger could do on recent traffic that it was not trained on: what its windows will be compared with, should it be promoted.
  private static func baselines(
    _ items: [LabelledItem], _ answers: [Prediction], _ model: String, _ configuration: DeploymentConfiguration
  ) -> Baselines {
    let observations = zip(items, answers).map { item, prediction in
      Observation(
        sample: Sample(
          key: item.key, deployment: configuration.name, time: .distantPast, input: item.input, columns: item.columns, inclusionProbability: 1,
          label: item.label, labelledAt: .distantPast),
        prediction: prediction)
    }
    let settings = MeasureSettings(
      protectedColumns: configuration.protected, columns: configuration.source.columns, taskLabels: configuration.labels,
      seed: configuration.sampling.seed &+ 1)
    return Measures.Baseline.compute(observations, model: model, settings)
  }
}

/// Losses of accuracy that a challenger may not be excluded to have, by kind of set. With the sizes that deployments have (a few hundred items) smaller
/// margins would refuse equal models more often than not.
enum GateMargins {
  static let recent = 0.05
  static let suite = 0.05
  static let forgetting = 0.05
}
