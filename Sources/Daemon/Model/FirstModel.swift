import Files
import Foundation
import LanguageModel
import Records

/// The folders that the configuration names, as a version of the registry. Its adapter is copied into the store, so that what was registered stays as it was
/// registered whatever happens to the configured folder.
struct FirstModel: Sendable {
  let configuration: DeploymentConfiguration
  let objects: ContentStore

  func version(base folder: URL, adapter: URL?, at time: Date) throws -> ModelVersion {
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
