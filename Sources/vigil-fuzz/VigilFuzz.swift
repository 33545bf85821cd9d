import ArgumentParser
import Foundation
import Fuzzing

/// `vigil-fuzz`: damaged model files for the readers; see Sources/Fuzzing/README.md.
@main
struct VigilFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-fuzz", abstract: "Feeds damaged model files to the readers and keeps what breaks them.",
    subcommands: [Run.self, Replay.self, Render.self, Match.self, Child.self], defaultSubcommand: Run.self)

  struct Bounds: ParsableArguments {
    @Option(help: "Seconds that one input may take.") var patience = 20
    @Option(help: "Memory that a target may take.") var megabytes = 4096
  }

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs the targets one after the other. Ends with 6 if there are findings.")

    @Argument(help: "Targets; all if none is named: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")).") var targets: [FuzzTarget] = []
    @Option(help: "Minutes for all targets together.") var minutes = 1.0
    @Option(help: "The same seed gives the same inputs.") var seed: UInt64 = 1
    @Option(help: "Inputs for every target, at most.") var runs: Int?
    @Option(help: "Folder with a folder of inputs for every target.") var corpus = "Fixtures/fuzz"
    @Option(help: "Where the inputs of findings are kept.") var findings = ".build/fuzz-findings"
    @OptionGroup var bounds: Bounds

    func run() throws {
      let chosen = targets.isEmpty ? FuzzTarget.allCases : targets
      var found: [String] = []
      for target in chosen {
        let campaign = FuzzCampaign(
          target: target, corpus: URL(fileURLWithPath: corpus).appendingPathComponent(target.rawValue), findings: URL(fileURLWithPath: findings),
          seed: seed,
          seconds: minutes * 60 / Double(chosen.count), runs: runs, patience: bounds.patience, megabytes: bounds.megabytes)
        let result = try campaign.run()
        print("\(target.rawValue): \(result.runs) inputs, \(result.findings.count) findings")
        found += result.findings
      }
      for finding in found { print(finding) }
      if !found.isEmpty { throw ExitCode(6) }
    }
  }

  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Tries one input in this process, where a debugger can see it.")

    @Argument var target: FuzzTarget
    @Argument var file: String

    func run() throws {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vigil-fuzz-replay-\(getpid())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }  // What is left in the temporary folder is the system's to clear.
      try target.run([UInt8](try Data(contentsOf: URL(fileURLWithPath: file))), in: folder)
      print("\(target.rawValue): the input is read or refused as it should be")
    }
  }

  struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Templates with their variables, one JSON object a line, to text; for comparing with Jinja.")

    func run() { VigilFuzz.answer(TemplateRow.render) }
  }

  struct Match: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Regular expressions with module paths, one JSON object a line, to what they find; for comparing with Python's re.")

    func run() { VigilFuzz.answer(PatternRow.match) }
  }

  /// A line for every line, at once.
  private static func answer(_ row: (String) -> String) {
    while let line = readLine() {
      print(row(line))
      fflush(nil)
    }
  }

  struct Child: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One target, in the process that may die of it.", shouldDisplay: false)

    @Argument var target: FuzzTarget
    @Option var corpus: String
    @Option var folder: String
    @Option var seed: UInt64
    @Option var skip: Int
    @Option var runs: Int?
    @Option var deadline: Double
    @OptionGroup var bounds: Bounds

    func run() throws {
      try FuzzWorker(
        target: target, corpus: URL(fileURLWithPath: corpus), folder: URL(fileURLWithPath: folder), seed: seed, skip: skip, runs: runs,
        deadline: Date(timeIntervalSince1970: deadline), patience: bounds.patience, megabytes: bounds.megabytes
      ).run()
    }
  }
}

extension FuzzTarget: ExpressibleByArgument {}
