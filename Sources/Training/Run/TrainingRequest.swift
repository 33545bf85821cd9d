public import Foundation

/// One training run: what to train on what, and where the result goes.
public struct TrainingRequest: Sendable {
  /// The base model, a Hugging Face folder.
  public var model: URL
  /// Rows to train on, JSONL.
  public var train: URL
  /// Rows to measure the validation loss on; nil for none.
  public var valid: URL?
  /// Where adapter (or model), log, record and checkpoints go.
  public var output: URL
  public var configuration: TrainingConfiguration
  /// Starts from random weights by the folder's `config.json`; the folder needs no weights. All parameters are trained.
  public var fromScratch = false
  /// Whether to go on from the checkpoints in `output`. When false, what an earlier run left there is removed first.
  public var resume = true
  /// Whether the last two checkpoints and the best stay when the run is done.
  public var keepsCheckpoints = true
  /// Asked after every step; true ends the run with a checkpoint and a `.interrupted` fault.
  public var shouldStop: @Sendable () -> Bool = { false }
  /// Ends the run right after this step as a crash would: no checkpoint, a `.interrupted` fault. For proving that resumed runs end in the same bytes.
  public var crashAfterStep: Int?

  public init(model: URL, train: URL, valid: URL? = nil, output: URL, configuration: TrainingConfiguration = TrainingConfiguration()) {
    self.model = model
    self.train = train
    self.valid = valid
    self.output = output
    self.configuration = configuration
  }
}

/// What a run tells while it goes.
public enum TrainingEvent: Sendable, Hashable {
  /// Something a person should know, in a sentence: what is trained, what was passed over, that the run was resumed.
  case note(String)
  case step(TrainingProgress)
}

public struct TrainingProgress: Sendable, Hashable, Codable {
  /// Steps done.
  public var step: Int
  /// Steps in all, unless the run stops early.
  public var of: Int
  /// Mean over the step's supervised tokens, nats.
  public var loss: Double
  public var learningRate: Double
  /// The newest one measured; nil before the first.
  public var validationLoss: Double?
  public var tokensPerSecond: Double
  public var secondsLeft: Double

  enum CodingKeys: String, CodingKey {
    case step, of, loss
    case learningRate = "learning_rate"
    case validationLoss = "validation_loss"
    case tokensPerSecond = "tokens_per_second"
    case secondsLeft = "seconds_left"
  }
}

/// How a run ended.
public struct TrainingOutcome: Sendable, Hashable, Codable {
  /// The folder, as the request named it.
  public var output: String
  /// Steps done; fewer than planned after an early stop.
  public var steps: Int
  public var plannedSteps: Int
  /// The step this process began at; 0 for a fresh run, `steps` when the folder held the finished run already.
  public var resumedFrom: Int
  /// Of the last step, nats.
  public var loss: Double
  /// Step of the weights that are the result.
  public var resultStep: Int
  public var bestStep: Int?
  public var bestValidationLoss: Double?
  /// `finished`, or why the run stopped early.
  public var stopReason: String
  /// SHA-256 of the weights file.
  public var weightsDigest: String
  public var tokens: Int
  /// Over all resumptions.
  public var wallSeconds: Double

  enum CodingKeys: String, CodingKey {
    case output, steps, loss, tokens
    case plannedSteps = "planned_steps"
    case resumedFrom = "resumed_from"
    case resultStep = "result_step"
    case bestStep = "best_step"
    case bestValidationLoss = "best_validation_loss"
    case stopReason = "stop_reason"
    case weightsDigest = "weights_digest"
    case wallSeconds = "wall_seconds"
  }
}
