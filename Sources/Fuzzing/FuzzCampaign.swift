internal import Files
package import Foundation

/// The parent: runs one target in a child, keeps the input of every child that dies, and starts the next where it stopped.
package struct FuzzCampaign {
  let target: FuzzTarget
  let corpus: URL
  /// Where findings are kept.
  let findings: URL
  let seed: UInt64
  let seconds: Double
  let runs: Int?
  let patience: Int
  let megabytes: Int

  package struct Result {
    package var runs = 0
    package var findings: [String] = []
  }

  /// More findings than this are all the same one.
  private static let maximumFindings = 10

  package init(
    target: FuzzTarget, corpus: URL, findings: URL, seed: UInt64, seconds: Double, runs: Int?, patience: Int, megabytes: Int
  ) {
    self.target = target
    self.corpus = corpus
    self.findings = findings
    self.seed = seed
    self.seconds = seconds
    self.runs = runs
    self.patience = patience
    self.megabytes = megabytes
  }

  package func run() throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vigil-fuzz-\(target.rawValue)-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // What is left in the temporary folder is the system's to clear.
    let deadline = Date().addingTimeInterval(seconds)
    var result = Result()
    while true {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments =
        [
          "child", target.rawValue, "--corpus", corpus.path, "--folder", folder.path, "--seed", "\(seed)", "--skip", "\(result.runs)", "--patience",
          "\(patience)", "--megabytes", "\(megabytes)", "--deadline", "\(deadline.timeIntervalSince1970)",
        ] + (runs.map { ["--runs", "\($0)"] } ?? [])
      let errors = folder.appendingPathComponent("errors")
      try Data().write(to: errors)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
      process.waitUntilExit()
      result.runs = Int(text(FuzzWorker.countName, folder)) ?? result.runs
      if process.terminationReason == .exit, process.terminationStatus == 0 { return result }
      try keep(process, folder, errors, &result)
      if result.findings.count >= Self.maximumFindings || Date() >= deadline { return result }
    }
  }

  private func keep(_ process: Process, _ folder: URL, _ errors: URL, _ result: inout Result) throws {
    let input = [UInt8](try Data(contentsOf: folder.appendingPathComponent(FuzzWorker.inputName)))
    try FileManager.default.createDirectory(at: findings, withIntermediateDirectories: true)
    let kept = findings.appendingPathComponent("\(target.rawValue)-\(Digest.of(input).hex.prefix(16))")
    try Data(input).write(to: kept)
    let status = process.terminationStatus
    let cause: String
    switch (process.terminationReason, status) {
    case (.exit, FuzzWorker.brokenPromise): cause = "a broken promise: \(text(FuzzWorker.promiseName, folder))"
    case (.uncaughtSignal, SIGALRM): cause = "more than \(patience) s on one input"
    case (.uncaughtSignal, _): cause = "signal \(status) (\(String(cString: strsignal(status))))"
    default: cause = "exit code \(status)"
    }
    let said = text("errors", folder).split(separator: "\n").first { $0.contains("Fatal error") || $0.contains("error:") }.map { "\n    \($0)" } ?? ""
    result.findings.append("\(target.rawValue): \(cause), seed \(seed), run \(result.runs): \(kept.path)\(said)")
  }

  private func text(_ name: String, _ folder: URL) -> String {
    // A file that is not there says nothing: the child died before it could write it.
    ((try? Data(contentsOf: folder.appendingPathComponent(name))).map { String(decoding: $0, as: UTF8.self) }) ?? ""
  }
}
