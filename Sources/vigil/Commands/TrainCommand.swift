import ArgumentParser
import Files
import Foundation
import LanguageModel
import Synchronization
import Training
import Yams

/// `vigil train`: the built-in trainer on plain files, without daemon or database.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a LoRA adapter, or all parameters of a model.",
    discussion: """
      Rows are JSONL: prompt and completion, messages, text, or token_ids with labels (-100 where nothing is taught). The configuration file (YAML or
      JSON) uses the names of transformers' TrainingArguments and of PEFT's LoraConfig (under `lora`; without it all parameters are trained); without
      a file a LoRA adapter is trained with the defaults. The output is a PEFT folder, or a Hugging Face folder, with metrics.jsonl and run.json.
      Killed at any instant, the same command goes on and ends in the same bytes. SIGTERM writes a checkpoint and exits with 75.
      """)

  @Option(help: ArgumentHelp("Base model: a Hugging Face folder.", valueName: "dir")) var model: String?
  @Option(
    name: .customLong("init"), help: ArgumentHelp("The same, with --from-scratch: only config.json and tokenizer files are needed.", valueName: "dir")
  )
  var initialFolder: String?
  @Option(help: ArgumentHelp("Rows to train on, JSONL.", valueName: "file")) var train: String
  @Option(help: ArgumentHelp("Rows to measure the validation loss on, JSONL.", valueName: "file")) var valid: String?
  @Option(help: ArgumentHelp("Where the result, the log and the checkpoints go.", valueName: "dir")) var output: String
  @Option(help: ArgumentHelp("Training configuration, YAML or JSON.", valueName: "file")) var config: String?
  @Option(help: "Overrides the configuration's seed.") var seed: UInt64?
  @Flag(help: "Start from random weights by the model folder's config.json; all parameters are trained.") var fromScratch = false
  @Flag(inversion: .prefixedNo, help: "Go on from the checkpoints in the output folder; --no-resume removes them first.") var resume = true
  @Flag(inversion: .prefixedNo, help: "Keep the last two checkpoints and the best when the run is done.") var keepCheckpoints = true
  @Flag(help: "Progress and outcome as NDJSON on stdout.") var json = false
  @Flag(help: "End at once when standard input, a pipe from the parent process, ends.") var exitWithParent = false

  func validate() throws {
    guard (model == nil) != (initialFolder == nil) else {
      throw ValidationError("give the base model as --model DIR, or as --init DIR with --from-scratch")
    }
    guard initialFolder == nil || fromScratch else { throw ValidationError("--init needs --from-scratch; to go on from trained weights use --model") }
  }

  func run() async throws {
    if exitWithParent { ParentWatch.exitWithParent() }
    let request = try request()
    let report = TrainReport(json: json, terminal: isatty(STDERR_FILENO) == 1)
    let outcome = try await onOwnThread { try Trainer.run(request) { report.tell($0) } }
    report.finish(outcome)
  }

  private func request() throws -> TrainingRequest {
    var configuration = try readConfiguration()
    if let seed { configuration.seed = seed }
    var request = TrainingRequest(
      model: URL(filePath: model ?? initialFolder ?? "", directoryHint: .isDirectory), train: URL(filePath: train),
      valid: valid.map { URL(filePath: $0) }, output: URL(filePath: output, directoryHint: .isDirectory), configuration: configuration)
    request.fromScratch = fromScratch
    request.resume = resume
    request.keepsCheckpoints = keepCheckpoints
    let stop = StopSignals()
    request.shouldStop = { stop.requested }
    return request
  }

  private func readConfiguration() throws -> TrainingConfiguration {
    guard let config else {
      var standard = TrainingConfiguration()
      if !fromScratch { standard.lora = TrainingConfiguration.LoRA() }
      return standard
    }
    let text: String
    do {
      text = String(decoding: try OpenFile(URL(filePath: config)).readAll(), as: UTF8.self)
    } catch {
      throw CommandFailure(error.reason == .notFound ? .notFound : .failed, "\(config): \(error.problem)", hint: error.hint)
    }
    // JSON is YAML too, so one reader does for both.
    let settings: [String: SettingValue]
    do {
      settings = try YAMLDecoder().decode([String: SettingValue]?.self, from: text) ?? [:]
    } catch {
      throw CommandFailure(.usage, "\(config): is not a YAML or JSON table of settings: \(error)")
    }
    do {
      return try TrainingConfiguration(settings, source: config)
    } catch let fault as TrainingFault {
      throw CommandFailure(.usage, fault.message, hint: fault.hint)
    }
  }

  /// Training blocks for hours; the cooperative pool must not.
  private func onOwnThread(_ body: @escaping @Sendable () throws -> TrainingOutcome) async throws -> TrainingOutcome {
    do {
      return try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.name = "training"
        thread.stackSize = 8 << 20
        thread.start()
      }
    } catch let fault as TrainingFault {
      throw CommandFailure(Self.code(fault.kind), fault.message, hint: fault.hint)
    } catch let fault as FileFault {
      throw CommandFailure(fault.reason == .notFound ? .notFound : .failed, "\(fault.file): \(fault.problem)", hint: fault.hint)
    } catch let fault as ModelFault {
      throw CommandFailure(.failed, fault.description)
    }
  }

  private static func code(_ kind: TrainingFault.Kind) -> CommandFailure.Code {
    switch kind {
    case .configuration: .usage
    case .conflict: .conflict
    case .interrupted: .tryAgain
    case .data, .model, .diverged, .selfCheck, .files: .failed
    }
  }
}

