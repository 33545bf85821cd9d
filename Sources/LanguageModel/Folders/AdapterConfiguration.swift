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
  /// The linear layers that have an adapter, in every block, in `LlamaLinear`'s order.
  public var targets: [LlamaLinear]
  /// `base_model_name_or_path`
  public var baseModel: String?

  public init(
    rank: Int, alpha: Double, dropout: Double = 0, usesRSLoRA: Bool = false, targets: [LlamaLinear] = LlamaLinear.allCases, baseModel: String? = nil
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.usesRSLoRA = usesRSLoRA
    self.targets = LlamaLinear.allCases.filter(targets.contains)
    self.baseModel = baseModel
  }

  /// What B A x is multiplied with.
  public var scale: Float { Float(usesRSLoRA ? alpha / Double(rank).squareRoot() : alpha / Double(rank)) }

  /// Every tensor an adapter of this configuration holds, by PEFT's names, with its shape.
  public func tensorShapes(base: LlamaConfiguration) -> [(name: String, shape: [Int])] {
    (0..<base.layers).flatMap { layer in
      targets.flatMap { target in
        [
          (LlamaTensorName.loraA(target, layer: layer), [rank, target.inputSize(base)]),
          (LlamaTensorName.loraB(target, layer: layer), [target.outputSize(base), rank]),
        ]
      }
    }
  }

  // MARK: - File

  /// Reads `adapter_config.json`; what it asks for and Vigil does not do is refused by name.
  public static func open(_ url: URL) throws -> AdapterConfiguration {
    var reader = try ConfigurationReader(url)
    refuseOthers(&reader)
    let configuration = AdapterConfiguration(
      rank: reader.int("r", in: 1...65_536), alpha: reader.double("lora_alpha", in: 0...1e9, fallback: 8),
      dropout: reader.double("lora_dropout", in: 0...1, fallback: 0), usesRSLoRA: reader.bool("use_rslora", fallback: false),
      targets: targets(&reader), baseModel: reader["base_model_name_or_path"]?.stringValue)
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
    for key in ["use_dora", "fan_in_fan_out", "lora_bias", "use_qalora"] where reader.bool(key, fallback: false) {
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

  private static func targets(_ reader: inout ConfigurationReader) -> [LlamaLinear] {
    guard let value = reader["target_modules"] else {
      reader.faults.add("target_modules is missing", hint: "list the linear layers, or write \"all-linear\"")
      return []
    }
    if let text = value.stringValue {
      if text == "all-linear" { return LlamaLinear.allCases }
      reader.faults.add(
        "target_modules is the regular expression \"\(text)\", which is not read", hint: "list the linear layers, or write \"all-linear\"")
      return []
    }
    let names = value.arrayValue?.compactMap(\.stringValue) ?? []
    var targets: [LlamaLinear] = []
    for name in names {
      if let target = LlamaLinear.allCases.first(where: { $0.rawValue == name || $0.path == name }) {
        targets.append(target)
      } else {
        reader.faults.add("target_modules names \"\(name)\"; only \(LlamaLinear.allCases.map(\.rawValue).joined(separator: ", ")) are done")
      }
    }
    if names.isEmpty { reader.faults.add("target_modules is empty", hint: "list the linear layers, or write \"all-linear\"") }
    return targets
  }

  /// The configuration as PEFT writes it: keys sorted, two spaces. Target modules are sorted, so that equal adapters have equal bytes.
  public func json() -> String {
    let object = JSONObject([
      ("alpha_pattern", [:]), ("base_model_name_or_path", baseModel.map { .string($0) } ?? .null), ("bias", "none"), ("fan_in_fan_out", false),
      ("inference_mode", true), ("init_lora_weights", true), ("layers_pattern", nil), ("layers_to_transform", nil),
      ("lora_alpha", alpha == alpha.rounded() ? .int(Int(alpha)) : .double(alpha)), ("lora_dropout", .double(dropout)), ("modules_to_save", nil),
      ("peft_type", "LORA"), ("r", .int(rank)), ("rank_pattern", [:]), ("revision", nil),
      ("target_modules", .array(targets.map(\.rawValue).sorted().map { .string($0) })), ("task_type", "CAUSAL_LM"), ("use_dora", false),
      ("use_rslora", .bool(usesRSLoRA)),
    ])
    return OrderedJSON.object(object).text(indent: 2) + "\n"
  }

  /// Writes `adapter_config.json` into a folder.
  public func write(to folder: URL) throws { try DurableFile.write(json(), to: folder.appendingPathComponent("adapter_config.json")) }
}
