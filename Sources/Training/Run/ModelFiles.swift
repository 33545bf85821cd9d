import Files
import Foundation
import LanguageModel

/// The files beside a model's weights.
enum ModelFiles {
  /// Copies what a Hugging Face folder holds beside weights as it is, except that `config.json` says bfloat16, as the weights are written.
  static func copyCompanions(of base: URL, to output: URL) throws {
    for name in MergedFolder.companions {
      let source = base.appending(path: name)
      guard FileManager.default.fileExists(atPath: source.path) else { continue }
      var bytes = try OpenFile(source).readAll()
      if name == "config.json" { bytes = try inBFloat16(bytes, file: source.path) }
      try DurableFile.write(bytes, to: output.appending(path: name))
    }
  }

  /// Writes `adapter_config.json` with the keys PEFT needs.
  static func writeAdapterConfiguration(_ lora: TrainingConfiguration.LoRA, base: URL, to output: URL) throws {
    try AdapterConfiguration(
      rank: lora.r, alpha: lora.loraAlpha, dropout: lora.loraDropout, usesRSLoRA: lora.useRSLoRA, targets: lora.targetModules,
      baseModel: base.relativePath
    ).write(to: output)
  }

  /// `dtype` is the key's name since transformers 5, `torch_dtype` before.
  private static func inBFloat16(_ bytes: [UInt8], file: String) throws -> [UInt8] {
    guard case .object(var table) = try StrictJSON.parse(bytes, file: file) else { return bytes }
    var changed = false
    for key in ["dtype", "torch_dtype"] {
      if let value = table[key], value.stringValue != "bfloat16" {
        table[key] = "bfloat16"
        changed = true
      }
    }
    return changed ? OrderedJSON.object(table).bytes(indent: 2) + [UInt8(ascii: "\n")] : bytes
  }
}
