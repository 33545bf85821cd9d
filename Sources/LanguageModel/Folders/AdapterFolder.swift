internal import Files
public import Foundation

/// A PEFT LoRA adapter folder, opened and checked against the base it is to be used with.
public struct AdapterFolder: Sendable {
  public let url: URL
  public let configuration: AdapterConfiguration
  /// The base's linear layers that have an adapter.
  public var linears: [Linear] { plan.linears }
  /// Every tensor it must hold, by PEFT's names, with its shape.
  public var tensorShapes: [(name: String, shape: [Int])] { plan.tensorShapes }
  /// SHA-256 over `adapter_config.json` and `adapter_model.safetensors`, as hexadecimal text; see `Digest.of(files:in:)`.
  public let digest: String
  let base: ModelConfiguration
  let plan: AdapterPlan
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
    let weights = try SafetensorsFolder.open(url, stem: "adapter_model")
    let plan = plan(configuration, base, weights)
    var unfit = FaultList(configurationURL.path)
    for fault in plan.faults { unfit.add(fault.problem, hint: fault.hint) }
    try unfit.throwIfAny()
    let faults = TensorCheck.faults(plan.tensorShapes, in: weights) { name in
      // What wrappers keep of the base, and modules that the engine does not run.
      name.contains(".original_module.") || name.hasPrefix(root) && base.isHarmless(String(name.dropFirst(root.count)))
    }
    guard faults.isEmpty else {
      throw ModelFault(
        [FileFault(file: url.path, problem: "the adapter does not fit the base model", hint: "use the base it was trained on")] + faults)
    }
    let digest = try Digest.of(files: ["adapter_config.json"] + weights.fileNames, in: url).hex
    return AdapterFolder(url: url, configuration: configuration, digest: digest, base: base, plan: plan, weights: weights)
  }

  /// What stands before all names.
  private static let root = "base_model.model."

  private static func plan(_ configuration: AdapterConfiguration, _ base: ModelConfiguration, _ weights: SafetensorsFolder) -> AdapterPlan {
    // Trained on the bare model where names begin as its modules do, and none as the whole model's.
    let names = weights.tensors.map(\.name)
    let prefixed = base.modules.map(\.path).filter { $0.hasPrefix(base.prefix) }
    let bare = Set(prefixed.compactMap { $0.dropFirst(base.prefix.count).split(separator: ".").first })
    let isBare =
      !base.prefix.isEmpty && !names.contains { $0.hasPrefix(root + base.prefix) }
      && names.contains { name in name.hasPrefix(root) && name.dropFirst(root.count).split(separator: ".").first.map(bare.contains) ?? false }
    return AdapterPlan(configuration, base: base, names: AdapterPlan.Names(has: { weights.tensor(named: $0) != nil }, isBare: isBare))
  }

  /// A tensor as Float, all of it finite, by PEFT's name.
  public func floats(named name: String) throws -> [Float] {
    let floats = try weights.floats(named: name)
    try ModelFolder.checkFinite(floats, name, file: weights.path(of: name))
    return floats
  }

  public func tensor(named name: String) -> SafetensorsFile.Tensor? { weights.tensor(named: name) }
}
