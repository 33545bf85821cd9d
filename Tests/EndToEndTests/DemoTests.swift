import Foundation
import Records
import TestSupport
import Testing

/// The whole loop through the program itself: private PostgreSQL, daemon, traffic, training processes. Slow: minutes.
@Suite(.serialized) struct DemoTests {
  /// The days until the last decision has been made.
  private static let days = "33"

  private struct Ended {
    var code: Int32
    var output: Data
    var errors: String
  }

  private func vigil(_ arguments: [String], in folder: URL) throws -> Ended {
    let process = Process()
    process.executableURL = try Program.url()
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let (output, errors) = (folder.appending(path: "stdout"), folder.appending(path: "stderr"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Ended(
      code: process.terminationStatus, output: try Data(contentsOf: output), errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// Plays the demo and reads its table.
  private func play(_ arguments: [String], in folder: URL) throws -> (outcome: JSONValue, ended: Ended) {
    let ended = try vigil(
      ["demo", "--json", "--days", Self.days, "--project", TestSupport.project.path, "--report", "report.html"] + arguments, in: folder)
    return (try JSONForm.decoder().decode(JSONValue.self, from: ended.output), ended)
  }

  /// What must happen: nothing before day 15; the new product found by input drift and by quality, answered by a promoted challenger; the bias gap found with
  /// its slice and narrowed; the challenger of the wrong labels refused; no false alarm. Then again, the daemon killed with signal 9 at random moments and
  /// its training processes too: the table is the same to the last character.
  @Test func `everything that must happen happens, and killing the daemon and its trainers again and again changes nothing`() throws {
    let folder = try TemporaryFolder()
    let (outcome, ended) = try play([], in: folder.url)
    let everything: Comment = "\(String(decoding: ended.output, as: UTF8.self))\n\(ended.errors)"
    #expect(ended.code == 0, everything)
    #expect(outcome["met"]?.boolValue == true)
    #expect(outcome["falseAlarms"]?.numberValue == 0)
    #expect(outcome["refused"]?.numberValue == 1)
    #expect(outcome["promoted"]?.numberValue == 2)
    let changes = outcome["changes"]?.arrayValue ?? []
    #expect(changes.map { $0["change"]?.stringValue } == ["volume", "new_product", "regional_speech", "wrong_labels"])
    #expect(changes.allSatisfy { $0["met"]?.boolValue == true })
    #expect(changes.last?["done"]?.stringValue?.contains("retrained by hand, refused") == true)
    let regional = changes.first { $0["change"]?.stringValue == "regional_speech" }
    #expect(regional?["by"]?.arrayValue?.contains("bias.accuracy_gap{speech=\"regional\"}") == true)
    let page = try String(contentsOf: folder.url.appending(path: "report.html"), encoding: .utf8)
    #expect(page.utf8.count < 300_000)
    #expect(page.contains("<svg"))
    #expect(!page.contains("<script"))

    let (killed, other) = try play(["--kills", "10"], in: folder.url)
    #expect(killed == outcome, "killed:\n\(String(decoding: other.output, as: UTF8.self))\n\(other.errors)\nundisturbed:\n\(everything)")
    let deaths = other.errors.firstMatch(of: #/killed with signal 9: the daemon (\d+) times, training processes (\d+) times/#)
    #expect((deaths.flatMap { Int($0.1) } ?? 0) >= 5, "\(other.errors)")
    #expect((deaths.flatMap { Int($0.2) } ?? 0) >= 1, "\(other.errors)")
  }
}
