import Files
import Foundation

/// What `MANIFEST.json` of a checkpoint says: where the run stood, whose run it is, and what the other files must hash to.
struct CheckpointManifest: Sendable, Codable, Hashable {
  static let fileName = "MANIFEST.json"
  static let currentFormat = 1

  var format = CheckpointManifest.currentFormat
  /// Steps done.
  var step: Int
  /// The data cursor, for readers; a run finds its place from the step alone.
  var epoch: Int
  var epochStep: Int
  var identity: RunIdentity
  var validation: EarlyStopping
  /// Of this step.
  var loss: Double
  /// Tokens seen since the first step.
  var tokens: Int
  /// Seconds of training before this point, over all resumptions.
  var wallSeconds: Double
  /// The BLAS kernels that computed it; with others a resumed run is right but not equal to the last bit.
  var numerics: String
  /// SHA-256 of each other file in the folder, by name.
  var files: [String: Digest]

  enum CodingKeys: String, CodingKey {
    case format, step, epoch
    case epochStep = "epoch_step"
    case identity, validation, tokens
    case wallSeconds = "wall_seconds"
    case loss, numerics, files
  }
}

/// What makes two runs the same run: equal identities give equal bytes.
struct RunIdentity: Sendable, Codable, Hashable {
  /// Of the configuration, written as JSON with sorted keys.
  var configuration: Digest
  /// Of the training file.
  var train: Digest
  /// Of the validation file, if any.
  var validation: Digest?
  /// Of the base model's folder (or, from scratch, of its configuration and tokenizer).
  var base: String
  /// Of the adapter that training continues from, if any.
  var initialAdapter: String?

  enum CodingKeys: String, CodingKey {
    case configuration, train, validation, base
    case initialAdapter = "initial_adapter"
  }

  /// What differs, in words; empty when nothing does.
  func differences(from other: RunIdentity) -> [String] {
    var found: [String] = []
    if configuration != other.configuration { found.append("the configuration") }
    if train != other.train { found.append("the training data") }
    if validation != other.validation { found.append("the validation data") }
    if base != other.base { found.append("the base model") }
    if initialAdapter != other.initialAdapter { found.append("the adapter to start from") }
    return found
  }
}
