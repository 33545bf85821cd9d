import Foundation

/// A program of peers/: it loads once, then answers a request a line; see peers/common.py.
final class Peer {
  struct Request: Encodable {
    var work: String
    var prompts: Int?
    var scored: Int?
    var batch: Int?
    var steps: Int?
    var questions: Int?
  }
  struct Answer: Decodable {
    var ready: String?
    var missing: String?
    var seconds: Double?
    var bytes: Double?
    var tokens: Double?
    var accuracy: Double?
    var check: Double?
  }
  enum Fault: Error, CustomStringConvertible {
    case missing(String)
    case ended(String, log: String)
    case silent(String, wanted: String)

    var description: String {
      switch self {
      case .missing(let what): what
      case .ended(let script, let log): "\(script) ended without an answer; it said why in \(log)"
      case .silent(let script, let wanted): "\(script) gave no \(wanted)"
      }
    }
  }

  /// The library and its version.
  private(set) var name = ""
  private let script: String
  private let log: URL
  private let process = Process()
  private let (input, output) = (Pipe(), Pipe())
  private var unread = Data()

  init(_ script: String, arguments: [String], python: String, folder: URL, logs: URL) throws {
    self.script = script
    log = logs.appending(path: "\(script).log")
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, folder.appending(path: script).path] + arguments
    (process.standardInput, process.standardOutput) = (input, output)
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    let first = try read()
    if let missing = first.missing { throw Fault.missing("\(script): \(missing)") }
    name = first.ready ?? script
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func ask(_ request: Request) throws -> Answer {
    try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
    return try read()
  }

  /// Seconds of a request.
  func seconds(_ request: Request) throws -> Double {
    guard let seconds = try ask(request).seconds else { throw Fault.silent(script, wanted: "seconds") }
    return seconds
  }

  private func read() throws -> Answer {
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = unread[unread.startIndex..<end]
        unread = Data(unread[(end + 1)...])
        // Libraries may print lines of their own.
        if let answer = try? JSONDecoder().decode(Answer.self, from: line) { return answer }
        continue
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Fault.ended(script, log: log.path) }
      unread += more
    }
  }
}
