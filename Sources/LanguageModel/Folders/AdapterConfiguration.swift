internal import Files
public import Foundation

/// What `adapter_config.json` of a PEFT LoRA adapter says: y = Wx + s B(A(dropout(x))), and what else was trained.
public struct AdapterConfiguration: Sendable, Hashable {
  /// Which biases of the base were trained with the adapter.
  public enum Bias: String, Sendable, Hashable {
    case none
    /// Every bias of the model.
    case all
    /// Those of the layers that have an adapter.
    case loraOnly = "lora_only"
  }

  /// `r`, columns of B and rows of A.
  public var rank: Int
  /// `lora_alpha`
  public var alpha: Double
  /// `lora_dropout`, in 0...1; used in training only.
  public var dropout: Double
  /// `use_rslora`: s = alpha / sqrt(r) and not alpha / r.
  public var usesRSLoRA: Bool
  /// `use_dora`: rows of W + s B A are scaled to trained lengths.
  public var usesDoRA = false
  public var bias = Bias.none
  /// `lora_bias`: B has a bias.
  public var hasBiasOfB = false
  /// Which modules are changed.
  public var selection: AdapterSelection
  public var rankPattern = AdapterPatterns()
  public var alphaPattern = AdapterPatterns()
  /// `task_type`: whether `all-linear` leaves a classifier out.
  public var task: String?
  /// `ensure_weight_tying`: a head that is the embedding table stays it.
  public var keepsTied = false
  /// `base_model_name_or_path`
  public var baseModel: String?

  public init(
    rank: Int, alpha: Double, dropout: Double = 0, usesRSLoRA: Bool = false, targets: [LlamaLinear] = LlamaLinear.allCases, baseModel: String? = nil
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.usesRSLoRA = usesRSLoRA
    selection = AdapterSelection(targets: .list(targets.map(\.rawValue).sorted()))
    self.baseModel = baseModel
  }

  /// What B A x is multiplied with where no pattern says otherwise.
  public var scale: Float { Self.scale(rank: rank, alpha: alpha, usesRSLoRA) }

  /// `target_modules`, sorted: names, or the regular expression or "all-linear" alone.
  public var targetModules: [String] { selection.targets.texts }

  /// The linear layers of a plain Llama's blocks that have an adapter, in `LlamaLinear`'s order.
  public var targets: [LlamaLinear] { LlamaLinear.allCases.filter { selection.targets("model.layers.0.\($0.path)", inAllLinear: true) } }

  /// Whether it is no more than low-rank pairs of one rank and scale over the same layers of every block.
  public var isPlain: Bool {
    !usesDoRA && bias == .none && !hasBiasOfB && rankPattern.isEmpty && alphaPattern.isEmpty && selection.isPlain
  }

  /// The linear layers of `base` that have an adapter, in the model's order.
  public func linears(of base: ModelConfiguration) -> [Linear] { AdapterPlan(self, base: base).linears }

  /// Every tensor an adapter of this configuration holds, by PEFT's names, with its shape.
  public func tensorShapes(base: ModelConfiguration) -> [(name: String, shape: [Int])] { AdapterPlan(self, base: base).tensorShapes }

  func rank(of path: String) -> Int { rankPattern.value(of: path).map { Int($0) } ?? rank }

  func scale(of path: String) -> Float { Self.scale(rank: rank(of: path), alpha: alphaPattern.value(of: path) ?? alpha, usesRSLoRA) }

  private static func scale(rank: Int, alpha: Double, _ usesRSLoRA: Bool) -> Float {
    Float(usesRSLoRA ? alpha / Double(rank).squareRoot() : alpha / Double(rank))
  }

  // MARK: - File

  /// Reads `adapter_config.json`; what it asks for and Vigil does not do is refused by name.
  public static func open(_ url: URL) throws -> AdapterConfiguration {
    var reader = try AdapterConfigurationReader(url)
    return try reader.read()
  }

  /// A plain configuration as PEFT writes it: keys sorted, two spaces. Target modules are sorted, so that equal adapters have equal bytes.
  public func json() -> String {
    let object = JSONObject([
      ("alpha_pattern", [:]), ("base_model_name_or_path", baseModel.map { .string($0) } ?? .null), ("bias", "none"), ("fan_in_fan_out", false),
      ("inference_mode", true), ("init_lora_weights", true), ("layers_pattern", nil), ("layers_to_transform", nil),
      ("lora_alpha", alpha == alpha.rounded() ? .int(Int(alpha)) : .double(alpha)), ("lora_dropout", .double(dropout)), ("modules_to_save", nil),
      ("peft_type", "LORA"), ("r", .int(rank)), ("rank_pattern", [:]), ("revision", nil),
      ("target_modules", .array(targetModules.map { .string($0) })), ("task_type", "CAUSAL_LM"), ("use_dora", false),
      ("use_rslora", .bool(usesRSLoRA)),
    ])
    return OrderedJSON.object(object).text(indent: 2) + "\n"
  }

  /// Writes `adapter_config.json` of a plain adapter into a folder.
  public func write(to folder: URL) throws {
    precondition(isPlain, "only plain adapters are written")
    try DurableFile.write(json(), to: folder.appendingPathComponent("adapter_config.json"))
  }
}
