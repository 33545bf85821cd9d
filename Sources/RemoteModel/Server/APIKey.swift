package import Files
package import Foundation

/// The key that a server asks for, from a file that is its owner's alone. It is sent and never shown.
package struct APIKey: Sendable, Hashable, CustomStringConvertible {
  private let text: String

  package init(file: URL) throws(FileFault) {
    try self.init(text: try SecretFile.read(file, what: "the API key"), file: file.path)
  }

  /// - file: only for messages
  init(text: String, file: String) throws(FileFault) {
    let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
    // What else stands in a header would end it, or be another one.
    guard !key.isEmpty, key.utf8.count <= 4096, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw FileFault(file: file, problem: "holds no API key", hint: "the file has one line: the key, of visible ASCII characters without spaces")
    }
    self.text = key
  }

  var authorization: String { "Bearer \(text)" }

  /// A server's words without the key, which some repeat.
  func removed(from words: String) -> String { words.replacing(text, with: "…") }

  package var description: String { "…" }
}
