internal import Files
public import Foundation

/// A model family: how its configuration file describes a transformer. One file each; a new one is such a file and a line in `all`.
///
/// Keys that a file leaves out have the default that the family's configuration class has in transformers; sizes have none, since every file states them. What
/// would change the result and is not done is refused by name.
struct Family: Sendable {
  /// What a model is for, which decides its head.
  enum Purpose: Sendable {
    /// The bare transformer: hidden states.
    case base
    case causal
    case classification
  }

  /// `model_type`
  var type: String
  /// `architectures` that are run.
  var architectures: [String: Purpose]
  /// The purpose of a file that names no architecture.
  var purpose: Purpose
  var describe: @Sendable (inout ConfigurationReader, Purpose) -> ModelConfiguration

  static let all: [Family] = [
    .llama, .mistral, .qwen2, .qwen3, .gemma2, .gemma3, .phi3, .smolLM3, .gpt2, .bert, .roberta, .xlmRoBERTa, .camemBERT,
    .distilBERT,
  ]
}

extension ModelConfiguration {
  /// Reads `config.json` in the spelling of transformers 4 (`rope_theta`, `rope_scaling`, `torch_dtype`) or 5 (`rope_parameters`, `layer_types`, `dtype`).
  ///
  /// Whatever would change the mathematics and is not done is refused by name, all of it in one `ModelFault`.
  public static func open(_ url: URL) throws -> ModelConfiguration {
    var reader = try ConfigurationReader(url)
    return try read(&reader)
  }

  static func read(_ reader: inout ConfigurationReader) throws -> ModelConfiguration {
    guard let (family, architecture, purpose) = family(&reader) else {
      try reader.faults.throwIfAny()
      preconditionFailure("a configuration without a family has a fault")
    }
    if let quantization = reader["quantization_config"] {
      let method = quantization["quant_method"]?.stringValue.map { " (\($0))" } ?? ""
      reader.faults.add(
        "has a quantization_config\(method); quantized weights are not read", hint: "use the original model in bfloat16, float16 or float32")
    }
    for key in ["add_cross_attention", "is_encoder_decoder"] where reader.bool(key, fallback: false) {
      reader.faults.add("\(key) is true; models of two texts are not run")
    }
    var configuration = family.describe(&reader, purpose)
    configuration.architecture = architecture
    try reader.faults.throwIfAny()
    return configuration
  }

  private static func family(_ reader: inout ConfigurationReader) -> (Family, architecture: String, Family.Purpose)? {
    let known = Family.all.flatMap { $0.architectures.keys }.sorted().joined(separator: ", ")
    let hint = "known are \(known)"
    let architectures = reader["architectures"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let type = reader["model_type"]?.stringValue
    guard let architecture = architectures.first else {
      guard let family = Family.all.first(where: { $0.type == type }) else {
        reader.faults.add("the model_type is \(type ?? "missing"), which is not known", hint: hint)
        return nil
      }
      let own = family.architectures.first { $0.value == family.purpose }?.key
      return (family, own ?? family.type, family.purpose)
    }
    guard architectures.count == 1, let family = Family.all.first(where: { $0.architectures[architecture] != nil }),
      let purpose = family.architectures[architecture]
    else {
      reader.faults.add("the architecture is \(architectures.joined(separator: " and ")), which is not known", hint: hint)
      return nil
    }
    if let type, type != family.type {
      reader.faults.add("the architecture \(architecture) does not go with the model_type \(type)", hint: "one of them should be \(family.type)'s")
    }
    return (family, architecture, purpose)
  }
}
