import Foundation

/// A folder that is removed with the value that owns it.
final class TestFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "vigil-files-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  subscript(name: String) -> URL { url.appending(path: name) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try FileManager.default.createDirectory(at: self[name].deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: self[name])
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }

  deinit { try? FileManager.default.removeItem(at: url) }
}
