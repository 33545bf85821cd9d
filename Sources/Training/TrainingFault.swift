/// Why a training run could not be started or finished: what is wrong, where, and how to mend it.
public struct TrainingFault: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable {
    /// A key or value of the configuration.
    case configuration
    /// A row of the training or validation file.
    case data
    /// The base model, the tokenizer or the adapter to start from.
    case model
    /// The output folder belongs to another run.
    case conflict
    /// Loss or gradient stopped being a number.
    case diverged
    /// The run was asked to stop; a checkpoint is written and the same command resumes it.
    case interrupted
    /// A tensor that should have been trained did not move.
    case selfCheck
    /// A file could not be read or written.
    case files
  }

  public var kind: Kind
  public var message: String
  public var hint: String?

  public init(_ kind: Kind, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message)\nhint: \($0)" } ?? message }
}
