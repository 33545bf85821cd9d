public import Foundation

/// Where tests find what the project ships.
public enum TestSupport {
  /// The project's folder: the one with `Package.swift`, or what VIGIL_PROJECT says.
  public static let project: URL = {
    if let path = ProcessInfo.processInfo.environment["VIGIL_PROJECT"] { return URL(filePath: path, directoryHint: .isDirectory) }
    var folder = URL(filePath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) { return folder }
      folder.deleteLastPathComponent()
    }
    return URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
  }()

  public static let fixtures = project.appending(path: "Fixtures", directoryHint: .isDirectory)

  public static let rules = project.appending(path: "Rules", directoryHint: .isDirectory)

  /// The bytes of `Fixtures/golden/<name>`.
  public static func golden(_ name: String) throws -> Data {
    try Data(contentsOf: fixtures.appending(path: "golden").appending(path: name))
  }
}

/// A folder that is removed with the value that owns it.
public final class TemporaryFolder: Sendable {
  public let url: URL

  public init(_ name: String = "vigil-test") throws {
    url = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString.prefix(8))", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  public func file(_ name: String, _ text: String) throws -> URL {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return file
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
