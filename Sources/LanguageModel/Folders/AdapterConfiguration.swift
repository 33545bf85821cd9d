internal import Files
public import Foundation

/// What `adapter_config.json` of a PEFT LoRA adapter says: y = Wx + scale * B(A(dropout(x))).
public struct AdapterConfiguration: Sendable, Hashable {
  /// `r`, columns of B and rows of A.
  public var rank: Int
  /// `lora_alpha`
  public var alpha: Double
  /// `lora_dropout`, in 0..<1; used in training only.
  public var dropout: Double
  /// `use_rslora`: scale = alpha / sqrt(r) and not alpha / r.
  public var usesRSLoRA: Bool
  /// `target_modules`, sorted: ends of the paths of the linear layers that have an adapter, or "all-linear" alone.
  public var targetModules: [String]
  /// `base_model_name_or_path`
  public var baseModel: String?

  public init(
    rank: Int, alpha: Double, dropout: Double = 0, usesRSLoRA: Bool = false, targets: [LlamaLinear] = LlamaLinear.allCases, baseModel: String? = nil
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.usesRSLoRA = usesRSLoRA
    targetModules = targets.map(\.rawValue).sorted()
    self.baseModel = baseModel
  }

  /// What B A x is multiplied with.
  public var scale: Float { Float(usesRSLoRA ? alpha / Double(rank).squareRoot() : alpha / Double(rank)) }

  /// The linear layers of a plain Llama's blocks that have an adapter, in `LlamaLinear`'s order.
  public var targets: [LlamaLinear] { LlamaLinear.allCases.filter { targets($0.path) } }

  /// The linear layers of `base` that have an adapter, in the model's order.
  public func linears(of base: ModelConfiguration) -> [Linear] { base.linears.filter { targets($0.path) } }

  /// Every tensor an adapter of this configuration holds, by PEFT's names, with its shape.
  public func tensorShapes(base: ModelConfiguration) -> [(name: String, shape: [Int])] {
    linears(of: base).flatMap { [($0.loraA, [rank, $0.inputSize]), ($0.loraB, [$0.outputSize, rank])] }
  }

  /// PEFT's rule: the path is the name, or ends with a dot and the name.
  static func matches(_ name: String, _ path: String) -> Bool { path == name || path.hasSuffix(".\(name)") }

  private func targets(_ path: String) -> Bool { targetModules == ["all-linear"] || targetModules.contains { Self.matches($0, path) } }

  // MARK: - File

  /// Reads `adapter_config.json`; what it asks for and Vigil does not do is refused by name.
  public static func open(_ url: URL) throws -> AdapterConfiguration {
    var reader = try ConfigurationReader(url)
    refuseOthers(&reader)
    var configuration = AdapterConfiguration(
      rank: reader.int("r", in: 1...65_536), alpha: reader.double("lora_alpha", in: 0...1e9, fallback: 8),
      dropout: reader.double("lora_dropout", in: 0...1, fallback: 0), usesRSLoRA: reader.bool("use_rslora", fallback: false),
      baseModel: reader["base_model_name_or_path"]?.stringValue)
    configuration.targetModules = targetModules(&reader)
    try reader.faults.throwIfAny()
    return configuration
  }

  private static func refuseOthers(_ reader: inout ConfigurationReader) {
    let plain = "train a plain LoRA adapter over the linear layers"
    if let type = reader["peft_type"]?.stringValue, type != "LORA" {
      reader.faults.add("peft_type is \(type), only LORA is read", hint: plain)
    } else if reader["peft_type"] == nil {
      reader.faults.add("peft_type is missing", hint: "this is not an adapter_config.json of PEFT")
    }
    for key in ["use_dora", "lora_bias", "use_qalora"] where reader.bool(key, fallback: false) {
      reader.faults.add("\(key) is true, which is not done", hint: plain)
    }
    if let bias = reader["bias"]?.stringValue, bias != "none" {
      reader.faults.add("bias is \(bias), only none is done", hint: plain)
    }
    let mustBeEmpty = [
      "modules_to_save", "rank_pattern", "alpha_pattern", "exclude_modules", "layers_to_transform", "layers_pattern", "layer_replication",
      "target_parameters",
      "trainable_token_indices", "alora_invocation_tokens",
    ]
    for key in mustBeEmpty {
      guard let value = reader[key] else { continue }
      let isEmpty = value.arrayValue?.isEmpty ?? value.objectValue?.isEmpty ?? value.stringValue?.isEmpty ?? false
      if !isEmpty { reader.faults.add("\(key) is \(value.text().prefix(80)), which is not done", hint: plain) }
    }
    // These start from a changed base, so the adapter is wrong on the base as it was published.
    if let start = reader["init_lora_weights"]?.stringValue, ["pissa", "olora", "loftq", "corda"].contains(where: start.lowercased().hasPrefix) {
      reader.faults.add(
        "init_lora_weights is \(start), which changes the base weights", hint: "save the adapter with path_initial_model_for_weight_conversion")
    }
  }

  private static func targetModules(_ reader: inout ConfigurationReader) -> [String] {
    guard let value = reader["target_modules"] else {
      reader.faults.add("target_modules is missing", hint: "list the linear layers, or write \"all-linear\"")
      return []
    }
    if let text = value.stringValue {
      if text == "all-linear" { return [text] }
      reader.faults.add(
        "target_modules is the regular expression \"\(text)\", which is not read", hint: "list the linear layers, or write \"all-linear\"")
      return []
    }
    let names = value.arrayValue?.compactMap(\.stringValue) ?? []
    if names.isEmpty { reader.faults.add("target_modules is empty", hint: "list the linear layers, or write \"all-linear\"") }
    return names.sorted()
  }

  /// The configuration as PEFT writes it: keys sorted, two spaces. Target modules are sorted, so that equal adapters have equal bytes.
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

  /// Writes `adapter_config.json` into a folder.
  public func write(to folder: URL) throws { try DurableFile.write(json(), to: folder.appendingPathComponent("adapter_config.json")) }
}
