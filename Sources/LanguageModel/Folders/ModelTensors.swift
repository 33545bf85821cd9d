internal import Files
internal import Foundation

/// The safetensors files of a model, looked at through its configuration: tensors go by the names of the configuration, whatever the files call them.
struct ModelTensors: Sendable, TensorSource {
  let configuration: ModelConfiguration
  let folder: SafetensorsFolder

  init(_ configuration: ModelConfiguration, _ folder: SafetensorsFolder) {
    (self.configuration, self.folder) = (configuration, folder)
  }

  func tensor(named name: String) -> SafetensorsFile.Tensor? { folder.tensor(named: stored(name)) }

  /// A tensor as Float, all of it finite: a NaN or an infinity in the weights is an error here and not a wrong answer later.
  func floats(named name: String) throws -> [Float] {
    let stored = stored(name)
    let floats = try folder.floats(named: stored)
    try ModelFolder.checkFinite(floats, stored, file: folder.path(of: stored))
    return floats
  }

  func isBFloat16(_ name: String) -> Bool { tensor(named: name)?.type == .bf16 }

  /// Elements of a tensor that is stored as bfloat16, from element `first` on, all of them finite.
  func readBFloat16(named name: String, from first: Int, into bits: inout [UInt16]) throws {
    let stored = stored(name)
    try folder.readBFloat16(named: stored, from: first, into: &bits)
    // All ones in the exponent: an infinity or a NaN. Looked for without a branch, many at a time; found again for the message.
    let worst = bits.reduce(0) { $0 | ($1 & 0x7F80 == 0x7F80 ? 1 : 0) }
    if worst != 0 { try ModelFolder.checkFinite(floats(named: stored), stored, file: folder.path(of: stored)) }
  }

  /// What is missing, misshapen or does not belong here.
  func faults() -> [FileFault] {
    TensorCheck.faults(
      configuration.tensorShapes.map { (stored($0.name), $0.shape) }, in: folder, mayHave: { configuration.isHarmless($0) })
  }

  /// The configuration's names of tensors by those they are stored under.
  var names: [String: String] {
    Dictionary(configuration.tensorShapes.map { (stored($0.name), $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  private func stored(_ name: String) -> String { configuration.spellings(name).first { folder.tensor(named: $0) != nil } ?? name }
}
