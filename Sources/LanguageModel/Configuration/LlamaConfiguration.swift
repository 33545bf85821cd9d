/// The sizes and constants of a Llama decoder, as `config.json` of a Hugging Face folder states them.
///
/// Shapes that follow from it (rows by columns, as stored): embedding and head (vocabularySize, hiddenSize); q (heads * headDimension, hiddenSize); k, v
/// (keyValueHeads * headDimension, hiddenSize); o (hiddenSize, heads * headDimension); gate, up (intermediateSize, hiddenSize); down (hiddenSize,
/// intermediateSize); norms (hiddenSize).
public struct LlamaConfiguration: Sendable, Hashable {
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var intermediateSize: Int
  public var layers: Int
  public var heads: Int
  public var keyValueHeads: Int
  public var headDimension: Int
  public var rmsNormEpsilon: Double
  /// Base of the rotary frequencies: pair i of d/2 turns by position * ropeTheta^(-2i/d), half-split layout.
  public var ropeTheta: Double
  /// Longest sequence, in tokens, that the model was made for.
  public var maximumPositions: Int
  /// True where the output head is the embedding table; then the folder holds no `lm_head.weight`.
  public var tiedEmbeddings: Bool
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

  public init(
    vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil, headDimension: Int? = nil,
    rmsNormEpsilon: Double = 1e-5, ropeTheta: Double = 10_000, maximumPositions: Int, tiedEmbeddings: Bool = true, bos: Int32? = nil,
    eos: [Int32] = [], pad: Int32? = nil, initializerRange: Double = 0.02, dtype: String = "bfloat16"
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.headDimension = headDimension ?? hiddenSize / heads
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.maximumPositions = maximumPositions
    self.tiedEmbeddings = tiedEmbeddings
    self.bos = bos
    self.eos = eos
    self.pad = pad
    self.initializerRange = initializerRange
    self.dtype = dtype
  }

  /// Columns of q's output and of o's input.
  public var queryWidth: Int { heads * headDimension }

  /// Columns of k's and v's output.
  public var keyValueWidth: Int { keyValueHeads * headDimension }
}
