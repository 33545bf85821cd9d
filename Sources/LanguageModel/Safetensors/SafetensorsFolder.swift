internal import Files
public import Foundation

/// The tensors of a folder: one `<stem>.safetensors`, or the shards that `<stem>.safetensors.index.json` lists.
public struct SafetensorsFolder: Sendable {
  /// Names of the files that hold the tensors, and of the index if there is one.
  public let fileNames: [String]
  /// All tensors, file after file.
  public let tensors: [SafetensorsFile.Tensor]
  private let files: [SafetensorsFile]
  private let home: [ExactText: Int]

  /// Opens and checks every file; a sharded folder's index and shards must agree exactly.
  public static func open(_ folder: URL, stem: String = "model") throws -> SafetensorsFolder {
    let single = folder.appendingPathComponent("\(stem).safetensors")
    let index = folder.appendingPathComponent("\(stem).safetensors.index.json")
    if FileManager.default.fileExists(atPath: single.path) {
      return try SafetensorsFolder([SafetensorsFile.open(single)], names: [single.lastPathComponent], weightMap: nil, index: index)
    }
    guard FileManager.default.fileExists(atPath: index.path) else {
      throw FileFault(
        file: single.path, reason: .notFound, problem: "there is no such file, and no \(index.lastPathComponent) either",
        hint: "give the folder of a model saved in safetensors format; pickled weights (.bin, .pt) are not read")
    }
    let map = try readIndex(index)
    let names = Set(map.map(\.file)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for name in names { try checkInside(folder, name, index: index) }
    let files = try names.map { try SafetensorsFile.open(folder.appendingPathComponent($0)) }
    return try SafetensorsFolder(files, names: names + [index.lastPathComponent], weightMap: map, index: index)
  }

  public func tensor(named name: String) -> SafetensorsFile.Tensor? { home[ExactText(name)].flatMap { files[$0].tensor(named: name) } }

  public func floats(named name: String) throws -> [Float] { try holder(of: name).floats(named: name) }

  /// Elements of a tensor that is stored as BF16, from element `first` on, as bit patterns: as many as `bits` has.
  func readBFloat16(named name: String, from first: Int, into bits: inout [UInt16]) throws {
    try holder(of: name).readBFloat16(named: name, from: first, into: &bits)
  }

  public func bytes(named name: String) throws -> [UInt8] { try holder(of: name).bytes(named: name) }

  /// The files that hold tensors, each with its name.
  var shards: [(name: String, tensors: [SafetensorsFile.Tensor])] { files.map { ($0.url.lastPathComponent, $0.tensors) } }

  /// Path of the file that holds a tensor, for messages.
  public func path(of name: String) -> String { home[ExactText(name)].map { files[$0].url.path } ?? files[0].url.path }

  private init(_ files: [SafetensorsFile], names: [String], weightMap: [(tensor: String, file: String)]?, index: URL) throws {
    var home: [ExactText: Int] = [:]
    for (number, file) in files.enumerated() {
      for tensor in file.tensors {
        if let other = home.updateValue(number, forKey: ExactText(tensor.name)) {
          throw FileFault(file: file.url.path, problem: "tensor \"\(tensor.name)\" is in \(files[other].url.lastPathComponent) as well")
        }
      }
    }
    if let weightMap {
      for entry in weightMap {
        guard let number = home[ExactText(entry.tensor)], files[number].url.lastPathComponent == entry.file else {
          throw FileFault(
            file: index.path, problem: "tensor \"\(entry.tensor)\" should be in \(entry.file), but is not",
            hint: "copy the model's files again, all of them")
        }
      }
      let listed = Set(weightMap.map { ExactText($0.tensor) })
      if let unlisted = files.flatMap(\.tensors).first(where: { !listed.contains(ExactText($0.name)) }) {
        throw FileFault(
          file: index.path, problem: "does not list tensor \"\(unlisted.name)\", which a shard holds",
          hint: "copy the model's files again, all of them")
      }
    }
    self.files = files
    self.home = home
    fileNames = names
    tensors = files.flatMap(\.tensors)
  }

  private static func readIndex(_ url: URL) throws -> [(tensor: String, file: String)] {
    let value = try StrictJSON.parse(try OpenFile(url).readAll(), file: url.path)
    guard let map = value["weight_map"]?.objectValue, !map.isEmpty else {
      throw FileFault(file: url.path, problem: "has no weight_map", hint: "copy the model's files again, all of them")
    }
    return try map.members.map { tensor, file in
      guard let name = file.stringValue, !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
        throw FileFault(
          file: url.path, problem: "weight_map leads tensor \"\(tensor)\" outside the folder: \(file.text())",
          hint: "shards must be plain names of files beside the index")
      }
      return (tensor, name)
    }
  }

  /// A shard's name may be a link, but it must not lead away: into the folder, or, in the cache of Hugging Face's hub, where every file is a link, into the
  /// `blobs` beside the folder's `snapshots`.
  private static func checkInside(_ folder: URL, _ name: String, index: URL) throws {
    let home = folder.resolvingSymlinksInPath()
    let file = folder.appendingPathComponent(name).resolvingSymlinksInPath()
    var homes = [home.path]
    let snapshots = home.deletingLastPathComponent()
    if snapshots.lastPathComponent == "snapshots" { homes.append(snapshots.deletingLastPathComponent().appendingPathComponent("blobs").path) }
    guard homes.contains(where: { file.path.hasPrefix($0 + "/") }) else {
      throw FileFault(
        file: index.path, problem: "names the shard \(name), which is a link that leads outside the folder, to \(file.path)",
        hint: "put the file itself beside the index")
    }
  }

  private func holder(of name: String) throws -> SafetensorsFile {
    guard let number = home[ExactText(name)] else {
      throw FileFault(file: files[0].url.path, reason: .notFound, problem: "holds no tensor \"\(name)\"")
    }
    return files[number]
  }
}
