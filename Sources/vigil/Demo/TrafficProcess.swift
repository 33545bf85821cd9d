import Foundation
import Records

/// The traffic player as a process: a time goes in, what happened until then comes out.
actor TrafficProcess {
  private let process: SupervisedProcess
  private let output: FileHandle
  private var rest = Data()

  init(stage: DemoStage, executable: URL) throws {
    let pipe = Pipe()
    process = try SupervisedProcess(
      [
        "demo-traffic", "--database", stage.applicationURL, "--base", stage.project.fixtures.appending(path: "model").path, "--champion",
        stage.championLink.path, "--seed", String(stage.seed),
      ], executable: executable, log: stage.folder.appending(path: "traffic.log"), output: pipe)
    output = pipe.fileHandleForReading
    // Or the pipe would never end.
    try? pipe.fileHandleForWriting.close()
  }

  func advance(to time: Date) async throws -> Traffic.Counts {
    try process.input.write(contentsOf: Data((Timestamp.text(time) + "\n").utf8))
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = rest[rest.startIndex..<end]
        rest = Data(rest[rest.index(after: end)...])
        return try JSONForm.decoder().decode(Traffic.Counts.self, from: Data(line))
      }
      let output = output
      let data = await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: output.availableData) }
      }
      guard !data.isEmpty else {
        throw CommandFailure(.failed, "the traffic process ended", hint: "its log is traffic.log in the demo's folder; --keep keeps the folder")
      }
      rest.append(data)
    }
  }

  func stop() async { await process.stop() }
}

extension DemoStage {
  var championLink: URL { stateDirectory.appending(path: "deployments/\(Self.deployment)/champion") }
}
