import Files
import Foundation
import LanguageModel

/// The checkpoints of one run: `OUTPUT/checkpoints/checkpoint-00000120/{parameters,optimizer}.safetensors, MANIFEST.json`.
///
/// A checkpoint is made under a temporary name, its manifest last, every file synced, and committed by renaming the folder: one that is there is whole, and
/// whether it still is, the hashes in the manifest tell. One that fails them is passed over for the one before it; the run repeats the steps in between and
/// arrives at the same bytes.
struct CheckpointStore {
  let folder: URL

  static let parametersFile = "parameters.safetensors"
  static let optimizerFile = "optimizer.safetensors"

  private static let prefix = "checkpoint-"

  // MARK: - Writing

  /// Writes `parameters` and their moments with the manifest, whose `files` are filled in here.
  func save(_ parameters: ParameterSet, manifest: CheckpointManifest) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let target = url(ofStep: manifest.step)
    let temporary = folder.appending(
      path: ".\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp", directoryHint: .isDirectory)
    try? FileManager.default.removeItem(at: temporary)  // It may be there from a process of the same number; if it cannot go, the next line says so.
    try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)

    var weights = SafetensorsWriter()
    var moments = SafetensorsWriter()
    for tensor in parameters.tensors {
      weights.add(tensor.name, shape: tensor.shape, floats: parameters.values(of: tensor).array)
      moments.add("exp_avg.\(tensor.name)", shape: tensor.shape, floats: parameters.firstMoments(of: tensor).array)
      moments.add("exp_avg_sq.\(tensor.name)", shape: tensor.shape, floats: parameters.secondMoments(of: tensor).array)
    }
    var manifest = manifest
    manifest.files = [:]
    for (name, writer) in [(Self.parametersFile, weights), (Self.optimizerFile, moments)] {
      let file = temporary.appending(path: name)
      try writer.write(to: file)
      manifest.files[name] = try Digest.of(file: file)
    }
    try DurableFile.write(Form.json(manifest, pretty: true), to: temporary.appending(path: CheckpointManifest.fileName))

    if FileManager.default.fileExists(atPath: target.path) {
      // A damaged one of the same step, which this run has passed over and now repeats.
      try FileManager.default.removeItem(at: target)
    }
    try FileManager.default.moveItem(at: temporary, to: target)
    try DurableFile.syncFolder(folder)
  }

  /// Removes all but the newest `keep` and those of the given steps, and what crashed writers left.
  func prune(keepNewest keep: Int, andSteps kept: Set<Int>) throws {
    let newest = Set(try steps().suffix(keep))
    for step in try steps() where !newest.contains(step) && !kept.contains(step) {
      // Renamed first, so that a half-removed folder never stands under a checkpoint's name.
      let doomed = folder.appending(path: ".\(url(ofStep: step).lastPathComponent).removed.tmp", directoryHint: .isDirectory)
      try FileManager.default.moveItem(at: url(ofStep: step), to: doomed)
      try FileManager.default.removeItem(at: doomed)
    }
    try removeAbandoned()
  }

  func removeAbandoned() throws {
    guard exists else { return }
    for name in try FolderListing.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }
  }

  func removeAll() throws {
    if exists { try FileManager.default.removeItem(at: folder) }
  }

  // MARK: - Reading

  var exists: Bool { FileManager.default.fileExists(atPath: folder.path) }

  /// Steps of which there is a checkpoint, in order, whether or not it is whole.
  func steps() throws -> [Int] {
    guard exists else { return [] }
    return try FolderListing.names(in: folder).compactMap { $0.hasPrefix(Self.prefix) ? Int($0.dropFirst(Self.prefix.count)) : nil }.sorted()
  }

  /// The manifest of a checkpoint whose files are all there and hash to what it says.
  func verifiedManifest(ofStep step: Int) throws -> CheckpointManifest {
    let folder = url(ofStep: step)
    let file = folder.appending(path: CheckpointManifest.fileName)
    let manifest: CheckpointManifest
    do {
      manifest = try JSONDecoder().decode(CheckpointManifest.self, from: Data(OpenFile(file).readAll()))
    } catch let fault as FileFault {
      throw fault
    } catch {
      throw FileFault(file: file.path, problem: "is not a checkpoint's manifest: \(error)")
    }
    guard manifest.format == CheckpointManifest.currentFormat, manifest.step == step else {
      throw FileFault(file: file.path, problem: "is of format \(manifest.format) and step \(manifest.step), not of format 1 and step \(step)")
    }
    for name in [Self.parametersFile, Self.optimizerFile] {
      let path = folder.appending(path: name)
      guard let digest = manifest.files[name], try Digest.of(file: path) == digest else {
        throw FileFault(file: path.path, problem: "does not have the digest that \(CheckpointManifest.fileName) states: damaged")
      }
    }
    return manifest
  }

  /// Fills `parameters` with a checkpoint's weights and moments.
  func load(step: Int, into parameters: ParameterSet) throws {
    try loadValues(step: step, into: parameters)
    let moments = try SafetensorsFile.open(url(ofStep: step).appending(path: Self.optimizerFile))
    for tensor in parameters.tensors {
      parameters.firstMoments(of: tensor).copy(from: try moments.floats(named: "exp_avg.\(tensor.name)"))
      parameters.secondMoments(of: tensor).copy(from: try moments.floats(named: "exp_avg_sq.\(tensor.name)"))
    }
  }

  /// Fills `parameters` with a checkpoint's weights alone.
  func loadValues(step: Int, into parameters: ParameterSet) throws {
    let weights = try SafetensorsFile.open(url(ofStep: step).appending(path: Self.parametersFile))
    for tensor in parameters.tensors { parameters.values(of: tensor).copy(from: try weights.floats(named: tensor.name)) }
  }

  func url(ofStep step: Int) -> URL {
    let digits = String(step)
    return folder.appending(path: Self.prefix + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits, directoryHint: .isDirectory)
  }
}
