public import LanguageModel

/// How a run trains, under the names that transformers' `TrainingArguments` and PEFT's `LoraConfig` give the same things.
///
/// A property's name in a file is its name in snake case (`learningRate` is `learning_rate`). Where a default departs from transformers', the line says
/// so; the numbers are those that LoRA fine-tuning of models up to a billion parameters is known to want.
public struct TrainingConfiguration: Sendable, Hashable, Codable {
  /// `lr_scheduler_type`, with transformers' formulas.
  public enum Schedule: String, Sendable, Hashable, Codable, CaseIterable {
    /// Warmup, then half a cosine from the full rate to 0.
    case cosine
    /// Warmup, then a straight line to 0.
    case linear
    /// The full rate throughout; no warmup.
    case constant
    /// Warmup, then the full rate.
    case constantWithWarmup = "constant_with_warmup"
  }

  /// `truncation_mode`: which end of a row longer than `max_length` is kept. Without it such a row is refused, because a lost completion teaches nothing.
  public enum Truncation: String, Sendable, Hashable, Codable, CaseIterable {
    case keepStart = "keep_start"
    case keepEnd = "keep_end"
  }

  /// Low-rank adapters, as PEFT's `LoraConfig` has them.
  public struct LoRA: Sendable, Hashable, Codable {
    /// Rank; 16 (PEFT: 8).
    public var r = 16
    /// Numerator of the scale alpha / r, or alpha / sqrt(r) with `use_rslora`; 32 (PEFT: 8).
    public var loraAlpha: Double = 32
    /// Probability that an element of an adapter's input is dropped, 0 ..< 1; 0.
    public var loraDropout: Double = 0
    /// All seven linears (PEFT: q_proj and v_proj). In a file: a list, or `all-linear`.
    public var targetModules = LlamaLinear.allCases
    public var useRSLoRA = false
    /// `init_adapter`: a PEFT folder to continue from; its rank, alpha and targets must be the ones above. Nil starts from A uniform, B zero.
    public var initAdapter: String?

    public init() {}

    /// What B A x is multiplied by.
    public var scale: Double { useRSLoRA ? loraAlpha / Double(r).squareRoot() : loraAlpha / Double(r) }
  }

  /// 2e-4 (transformers: 5e-5, too low for adapters).
  public var learningRate = 2e-4
  /// Cosine (transformers: linear).
  public var lrSchedulerType = Schedule.cosine
  /// Steps over which the rate rises from 0; 0. A value below 1 is a share of all steps, as in transformers 5.
  public var warmupSteps = 0.0
  /// The same as a share of all steps, 0...1; used when `warmup_steps` is 0; 0.
  public var warmupRatio = 0.0
  /// Decoupled weight decay, 0.01 (transformers: 0); norms are not decayed.
  public var weightDecay = 0.01
  public var adamBeta1 = 0.9
  public var adamBeta2 = 0.999
  public var adamEpsilon = 1e-8
  /// Gradients are scaled down to this global norm; 0 turns clipping off.
  public var maxGradNorm = 1.0
  /// Sequences in one forward and backward pass; the knob for memory. 8.
  public var perDeviceTrainBatchSize = 8
  /// Sequences in one validation pass; 16.
  public var perDeviceEvalBatchSize = 16
  /// Passes whose gradients make one step; 2, so a step sees 16 sequences (transformers: 1).
  public var gradientAccumulationSteps = 2
  /// Passes over the training file; fractions are allowed; 2 (transformers: 3).
  public var numTrainEpochs = 2.0
  /// Steps in all; overrides `num_train_epochs` when positive; -1.
  public var maxSteps = -1
  /// Validation loss is measured every so many steps, and after the last one. 0: ten times in a run.
  public var evalSteps = 0
  /// Stop after so many validations in a row without improvement; 0 never stops early.
  public var earlyStoppingPatience = 0
  /// By how much (nats) the validation loss must fall to count as improved; 0.
  public var earlyStoppingThreshold = 0.0
  /// Whether the weights of the lowest validation loss are the result; true (transformers: false). Without `--valid` the last weights are.
  public var loadBestModelAtEnd = true
  /// A checkpoint is written every so many steps. 0: at every validation, or ten times in a run.
  public var saveSteps = 0
  /// Of initial weights, shuffling and dropout; 42.
  public var seed: UInt64 = 42
  /// Whether each epoch takes the rows in an order of its own, a function of `seed` and the epoch; true.
  public var shuffle = true
  /// Longest sequence in tokens; 0 means the model's own limit.
  public var maxLength = 0
  public var truncationMode: Truncation?
  /// Nil trains all parameters.
  public var lora: LoRA?

  public init() {}
}

extension TrainingConfiguration {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case learningRate = "learning_rate"
    case lrSchedulerType = "lr_scheduler_type"
    case warmupSteps = "warmup_steps"
    case warmupRatio = "warmup_ratio"
    case weightDecay = "weight_decay"
    case adamBeta1 = "adam_beta1"
    case adamBeta2 = "adam_beta2"
    case adamEpsilon = "adam_epsilon"
    case maxGradNorm = "max_grad_norm"
    case perDeviceTrainBatchSize = "per_device_train_batch_size"
    case perDeviceEvalBatchSize = "per_device_eval_batch_size"
    case gradientAccumulationSteps = "gradient_accumulation_steps"
    case numTrainEpochs = "num_train_epochs"
    case maxSteps = "max_steps"
    case evalSteps = "eval_steps"
    case earlyStoppingPatience = "early_stopping_patience"
    case earlyStoppingThreshold = "early_stopping_threshold"
    case loadBestModelAtEnd = "load_best_model_at_end"
    case saveSteps = "save_steps"
    case seed
    case shuffle
    case maxLength = "max_length"
    case truncationMode = "truncation_mode"
    case lora
  }
}

extension TrainingConfiguration.LoRA {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case r
    case loraAlpha = "lora_alpha"
    case loraDropout = "lora_dropout"
    case targetModules = "target_modules"
    case useRSLoRA = "use_rslora"
    case initAdapter = "init_adapter"
  }
}
