import Foundation
import TestSupport

/// The program under test: the one that VIGIL_BINARY names, else the one beside the tests.
enum Program {
  static func url() throws -> URL {
    if let path = ProcessInfo.processInfo.environment["VIGIL_BINARY"] { return URL(filePath: path) }
    let beside = TestSupport.project.appending(path: ".build/release/vigil")
    guard FileManager.default.isExecutableFile(atPath: beside.path) else {
      throw CocoaError(.fileNoSuchFile, userInfo: [NSLocalizedDescriptionKey: "no program at \(beside.path): make build, or set VIGIL_BINARY"])
    }
    return beside
  }

  /// Runs it to its end. Meant for short outputs: they are held in pipes.
  /// - input: what it reads from stdin; nothing without
  static func run(_ arguments: [String], input: Data? = nil) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = try url()
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let folder = try TemporaryFolder("vigil-stdin")
    if let input {
      // A file and no pipe: a pipe that nobody reads would hold up its writer.
      let file = folder.url.appending(path: "input")
      try input.write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self), String(decoding: complained, as: UTF8.self))
  }
}
