package import Evaluation
package import Records
package import RemoteModel

/// The loaded models of one deployment: the champion and the last few others, so that the gate and a rollback need not load twice.
package actor PredictorCache {
  private let configuration: DeploymentConfiguration
  private var loaded: [(id: String, predictor: any Predictor)] = []

  /// Models kept in memory at once.
  private static let limit = 3

  package init(_ configuration: DeploymentConfiguration) { self.configuration = configuration }

  /// - Throws: when the folders cannot be read or the server cannot be asked, or either is not what the registry says it is.
  package func predictor(for version: ModelVersion) async throws -> any Predictor {
    if let place = loaded.firstIndex(where: { $0.id == version.id }) {
      loaded.append(loaded.remove(at: place))
      return loaded[loaded.count - 1].predictor
    }
    let predictor: any Predictor
    switch configuration.model.place {
    case .local(let base, _):
      predictor = try LocalPredictor(
        base: base, adapter: version.adapterPath.map { .init(filePath: $0) }, labels: configuration.labels, system: configuration.model.system,
        inputTokensMax: configuration.model.inputTokensMax)
    case .remote(let section): predictor = try await configuration.connect(section)
    }
    guard predictor.model == version.id else {
      throw ModelChanged(expected: version.id, found: predictor.model, path: version.adapterPath ?? version.basePath)
    }
    keep(predictor)
    return predictor
  }

  /// Asks the server anew what it serves and what it tells.
  /// - Returns: the model's identity.
  package func connect(_ section: RemoteSection) async throws -> String {
    let predictor = try await configuration.connect(section)
    keep(predictor)
    return predictor.model
  }

  private func keep(_ predictor: any Predictor) {
    loaded.removeAll { $0.id == predictor.model }
    loaded.append((predictor.model, predictor))
    if loaded.count > Self.limit { loaded.removeFirst() }
  }
}

/// The files of a registered model, or what its server serves, are not what was registered.
struct ModelChanged: Error, CustomStringConvertible {
  var expected: String
  var found: String
  var path: String

  var description: String {
    "\(path): this is model \(found), but the registry has \(expected)\n"
      + "hint: somebody changed the model, or the task's labels or prompt; restore it, or register the new model by restarting the daemon"
  }
}