/// SIGTERM and SIGINT as a question the trainer asks after each step.
private final class StopSignals: Sendable {
  private let flag = Atomic<Bool>(false)
  // Dispatch's sources may be used from any thread; on Linux they are not marked so.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  var requested: Bool { flag.load(ordering: .relaxed) }

  init() {
    sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for source in sources {
      source.setEventHandler { [weak self] in self?.flag.store(true, ordering: .relaxed) }
      source.activate()
    }
  }
}

/// Progress for people on stderr, or NDJSON for programs on stdout.
private final class TrainReport: Sendable {
  private let json: Bool
  private let terminal: Bool
  private let lastLine = Mutex<(time: ContinuousClock.Instant, validation: Double?)?>(nil)

  init(json: Bool, terminal: Bool) {
    self.json = json
    self.terminal = terminal
  }

  private struct Line<Value: Encodable>: Encodable {
    var event: String
    var value: Value

    enum CodingKeys: String, CodingKey { case event, note }

    func encode(to encoder: any Encoder) throws {
      var table = encoder.container(keyedBy: CodingKeys.self)
      try table.encode(event, forKey: .event)
      if let note = value as? String { try table.encode(note, forKey: .note) } else { try value.encode(to: encoder) }
    }
  }

  func tell(_ event: TrainingEvent) {
    switch event {
    case .note(let text): json ? print(Line(event: "note", value: text)) : printError(terminal ? "\r\u{1B}[K\(text)" : text)
    case .step(let progress): json ? print(Line(event: "step", value: progress)) : show(progress)
    }
  }

  func finish(_ outcome: TrainingOutcome) {
    if json { return print(Line(event: "outcome", value: outcome)) }
    if terminal { printError("") }
    var text =
      "\(outcome.stopReason) after \(outcome.steps) steps, \(outcome.tokens) tokens, \(ClockText.of(seconds: outcome.wallSeconds)); loss \(Self.short(outcome.loss))"
    if let best = outcome.bestValidationLoss, let step = outcome.bestStep { text += "; lowest validation loss \(Self.short(best)) at step \(step)" }
    printError(text)
    printError("weights of step \(outcome.resultStep): \(outcome.output)")
  }

  private func show(_ progress: TrainingProgress) {
    var text = "loss \(Self.short(progress.loss))"
    if let validation = progress.validationLoss { text += "  validation \(Self.short(validation))" }
    text += "  \(Int(progress.tokensPerSecond)) tokens/s  \(ClockText.of(seconds: progress.secondsLeft)) left"
    if terminal {
      let width = 24
      let done = width * progress.step / max(1, progress.of)
      let bar = String(repeating: "#", count: done) + String(repeating: ".", count: width - done)
      FileHandle.standardError.write(Data("\r\u{1B}[K[\(bar)] \(progress.step)/\(progress.of)  \(text)".utf8))
      return
    }
    // Plain lines: the first, the last, each new validation loss, and otherwise one every five seconds.
    let now = ContinuousClock.now
    let due = lastLine.withLock { last in
      let due = last.map { now - $0.time >= .seconds(5) || $0.validation != progress.validationLoss } ?? true
      if due || progress.step == progress.of { last = (now, progress.validationLoss) }
      return due || progress.step == progress.of
    }
    if due { printError("step \(progress.step)/\(progress.of)  \(text)") }
  }

  private func print(_ line: some Encodable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only numbers that are finite and text are in these lines, so encoding cannot fail.
    guard var data = try? encoder.encode(line) else { return }
    data.append(UInt8(ascii: "\n"))
    FileHandle.standardOutput.write(data)
  }

  private static func short(_ value: Double) -> String { String(format: "%.4f", value) }
}
