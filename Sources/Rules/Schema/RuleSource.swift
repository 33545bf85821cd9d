import Foundation

/// A rule file's bytes as text, and the path that its faults name.
package struct RuleSource: Sendable, Hashable {
  package var path: String
  package var text: String

  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }

  static let testSuffixes = [".test.yaml", ".test.yml"]

  /// Reads one file.
  static func read(_ path: String) throws(RuleFault) -> RuleSource {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      throw RuleFault(
        file: path, message: exists ? "could not be read" : "there is no such file",
        hint: exists ? "check its permissions: \((error as NSError).localizedDescription)" : nil)
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      let good = String(decoding: data, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{FFFD}" }
      throw RuleFault(
        file: path, line: good.count { $0 == "\n" } + 1, column: good.reversed().prefix { $0 != "\n" }.count + 1, message: "the file is not UTF-8",
        hint: "save it as UTF-8")
    }
    return RuleSource(path: path, text: text)
  }

  /// The rule files at `path`: itself, or for a folder its `*.yaml` in the order of their names, without the tests.
  package static func paths(at path: String) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return [path] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let rules = names.filter { name in
      (name.hasSuffix(".yaml") || name.hasSuffix(".yml")) && !testSuffixes.contains { name.hasSuffix($0) }
    }
    return rules.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }
}
