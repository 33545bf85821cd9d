internal import Files
public import Foundation

/// A PEFT LoRA adapter folder, opened and checked against the base it is to be used with.
public struct AdapterFolder: Sendable {
  public let url: URL
  public let configuration: AdapterConfiguration
  /// The base's linear layers that have an adapter.
  public let linears: [Linear]
  /// SHA-256 over `adapter_config.json` and `adapter_model.safetensors`, as hexadecimal text; see `Digest.of(files:in:)`.
  public let digest: String
  private let weights: SafetensorsFolder

  /// Opens and checks: every tensor that the configuration promises is there, with the shape that the base asks for, and no other.
  public static func open(_ url: URL, base: ModelFolder) throws -> AdapterFolder { try open(url, base: base.configuration) }

  public static func open(_ url: URL, base: ModelConfiguration) throws -> AdapterFolder {
    let configurationURL = url.appendingPathComponent("adapter_config.json")
    guard FileManager.default.fileExists(atPath: configurationURL.path) else {
      throw FileFault(
        file: configurationURL.path, reason: .notFound, problem: "there is no such file", hint: "give the path of a PEFT adapter folder")
    }
    let configuration = try AdapterConfiguration.open(configurationURL)
    var unknown = FaultList(configurationURL.path)
    let known = base.linears
    for name in configuration.targetModules where name != "all-linear" && !known.contains(where: { AdapterConfiguration.matches(name, $0.path) }) {
      let last = Set(known.compactMap { $0.path.split(separator: ".").last.map(String.init) }).sorted().joined(separator: ", ")
      unknown.add("target_modules names \"\(name)\", which is no linear layer of the base's blocks", hint: "the base has \(last)")
    }
    try unknown.throwIfAny()
    let weights = try SafetensorsFolder.open(url, stem: "adapter_model")
    let faults = TensorCheck.faults(configuration.tensorShapes(base: base), in: weights, mayHave: { _ in false })
    guard faults.isEmpty else {
      throw ModelFault(
        [FileFault(file: url.path, problem: "the adapter does not fit the base model", hint: "use the base it was trained on")] + faults)
    }
    let digest = try Digest.of(files: ["adapter_config.json"] + weights.fileNames, in: url).hex
    return AdapterFolder(url: url, configuration: configuration, linears: configuration.linears(of: base), digest: digest, weights: weights)
  }

  /// A tensor as Float, all of it finite; names as `Linear.loraA` and `loraB` make them.
  public func floats(named name: String) throws -> [Float] {
    let floats = try weights.floats(named: name)
    try ModelFolder.checkFinite(floats, name, file: weights.path(of: name))
    return floats
  }

  public func tensor(named name: String) -> SafetensorsFile.Tensor? { weights.tensor(named: name) }
}
