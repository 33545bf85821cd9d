internal import Files
internal import Foundation

/// Reads `adapter_config.json` and gathers everything that is wrong with it. Source: peft/tuners/lora/config.py of PEFT 0.21.
struct AdapterConfigurationReader {
  private var reader: ConfigurationReader
  private static let plain = "train the adapter without it, or merge it with peft and give the merged model"

  init(_ url: URL) throws {
    reader = try ConfigurationReader(url)
  }

  /// - Throws: `ModelFault`
  mutating func read() throws -> AdapterConfiguration {
    refuseOthers()
    var configuration = AdapterConfiguration(
      rank: reader.int("r", in: 1...65_536, fallback: reader["r"] == nil ? 8 : nil), alpha: reader.double("lora_alpha", in: 0...1e9, fallback: 8),
      dropout: reader.double("lora_dropout", in: 0...1, fallback: 0), usesRSLoRA: reader.bool("use_rslora", fallback: false),
      baseModel: reader["base_model_name_or_path"]?.stringValue)
    configuration.usesDoRA = reader.bool("use_dora", fallback: false)
    configuration.hasBiasOfB = reader.bool("lora_bias", fallback: false)
    if configuration.usesDoRA && configuration.hasBiasOfB {
      reader.faults.add("use_dora and lora_bias are both true, which PEFT refuses too", hint: "set one of them to false")
    }
    if let bias = reader["bias"] {
      if let known = bias.stringValue.flatMap(AdapterConfiguration.Bias.init(rawValue:)) {
        configuration.bias = known
      } else {
        reader.faults.add("bias is \(shown(bias)), which is not known", hint: "known are none, all and lora_only")
      }
    }
    configuration.task = reader["task_type"]?.stringValue
    configuration.keepsTied = reader.bool("ensure_weight_tying", fallback: false)
    // Which way the base's weights are stored is known from the base; PEFT corrects a wrong value too.
    _ = reader.bool("fan_in_fan_out", fallback: false)
    configuration.rankPattern = patterns("rank_pattern") { $0 == $0.rounded() && (1...65_536).contains($0) ? nil : "a whole number in 1...65536" }
    configuration.alphaPattern = patterns("alpha_pattern") { (0...1e9).contains($0) ? nil : "a number in 0...1e9" }
    if let selection = selection() { configuration.selection = selection }
    try reader.faults.throwIfAny()
    return configuration
  }

  // MARK: - What is not done

  /// Settings that change nothing once an adapter is trained, or are read above.
  private static let known: Set<String> = [
    "r", "lora_alpha", "lora_dropout", "use_rslora", "use_dora", "lora_bias", "bias", "fan_in_fan_out", "rank_pattern", "alpha_pattern",
    "target_modules", "exclude_modules", "modules_to_save", "layers_to_transform", "layers_pattern", "ensure_weight_tying", "peft_type", "task_type",
    "base_model_name_or_path", "init_lora_weights", "auto_mapping", "revision", "inference_mode", "peft_version", "loftq_config", "eva_config",
    "corda_config", "lora_ga_config", "megatron_core", "qalora_group_size", "runtime_config",
  ]

  private mutating func refuseOthers() {
    if let type = reader["peft_type"] {
      if type.stringValue != "LORA" {
        reader.faults.add("peft_type is \(shown(type)), only LORA is read", hint: "train a LoRA adapter, or merge this one with peft")
      }
    } else {
      reader.faults.add("peft_type is missing", hint: "this is not an adapter_config.json of PEFT")
    }
    for (key, value) in reader.object.members where !Self.known.contains(key) {
      let isOff =
        value.isNull || value.boolValue == false || value.arrayValue?.isEmpty == true || value.objectValue?.isEmpty == true
        || value.stringValue == ""
      if !isOff { reader.faults.add("\(key) is \(shown(value)), which is not done", hint: Self.plain) }
    }
    // The others start from a changed base, so the adapter is wrong on the base as it was published, or change what is computed.
    if let start = reader["init_lora_weights"], start.boolValue == nil, !["gaussian", "eva", "orthogonal"].contains(start.stringValue) {
      reader.faults.add(
        "init_lora_weights is \(shown(start)), which changes the base weights or the forward pass",
        hint: "save the adapter with path_initial_model_for_weight_conversion, or merge it with peft and give the merged model")
    }
  }

