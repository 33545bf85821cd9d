import Foundation

/// This program again, in a process of its own: for what can be measured only once in a process.
enum Child {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// What it prints; nil if it prints nothing.
  static func run(_ command: String, _ subject: Subject, _ precision: Precision) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [command, subject.url.path, "--precision", precision.rawValue]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(description: "vigil-bench \(command) failed") }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
    return text.isEmpty ? nil : text
  }
}
