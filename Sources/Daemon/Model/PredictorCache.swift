package import Evaluation
package import Records

/// The loaded models of one deployment: the champion and the last few others, so that the gate and a rollback need not load twice.
package actor PredictorCache {
  private let configuration: DeploymentConfiguration
  private var loaded: [(id: String, predictor: LocalPredictor)] = []

  /// Models kept in memory at once.
  private static let limit = 3

  package init(_ configuration: DeploymentConfiguration) { self.configuration = configuration }

  /// - Throws: when the folders cannot be read, or are not what the registry says they are.
  package func predictor(for version: ModelVersion) throws -> any Predictor {
    if let place = loaded.firstIndex(where: { $0.id == version.id }) {
      loaded.append(loaded.remove(at: place))
      return loaded[loaded.count - 1].predictor
    }
    let predictor = try LocalPredictor(
      base: configuration.model.base, adapter: version.adapterPath.map { .init(filePath: $0) }, labels: configuration.labels,
      system: configuration.model.system, inputTokensMax: configuration.model.inputTokensMax)
    guard predictor.model == version.id else {
      throw ModelChanged(expected: version.id, found: predictor.model, path: version.adapterPath ?? version.basePath)
    }
    loaded.append((version.id, predictor))
    if loaded.count > Self.limit { loaded.removeFirst() }
    return predictor
  }
}

/// The files of a registered model are not the ones that were registered.
struct ModelChanged: Error, CustomStringConvertible {
  var expected: String
  var found: String
  var path: String

  var description: String {
    "\(path): the files make model \(found), but the registry has \(expected)\n"
      + "hint: somebody changed the files, or the task's labels or prompt; restore them, or register the new model by restarting the daemon"
  }
}
