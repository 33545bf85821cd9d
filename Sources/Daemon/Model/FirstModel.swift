import Files
import Foundation
import LanguageModel
import Records
import RemoteModel

/// The model that the configuration names, as a version of the registry. Its adapter is copied into the store, so that what was registered stays as it was
/// registered whatever happens to the configured folder.
struct FirstModel: Sendable {
  let configuration: DeploymentConfiguration
  let objects: ContentStore

  func version(at time: Date) async throws -> ModelVersion {
    switch configuration.model.place {
    case .local(let base, let adapter): try local(base, adapter, at: time)
    case .remote(let section): try await remote(section, at: time)
    }
  }

  /// What the server says it serves now. There is no folder: address and name stand in its place, the identity in place of its hash.
  private func remote(_ section: RemoteSection, at time: Date) async throws -> ModelVersion {
    let id = try await configuration.connect(section).model
    return ModelVersion(
      id: id, deployment: configuration.name, basePath: "\(section.address)#\(section.name)", baseDigest: Digest.of(id).hex, adapterPath: nil,
      adapterDigest: nil, status: .challenger, createdAt: time)
  }

  private func local(_ folder: URL, _ adapter: URL?, at time: Date) throws -> ModelVersion {
    let base = try ModelFolder.open(folder)
    var adapterPath: String?
    var adapterDigest: String?
    var identityDigest: String?
    if let adapter {
      let opened = try AdapterFolder.open(adapter, base: base)
      let stored = try objects.put(folder: adapter)
      adapterPath = objects.path(of: stored).path
      adapterDigest = stored.hex
      identityDigest = opened.digest
    }
    let id = ModelIdentity.of(
      base: base.digest, adapter: identityDigest, labels: configuration.labels, system: configuration.model.system,
      inputTokensMax: configuration.model.inputTokensMax)
    return ModelVersion(
      id: id, deployment: configuration.name, basePath: folder.path, baseDigest: base.digest, adapterPath: adapterPath,
      adapterDigest: adapterDigest, status: .challenger, createdAt: time)
  }
}

extension DeploymentConfiguration {
  func connect(_ section: RemoteSection) async throws -> RemotePredictor {
    let task = try section.task(labels: labels, system: model.system, inputScalarsMax: model.inputScalarsMax)
    return try await RemotePredictor.connect(section.settings(), task: task)
  }
}
