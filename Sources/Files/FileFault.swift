internal import Foundation

/// What is wrong with a file or folder: which one, what, and how to mend it.
public struct FileFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why, as far as a caller may want to branch on it.
  public enum Reason: Hashable, Sendable {
    case notFound
    case notPermitted
    /// The contents are not what they should be; reading again will not help.
    case invalid
    /// The operating system refused; `errno` says why.
    case system(Int32)
  }

  public var file: String
  public var reason: Reason
  /// One line, without the file's name.
  public var problem: String
  public var hint: String?

  public init(file: String, reason: Reason = .invalid, problem: String, hint: String? = nil) {
    self.file = file
    self.reason = reason
    self.problem = problem
    self.hint = hint
  }

  public var description: String {
    let line = "\(file): \(problem)"
    return hint.map { "\(line)\nhint: \($0)" } ?? line
  }
}

extension FileFault {
  /// A failed system call, with `errno` put in words. Call before anything else can change `errno`.
  static func system(_ file: String, could not: String, code: Int32 = errno) -> FileFault {
    let words = String(cString: strerror(code))
    switch code {
    case ENOENT:
      return FileFault(file: file, reason: .notFound, problem: "could not \(not): there is no such file or folder", hint: "check the path")
    case EACCES, EPERM, EROFS:
      return FileFault(
        file: file, reason: .notPermitted, problem: "could not \(not): \(words)",
        hint: "give the user that runs this the right to the file and its folders")
    case ENOSPC, EDQUOT:
      return FileFault(file: file, reason: .system(code), problem: "could not \(not): \(words)", hint: "free space on that disk and run again")
    default:
      return FileFault(file: file, reason: .system(code), problem: "could not \(not): \(words)")
    }
  }
}
