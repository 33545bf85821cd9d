public import Kernels

/// One transformer, described: everything `config.json` says that changes the mathematics, and the names of the tensors.
///
/// A family (`Families/`) makes one from a configuration file; `Transformer` runs it; `ModelFolder` checks a folder's tensors against it.
public struct ModelConfiguration: Sendable, Hashable {
  /// As `architectures` names it: "LlamaForCausalLM".
  public var architecture: String
  /// What stands before the names of all tensors but the head's, with its dot: "model.". Folders of the bare model leave it out.
  public var prefix: String
  public var vocabularySize: Int
  public var hiddenSize: Int
  /// Longest sequence, in tokens: `max_position_embeddings`, stretched where the rotary embedding is.
  public var maximumPositions: Int
  public var embedding: Embedding
  /// Rotary embeddings that the layers name by their index.
  public var rotaries: [RotaryEmbedding]
  public var blocks: [Block]
  /// After the last block; encoders that normalise after every branch have none.
  public var finalNorm: Norm?
  public var head: Head
  /// `bos_token_id`, if any.
  public var bos: Int32?
  /// `eos_token_id`: one id or several; generation_config.json may list more.
  public var eos: [Int32]
  /// `pad_token_id`, if any.
  public var pad: Int32?
  /// Standard deviation of random initial weights.
  public var initializerRange: Double
  /// How the weights are stored: "bfloat16", "float16" or "float32".
  public var dtype: String

  /// Number of blocks.
  public var layers: Int { blocks.count }
  /// True where tokens see only what stands before them, which is what `score`, `choose` and `generate` need.
  public var isCausal: Bool { blocks.allSatisfy { $0.attention.isCausal } }
  /// True where the output head is the embedding table.
  public var tiedEmbeddings: Bool { if case .language(nil, _) = head { true } else { false } }
}

/// A linear layer: y = W x + b.
public struct Linear: Sendable, Hashable {
  /// The module's path, as checkpoint and PEFT name it: "model.layers.0.self_attn.q_proj".
  public var path: String
  public var inputSize: Int
  public var outputSize: Int
  public var hasBias: Bool
  /// True where the weight is stored (in, out): GPT-2's Conv1D.
  public var isTransposed: Bool

  public init(_ path: String, _ inputSize: Int, _ outputSize: Int, bias: Bool = false, transposed: Bool = false) {
    (self.path, self.inputSize, self.outputSize, hasBias, isTransposed) = (path, inputSize, outputSize, bias, transposed)
  }

  public var weight: String { "\(path).weight" }
  public var bias: String { "\(path).bias" }
}

/// A normalisation of rows.
public struct Norm: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// x / rms(x) * w
    case rms
    /// x / rms(x) * (1 + w), Gemma's
    case rmsPlusOne
    /// (x - mean) / deviation * w + b
    case layer
  }

  public var path: String
  public var size: Int
  public var kind: Kind
  public var epsilon: Double

  public init(_ path: String, _ size: Int, _ kind: Kind, _ epsilon: Double) {
    (self.path, self.size, self.kind, self.epsilon) = (path, size, kind, epsilon)
  }

  public var weight: String { "\(path).weight" }
  public var bias: String { "\(path).bias" }
}

/// x = norm(scale * tokens[id] + positions[p] + types[t]); what is nil is left out.
public struct Embedding: Sendable, Hashable {
  /// A learned table: its tensor's name and its rows.
  public struct Table: Sendable, Hashable {
    public var name: String
    public var rows: Int
  }
  /// How a token's place becomes a row of the position table.
  public enum Counting: Sendable, Hashable {
    case fromZero
    /// RoBERTa: `id` is the padding token; it has row `id` itself, all others are counted from `id` + 1 on.
    case afterPadding(id: Int32)
  }

  /// (vocabulary, hidden)
  public var tokens: String
  public var scale: Float = 1
  public var positions: Table?
  public var counting = Counting.fromZero
  public var types: Table?
  public var norm: Norm?
}

/// Attention of one layer.
public struct Attention: Sendable, Hashable {
  /// q, k and v, or one layer whose rows are all three, in this order.
  public var inputs: [Linear]
  public var output: Linear
  public var heads: Int
  /// Divides `heads`.
  public var keyValueHeads: Int
  public var headDimension: Int
  /// Over each head of q and of k, before they are turned.
  public var queryNorm: Norm?
  public var keyNorm: Norm?
  /// Index of the rotary embedding; nil where positions are learned, or where the layer has none (NoPE).
  public var rotary: Int?
  /// What q kᵀ is multiplied with.
  public var scale: Double
  /// Scores s become cap * tanh(s / cap).
  public var softcap: Double?
  /// Rows that a row sees, itself included; nil for all before it.
  public var window: Int?
  public var isCausal = true

  /// Columns of q.
  public var queryWidth: Int { heads * headDimension }
  /// Columns of k, and of v.
  public var keyValueWidth: Int { keyValueHeads * headDimension }
}

/// output(f(gate) * up) where gated, output(f(input)) where not.
public struct FeedForward: Sendable, Hashable {
  /// gate and up, or one layer whose rows are both, in this order; or the one input layer.
  public var inputs: [Linear]
  public var isGated: Bool
  public var activation: Activation
  public var output: Linear

  /// Columns between input and output.
  public var width: Int { output.inputSize }
}

/// Where a branch is normalised: x = after(x + inside(branch(before(x)))); what is nil is left out.
public struct Norms: Sendable, Hashable {
  public var before: Norm?
  public var inside: Norm?
  public var after: Norm?

  var all: [Norm] { [before, inside, after].compactMap { $0 } }
}

/// Attention, then MLP, each added to its input.
public struct Block: Sendable, Hashable {
  public var attention: Attention
  public var attentionNorms: Norms
  public var feedForward: FeedForward
  public var feedForwardNorms: Norms
}

/// What stands on the last hidden states.
public enum Head: Sendable, Hashable {
  /// Nothing: the hidden states are the result.
  case none
  /// Logits over the vocabulary; without a linear layer the embedding table is the head. Logits l become cap * tanh(l / cap).
  case language(Linear?, softcap: Double?)
  /// Scores of classes.
  case classification(Classifier)
}

/// A sequence-classification head over the first token's hidden state: output(f(dense(h))).
public struct Classifier: Sendable, Hashable {
  /// What becomes of the logits; as transformers' text-classification pipeline decides it.
  public enum Scoring: String, Sendable, Hashable {
    /// One label is right: probabilities that sum to 1.
    case softmax
    /// Each label for itself.
    case sigmoid
    /// The logits as they are: regression.
    case none
  }

  public var dense: Linear
  public var activation: Activation
  public var output: Linear
  /// `id2label`, in order.
  public var labels: [String]
  public var scoring: Scoring
}
