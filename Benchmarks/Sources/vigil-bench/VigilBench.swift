import ArgumentParser
import Foundation
import LanguageModel

/// `vigil-bench`: the table of speeds, in one run, with the machine's limits and the peers taking turns with the engine.
@main
struct VigilBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil-bench", abstract: "Measures the engine against this machine's limits and its peers.",
    subcommands: [Run.self, Memory.self, First.self], defaultSubcommand: Run.self)
}

/// A row of the table, or what stands beside it.
enum Work: String, CaseIterable, ExpressibleByArgument {
  case limits, scoring, generation, choice, tokenising, memory, first, curve
}

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prints the table.")

  @Option(help: "The folder that models.py has printed.") var cache: String
  @Option(help: "The folder with the peers.") var peers = "Benchmarks/peers"
  @Option(help: "A Python that has the peers; without it there are none.") var python: String?
  @Option(help: "How often each takes its turn.") var repetitions = 3
  @Option(help: "A text to tokenise, line by line, instead of the generated one.") var text: String?
  @Option(parsing: .upToNextOption, help: "Only these: \(Work.allCases.map(\.rawValue).joined(separator: " ")).")
  var only: [Work] = Work.allCases
  @Option(parsing: .upToNextOption, help: "Only these models.") var models = ["10M", "SmolLM2-135M", "Qwen2.5-0.5B"]
  @Option(parsing: .upToNextOption, help: "Only these precisions: fp32 bf16 int8.") var precisions = Precision.allCases
  @Flag(help: "The smallest model alone, once.") var quick = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if repetitions < 1 { throw ValidationError("--repetitions must be at least 1, got \(repetitions)") }
  }

  func run() throws {
    // A peer that has gone away is an error of the write, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    let bench = Bench(
      cache: URL(filePath: cache), peers: URL(filePath: peers), python: python, repetitions: quick ? 1 : repetitions,
      text: text.map { URL(filePath: $0) })
    let machine = Machine()
    let subjects = try (quick ? ["10M"] : models).map { try Subject($0, in: bench.cache) }
    var report = Report(machine: machine, shapes: only.contains(.limits) ? Shapes(subjects, bench.limits) : nil, lines: [], curves: [])
    func add(_ line: Line) {
      say(line.cells.prefix(8).joined(separator: " | "))
      report.lines.append(line)
    }
    for subject in subjects {
      if only.contains(.tokenising) { add(try Tokenising(bench: bench).line(subject, bench.peer("tokenizing.py", subject, "one thread"))) }
      for precision in precisions {
        let isOffered = try measure(subject, precision, bench, add) { report.curves.append($0) }
        // The engine is gone by now, and with it its memory.
        try measureProcesses(subject, precision, isOffered: isOffered, bench, add)
      }
    }
    print(json ? try report.json() : report.markdownText)
  }

  /// What is measured within this process; in a quick run, no peers where there is nothing of ours to hold against them. Returns whether the engine offers the precision.
  private func measure(_ subject: Subject, _ precision: Precision, _ bench: Bench, _ add: (Line) -> Void, _ plot: (Curve) -> Void) throws -> Bool {
    let engine = try Engines.open(subject.folder, precision)
    var bench = bench
    if quick, engine == nil { bench.python = nil }
    let isWhole = precision != .int8
    if only.contains(.scoring) || only.contains(.generation) {
      let llama = bench.peer("llamacpp.py", subject, precision.llama)
      let peers = [isWhole ? bench.peer("hf.py", subject, precision.rawValue) : nil, llama].compactMap { $0 }
      if only.contains(.scoring), isWhole { add(try Scoring(bench: bench).line(subject, precision, engine, peers)) }
      if only.contains(.generation) {
        for batch in isWhole ? Generating.batches : [1] {
          add(try Generating(bench: bench).line(subject, precision, batch: batch, engine, peers))
        }
      }
    }
    // The harness takes minutes for the largest model, and says there what it says here.
    let isLarge = subject.name == "Qwen2.5-0.5B"
    if only.contains(.choice), isWhole, !isLarge {
      let peer = bench.peer("lmeval.py", subject, precision.rawValue)
      add(try MultipleChoice(bench: bench, questionCount: quick ? 8 : 40).line(subject, precision, engine, peer))
    }
    if only.contains(.curve), isWhole, !isLarge, let engine {
      for lengths in [true, false] { plot(try Curve(subject, precision, engine, lengths: lengths, repetitions: quick ? 1 : 2)) }
    }
    return engine != nil
  }

  /// What is measured in processes of its own.
  private func measureProcesses(_ subject: Subject, _ precision: Precision, isOffered: Bool, _ bench: Bench, _ add: (Line) -> Void) throws {
    var bench = bench
    if quick, !isOffered { bench.python = nil }
    if only.contains(.memory) {
      let peer = precision == .int8 ? nil : bench.peer("hf.py", subject, precision.rawValue)
      add(try PeakMemory(bench: bench).line(subject, precision, isOffered: isOffered, peer))
    }
    if only.contains(.first), precision != .int8, quick || subject.name == "Qwen2.5-0.5B" {
      add(try FirstAnswer(bench: bench).line(subject, precision, isOffered: isOffered))
    }
  }
}

extension Precision: ExpressibleByArgument {}

/// What `Child` runs for the peak memory.
struct Memory: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "memory", abstract: "Prints the bytes of one load and batch.", shouldDisplay: false)
  @Argument var model: String
  @Option var precision: Precision

  func run() throws {
    let url = URL(filePath: model)
    if let bytes = try PeakMemory.work(Subject(url.lastPathComponent, in: url.deletingLastPathComponent()), precision) { print(bytes) }
  }
}

/// What `Child` runs for the first answer.
struct First: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "first-answer", abstract: "Opens a folder and answers.", shouldDisplay: false)
  @Argument var model: String
  @Option var precision: Precision

  func run() throws {
    if let answer = try FirstAnswer.work(URL(filePath: model), precision) { print(answer) }
  }
}
