import Files
import Foundation

/// The folder a run writes to, held for this run alone while it lasts.
///
/// A lock on the folder itself (`flock`, which the kernel drops when the process dies) keeps two trainers from writing into one another's checkpoints.
final class OutputFolder {
  let url: URL
  private let descriptor: Int32

  init(_ url: URL) throws {
    self.url = url
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw TrainingFault(.files, "\(url.path): could not make the output folder: \(error.localizedDescription)")
    }
    descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TrainingFault(.files, "\(url.path): could not open the output folder: \(String(cString: strerror(errno)))") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw TrainingFault(.conflict, "\(url.path): another training run is writing here", hint: "wait for it, or choose another output folder")
    }
  }

  deinit { close(descriptor) }

  var checkpoints: CheckpointStore { CheckpointStore(folder: url.appending(path: "checkpoints", directoryHint: .isDirectory)) }
  var metrics: URL { url.appending(path: "metrics.jsonl") }

  static let adapterWeights = "adapter_model.safetensors"
  static let modelWeights = "model.safetensors"

  /// Removes what an earlier run left, its result included.
  ///
  /// - Throws: a conflict when the weights here are not a recorded run's: they are not ours to remove.
  func clear() throws {
    try refuseStrangers()
    try checkpoints.removeAll()
    for name in [RunRecord.fileName, "metrics.jsonl", Self.adapterWeights, "adapter_config.json", Self.modelWeights] {
      let file = url.appending(path: name)
      if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
    }
  }

  func refuseStrangers() throws {
    if let weights, RunRecord.read(in: url) == nil {
      throw TrainingFault(.conflict, "\(url.path): holds \(weights), which no run recorded here has made", hint: "choose another output folder")
    }
  }

  /// Weights that lie here, if any: of a run when there is a `run.json`, else somebody else's.
  var weights: String? {
    [Self.adapterWeights, Self.modelWeights].first { FileManager.default.fileExists(atPath: url.appending(path: $0).path) }
  }
}
