import Files
import Foundation
import Records
package import RemoteModel
import Storage

/// The champion of a deployment whose model somebody else serves: what the server serves is champion.
///
/// Nobody gates what others deploy; what can be done is to notice. The server is asked before each turn and each suite, and a model with another identity is
/// another champion from then on, so that numbers of two models are never mixed. A swap in the middle of a turn is noticed
/// at the next; weights that are swapped under the same name, by a server that says nothing of it, are not noticed at all.
struct ServedModel: Sendable {
  let context: DaemonContext
  let deployment: Deployment
  let section: RemoteSection

  /// - registered: the champion so far
  /// - Throws: `RemoteFault` when the server cannot be asked.
  func champion(after registered: Champion?) async throws -> Champion {
    let id = try await deployment.predictors.connect(section)
    if let registered, registered.model.id == id { return registered }
    let name = deployment.name
    let now = try context.clock.now()
    // There is no folder and no hash of weights: address and name stand in the folder's place, the identity in the hash's.
    let version = ModelVersion(
      id: id, deployment: name, basePath: "\(section.address)#\(section.name)", baseDigest: Digest.of(id).hex, adapterPath: nil, adapterDigest: nil,
      status: .challenger, createdAt: now)
    let champion = try await context.storage.transaction { tx in
      try await tx.models.register(version)
      return try await tx.models.promote(
        name, id, expecting: registered?.model.id, actor: registered == nil ? "configuration" : "server",
        reason: registered == nil ? "the configured model" : "the server serves another model, or the task was changed", at: now)
    }
    context.logger.notice("what the server serves is champion", metadata: ["deployment": "\(name)", "model": "\(id)", "at": "\(version.basePath)"])
    return champion
  }
}

extension DaemonContext {
  /// The model whose answers are watched.
  /// - Throws: `NoChampion`; for a remote model `RemoteFault` when its server cannot be asked.
  func champion(of deployment: Deployment) async throws -> Champion {
    let registered = try await storage.read { try await $0.models.champion(deployment.name) }
    if let section = deployment.configuration.model.remote {
      return try await ServedModel(context: self, deployment: deployment, section: section).champion(after: registered)
    }
    guard let registered else { throw NoChampion(deployment: deployment.name) }
    return registered
  }
}

extension DeploymentConfiguration {
  /// - Throws: `FileFault` when the key cannot be read, `RemoteTaskFault` when the labels cannot be asked for, `RemoteFault` when the server cannot be used.
  package func connect(_ section: RemoteSection) async throws -> RemotePredictor {
    try await RemotePredictor.connect(section.settings(), task: remoteTask(section))
  }

  package func remoteTask(_ section: RemoteSection) throws(RemoteTaskFault) -> RemoteTask {
    try section.task(labels: labels, system: model.system, inputScalarsMax: model.inputScalarsMax)
  }
}
