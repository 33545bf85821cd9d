public import Foundation

/// A file that holds a secret: read only when nobody but its owner can read it.
public enum SecretFile {
  /// Bytes a secret may have; whoever names a log or a model by mistake is told so.
  public static let byteLimit = 64 << 10

  /// The file's text.
  /// - what: what the secret is, for messages: `the webhook's secret`. The text itself never enters one.
  public static func read(_ file: URL, what: String) throws(FileFault) -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, let size = (attributes?[.size] as? NSNumber)?.intValue else {
      throw unreadable(file, what)
    }
    guard size <= byteLimit else {
      throw FileFault(
        file: file.path, problem: "\(what) has \(size) bytes, more than \(byteLimit)", hint: "name the file that holds the secret alone")
    }
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw unreadable(file, what) }
    guard mode & 0o077 == 0 else {
      throw FileFault(
        file: file.path, reason: .notPermitted, problem: "\(what) can be read by others (mode \(String(mode & 0o777, radix: 8)))",
        hint: "chmod 600 \(file.path)")
    }
    return text
  }

  private static func unreadable(_ file: URL, _ what: String) -> FileFault {
    FileFault(
      file: file.path, reason: .notFound, problem: "could not read \(what)", hint: "check the path and the rights of the user that runs this")
  }
}
