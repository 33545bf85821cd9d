package import Dashboard
import Foundation
import Records
import Retraining
import Storage

extension DaemonOperator {
  package func evaluate(_ request: EvaluationRequest, _ call: Call) async throws -> JobItem {
    let deployment = try deployment(request.deployment)
    let now = try context.clock.now()
    var arguments: [String: JSONValue] = ["slot": .string(Timestamp.text(now)), "reason": .string("manual:\(request.reason ?? "operator")")]
    arguments["suite"] = request.suite.map(JSONValue.string)
    return try await ask(
      kind: EvaluateJob.kind, deployment: deployment.name, arguments: arguments, uniqueKey: nil, priority: EvaluateJob.priority, attemptsMax: 3, call)
  }

  package func retrain(_ request: RetrainingRequest, _ call: Call) async throws -> JobItem {
    let deployment = try deployment(request.deployment)
    if deployment.configuration.model.remote != nil {
      throw OperatorFault(.conflict, "the model of \(deployment.name) is served elsewhere, and cannot be trained here")
    }
    guard deployment.configuration.retrain != nil else {
      throw OperatorFault(.conflict, "\(deployment.name) has no retrain section in the configuration", hint: "vigil init shows one")
    }
    let now = try context.clock.now()
    let arguments = RetrainRequest(reason: "manual:\(request.reason ?? "operator")", slot: now).arguments.objectValue ?? [:]
    // An operator's word goes over the cool-down, not over the gate.
    return try await ask(
      kind: RetrainJob.kind, deployment: deployment.name, arguments: arguments, uniqueKey: deployment.name, priority: RetrainJob.priority,
      attemptsMax: RetrainJob.attemptsMax, call)
  }

  /// Enqueues once for each idempotency key.
  private func ask(
    kind: String, deployment: String, arguments: [String: JSONValue], uniqueKey: String?, priority: Int, attemptsMax: Int, _ call: Call
  ) async throws -> JobItem {
    try await storage.transaction { tx in
      if let key = call.idempotencyKey, let before = try await tx.jobs.find(idempotencyKey: key) {
        guard before.text("idempotency_request") == call.request else {
          throw OperatorFault(.unprocessable, "this Idempotency-Key was used for another request", hint: "use a new key")
        }
        return Self.item(before)
      }
      var arguments = arguments
      if let key = call.idempotencyKey {
        arguments["idempotency_key"] = .string(key)
        arguments["idempotency_request"] = .string(call.request)
      }
      let ticket = try await tx.jobs.enqueue(
        kind: kind, deployment: deployment, arguments: .object(arguments), uniqueKey: uniqueKey, priority: priority, attemptsMax: attemptsMax)
      if ticket.isNew {
        try await tx.events.append(
          at: try context.clock.now(), deployment: deployment, actor: "operator", what: "\(kind) asked for",
          detail: ["job": .number(Double(ticket.id))])
      }
      guard let job = try await tx.jobs.find(ticket.id) else { preconditionFailure("a job that was just enqueued is there") }
      return Self.item(job)
    }
  }

  package func cancelJob(_ id: String, _ call: Call) async throws -> JobItem {
    guard let number = Int(id) else { throw OperatorFault(.notFound, "there is no job \(id)") }
    return try await storage.transaction { tx in
      guard try await tx.jobs.cancel(number) != nil, let job = try await tx.jobs.find(number) else {
        throw OperatorFault(.notFound, "there is no job \(id)", hint: "vigil jobs lists them")
      }
      return Self.item(job)
    }
  }

  // MARK: - Models

  package func promote(_ model: String, _ request: ModelChangeRequest, _ call: Call) async throws -> ModelChange {
    let deployment = try deployment(request.deployment)
    return try await change(deployment, reason: request.reason ?? "promoted by hand") { reader, champion in
      guard let version = try await reader.models.list(deployment.name).first(where: { $0.id.hasPrefix(model) }) else {
        throw OperatorFault(.notFound, "\(deployment.name) has no model \(model)", hint: "vigil models lists them")
      }
      if version.id == champion.model.id { return version }
      guard version.status != .refused else {
        throw OperatorFault(.conflict, "model \(version.id) was refused by the gate", hint: "its reasons: vigil models; mend them and retrain")
      }
      // What was never proven is not promoted by hand either: a retired champion has been, a challenger has not.
      guard version.status == .retired else {
        throw OperatorFault(
          .conflict, "model \(version.id) has not passed the gate",
          hint: "the gate decides about challengers; retired champions can be promoted again")
      }
      return version
    }
  }

  package func rollback(_ request: ModelChangeRequest, _ call: Call) async throws -> ModelChange {
    let deployment = try deployment(request.deployment)
    return try await change(deployment, reason: request.reason ?? "rolled back by hand") { reader, _ in
      guard let previous = try await reader.models.promotions(deployment.name, limit: 1).first?.previous,
        let version = try await reader.models.find(deployment.name, previous)
      else { throw OperatorFault(.conflict, "\(deployment.name) has had no other champion to go back to") }
      return version
    }
  }

  /// One transaction, then the link.
  private func change(
    _ deployment: Deployment, reason: String, to choose: (StorageReader, Champion) async throws -> ModelVersion
  ) async throws -> ModelChange {
    if deployment.configuration.model.remote != nil {
      throw OperatorFault(
        .conflict, "the model of \(deployment.name) is served elsewhere: what its server serves is champion",
        hint: "change it on the server; the next turn of the cycle notices")
    }
    let now = try context.clock.now()
    let changed = try await storage.transaction { tx in
      guard let champion = try await tx.models.champion(deployment.name) else { throw OperatorFault(.conflict, "\(deployment.name) has no champion") }
      let version = try await choose(tx.reader, champion)
      let new = try await tx.models.promote(
        deployment.name, version.id, expecting: champion.model.id, actor: "operator", reason: reason, at: now)
      try await tx.events.append(
        at: now, deployment: deployment.name, actor: "operator", what: "model promoted",
        detail: ["model": .string(new.model.id), "previous": .string(champion.model.id), "reason": .string(reason)])
      return ModelChange(deployment: deployment.name, champion: new.model.id, previous: champion.model.id, at: now)
    }
    try await ChampionLink(context: context).follow(deployment.name)
    return changed
  }

  package func reload(_ call: Call) async throws -> ReloadResponse { await reloader() }
}