  private func shown(_ value: OrderedJSON) -> String { String((value.stringValue ?? value.text()).prefix(80)) }

  // MARK: - Which modules

  private mutating func selection() -> AdapterSelection? {
    guard let targets = targets() else { return nil }
    let excluded = names("exclude_modules") ?? .list([])
    let saved = texts("modules_to_save")
    let layers = layers()
    let patterns = texts("layers_pattern")
    if case .list = targets {
    } else if reader["layers_to_transform"] != nil || reader["layers_pattern"] != nil {
      reader.faults.add(
        "layers_to_transform and layers_pattern need target_modules to be a list", hint: "list the linear layers, or take the two settings out")
    }
    if !patterns.isEmpty && reader["layers_to_transform"] == nil {
      reader.faults.add("layers_pattern is there without layers_to_transform", hint: "say which layers, or take layers_pattern out")
    }
    do {
      return try AdapterSelection(targets: targets, excluded: excluded, saved: saved, layers: layers, layersPatterns: patterns)
    } catch {
      reader.faults.add("modules_to_save or layers_pattern is no regular expression that is run: \(error)", hint: "give plain names")
      return nil
    }
  }

  private mutating func targets() -> AdapterSelection.Names? {
    guard let value = reader["target_modules"] else {
      reader.faults.add("target_modules is missing", hint: "list the linear layers, or write \"all-linear\"")
      return nil
    }
    if value.stringValue?.lowercased() == "all-linear" { return .allLinear }
    if value.arrayValue?.isEmpty == true {
      reader.faults.add("target_modules is empty", hint: "list the linear layers, or write \"all-linear\"")
      return nil
    }
    return names("target_modules")
  }

  /// A list of names, sorted, or a regular expression.
  private mutating func names(_ key: String) -> AdapterSelection.Names? {
    guard let value = reader[key] else { return nil }
    if let text = value.stringValue {
      // An empty text excludes nothing, as in PEFT.
      if text.isEmpty && key == "exclude_modules" { return nil }
      do {
        return .pattern(try PathPattern(text))
      } catch {
        reader.faults.add("\(key) is the regular expression \"\(text.prefix(80))\", which is not run: \(error)", hint: "mend it, or list the modules")
        return nil
      }
    }
    return .list(texts(key).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  /// One text, a list of different ones, or none.
  private mutating func texts(_ key: String) -> [String] {
    guard let value = reader[key] else { return [] }
    let list = value.arrayValue ?? [value]
    let texts = list.compactMap(\.stringValue)
    if texts.count != list.count || texts.contains("") {
      reader.faults.add("\(key) must be a list of names, found \(shown(value))", hint: "copy adapter_config.json from where it was trained")
    }
    var seen: Set<[UInt8]> = []
    for text in texts where !seen.insert(Array(text.utf8)).inserted {
      reader.faults.add("\(key) names \"\(text)\" twice", hint: "take one of them out")
    }
    return texts
  }

  private mutating func layers() -> [Int] {
    guard let value = reader["layers_to_transform"] else { return [] }
    let list = value.arrayValue ?? [value]
    let numbers = list.compactMap(\.intValue)
    if numbers.count != list.count || numbers.contains(where: { $0 < 0 }) {
      reader.faults.add("layers_to_transform must be a layer's number or a list of them, found \(shown(value))")
    }
    return numbers
  }

  private mutating func patterns(_ key: String, wrong: (Double) -> String?) -> AdapterPatterns {
    var patterns = AdapterPatterns()
    guard let value = reader[key] else { return patterns }
    guard let members = value.objectValue?.members else {
      reader.faults.add("\(key) must be an object, found \(shown(value))")
      return patterns
    }
    for (name, number) in members {
      guard let double = number.doubleValue, wrong(double) == nil else {
        reader.faults.add("\(key) gives \"\(name.prefix(80))\" the value \(shown(number)), expected \(wrong(.nan) ?? "a number")")
        continue
      }
      do {
        try patterns.add(name, double)
      } catch {
        reader.faults.add(
          "\(key) has the regular expression \"\(name.prefix(80))\", which is not run: \(error)", hint: "mend it, or name the modules")
      }
    }
    return patterns
  }
}
