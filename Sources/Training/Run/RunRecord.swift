import Files
import Foundation

/// `run.json`: what was trained on what, by what, and how it ended; enough to do it again and to know whether it would be the same.
struct RunRecord: Sendable, Codable, Hashable {
  static let fileName = "run.json"

  enum Status: String, Codable, Sendable { case running, interrupted, failed, finished }

  struct DataSource: Sendable, Codable, Hashable {
    var file: String
    var sha256: Digest
    var counts: TrainingRowReader.Counts
  }

  var format = 1
  var status: Status
  var identity: RunIdentity
  var configuration: TrainingConfiguration
  var base: String
  var baseDigest: String
  var fromScratch: Bool
  var train: DataSource
  var validation: DataSource?
  var seed: UInt64
  var trainedParameters: Int
  var plannedSteps: Int
  var numerics: Numerics
  /// Of the processes that ran it, the last one included.
  var wallSeconds = 0.0
  var outcome: TrainingOutcome?
  /// What ended a run that failed.
  var failure: String?

  /// What computed: results are equal to the last bit only where this is equal.
  struct Numerics: Sendable, Codable, Hashable {
    var blas: String
    var kernels: String
    var threads: Int

    enum CodingKeys: String, CodingKey {
      case blas = "blas_core"
      case kernels = "kernel_path"
      case threads
    }

    /// What decides the bits; the number of threads does not.
    var identity: String { "\(blas) \(kernels)" }
  }

  enum CodingKeys: String, CodingKey {
    case format, status, identity, configuration, base
    case baseDigest = "base_digest"
    case fromScratch = "from_scratch"
    case train, validation, seed
    case trainedParameters = "trained_parameters"
    case plannedSteps = "planned_steps"
    case numerics
    case wallSeconds = "wall_seconds"
    case outcome, failure
  }

  /// The record in a folder; nil if there is none that can be read.
  static func read(in folder: URL) -> RunRecord? {
    guard let data = try? Data(contentsOf: folder.appending(path: fileName)) else { return nil }
    return try? JSONDecoder().decode(RunRecord.self, from: data)
  }

  func write(in folder: URL) throws {
    try DurableFile.write(Form.json(self, pretty: true), to: folder.appending(path: Self.fileName))
  }
}
