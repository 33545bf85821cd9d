import Documents
import Foundation

/// A file or folder of rules, and the deployments that they are for.
package struct RuleFile: Sendable, Hashable {
  package var path: String
  /// By name; nil for all.
  package var deployments: [String]?

  package init(path: String, deployments: [String]? = nil) {
    self.path = path
    self.deployments = deployments
  }
}

/// A rule file's bytes as text, and the path that its faults name.
package struct RuleSource: Sendable, Hashable {
  package var path: String
  package var text: String
  /// The deployments that its rules are for; nil for all.
  package var deployments: [String]?

  package init(path: String, text: String, deployments: [String]? = nil) {
    self.path = path
    self.text = text
    self.deployments = deployments
  }

  static let testSuffixes = [".test.yaml", ".test.yml"]

  /// Reads one file.
  static func read(_ path: String) throws(DocumentFault) -> RuleSource {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw DocumentFault(
        file: path, message: exists ? "could not be read" : "there is no such file",
        hint: exists ? "check its permissions: \((error as NSError).localizedDescription)" : nil)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      let good = String(decoding: data, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{FFFD}" }
      throw DocumentFault(
        file: path, line: good.count { $0 == "\n" } + 1, column: good.reversed().prefix { $0 != "\n" }.count + 1, message: "the file is not UTF-8",
        hint: "save it as UTF-8")
    }
    return RuleSource(path: path, text: text)
  }

  /// Whether the name is that of a rule test file.
  package static func isTest(_ path: String) -> Bool { testSuffixes.contains { path.hasSuffix($0) } }

  /// The rule files at `path`: itself, or for a folder its `*.yaml` in the order of their names, without the tests.
  package static func paths(at path: String) -> [String] { files(at: path) { !isTest($0) } }

  /// The rule test files at `path`: itself, or for a folder its `*.test.yaml` in the order of their names.
  package static func testPaths(at path: String) -> [String] { files(at: path, where: isTest) }

  private static func files(at path: String, where isWanted: (String) -> Bool) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return [path] }
    // A folder that cannot be listed has no files for us, and the caller says so.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let wanted = names.filter { ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".") && isWanted($0) }
    return wanted.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }
}
