import ArgumentParser
import Foundation

/// What ends a command: a message that says what, where and how to mend, and the exit code that scripts branch on.
struct CommandFailure: Error, CustomStringConvertible {
  /// The exit codes of every `vigil` command.
  enum Code: Int32 {
    case failed = 1
    case usage = 2
    /// Not found, or the daemon is not running.
    case notFound = 3
    case notAllowed = 4
    case conflict = 5
    /// Something fires, a check failed, a challenger was refused.
    case findings = 6
    case tryAgain = 75
  }

  var code: Code
  var message: String
  var hint: String?

  init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  var description: String { hint.map { "\(message)\nhint: \($0)" } ?? message }
}

/// Progress and errors go to stderr, so that stdout is data alone.
func printError(_ text: String) {
  FileHandle.standardError.write(Data((text + "\n").utf8))
}
