import ArgumentParser
import Daemon
import Evaluation
import Files
import Foundation
import Records
import RemoteModel

/// `vigil suite`: evaluation suites on plain files, without daemon or database.
struct SuiteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suite", abstract: "Run evaluation suites, without daemon or database.", subcommands: [SuiteRunCommand.self])
}

/// `vigil suite run`
struct SuiteRunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a suite on a model here, or on one behind an OpenAI-compatible server.",
    discussion: """
      The model chooses among the labels for every item. Without --labels these are the labels that the suite's items have. A server that gives no \
      log-probabilities is asked to write the label, and what cannot be measured there is named. With --output every item's answer is written, one JSON \
      object a line. Exit code 1 when an item could not be run.
      """)

  @Argument(help: ArgumentHelp("The suite's YAML file.", valueName: "suite")) var suite: String
  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir")) var model: String?
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Option(help: ArgumentHelp("An OpenAI-compatible server: http://host:8000/v1.", valueName: "url")) var remote: String?
  @Option(help: ArgumentHelp("The model's name on that server.", valueName: "name")) var name: String?
  @Option(help: ArgumentHelp("chat or completions.", valueName: "api")) var api = RemoteSettings.API.chat.rawValue
  @Option(help: ArgumentHelp("The chat format for completions: \"<|user|>{input}<|end|><|assistant|>\".", valueName: "form")) var prompt: String?
  @Option(help: ArgumentHelp("A file with the server's key, its owner's alone.", valueName: "file")) var apiKeyFile: String?
  @Option(help: "Requests at once, to a server.") var concurrency = 8
  @Option(help: ArgumentHelp("The system message before every input.", valueName: "text")) var system: String?
  @Option(help: ArgumentHelp("The answers to choose among, separated by commas.", valueName: "a,b")) var labels: String?
  @Option(help: "Longer inputs are cut to so many tokens.") var inputTokens = 512
  @Option(help: ArgumentHelp("Write every item's answer here, JSONL.", valueName: "file")) var output: String?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (model == nil) != (remote == nil) else {
      throw ValidationError("give a model here as --model DIR, or one elsewhere as --remote URL --name NAME")
    }
    guard remote == nil || name != nil else { throw ValidationError("--remote needs --name, the model's name on that server") }
    guard RemoteSettings.API(rawValue: api) != nil else { throw ValidationError("--api is chat or completions, got \(api)") }
    guard remote == nil || (api == "completions") == (prompt != nil) else {
      throw ValidationError("--api completions needs --prompt, and only that: with chat the server has the model's own format")
    }
    guard adapter == nil || remote == nil else { throw ValidationError("--adapter is for --model; a server loads its own adapters") }
    guard (1...10_000).contains(concurrency), (1...1_000_000).contains(inputTokens) else {
      throw ValidationError("--concurrency must be in 1...10000 and --input-tokens in 1...1000000")
    }
  }

  func run() async throws {
    let suite = try read()
    let answers = labels.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } } ?? Set(suite.items.map(\.label)).sorted()
    let predictor = try await predictor(answers)
    printError("\(suite.items.count) items on \(predictor.model)")
    for limit in predictor.limits where remote != nil { printError("cannot be measured: \(limit)") }
    let result: SuiteResult
    do {
      result = try await SuiteRunner.run(suite, on: predictor)
    } catch {
      throw CommandFailure(.failed, "\(error)")
    }
    if let output { try write(result, to: output) }
    let measurements = result.measurements(at: Date())
    print(json ? try JSONForm.text(Report(result, measurements), pretty: true) : table(measurements))
    let failed = result.answers.filter { $0.prediction.failure != nil }
    if let first = failed.first {
      throw CommandFailure(
        .failed, "\(failed.count) of \(result.answers.count) items could not be run; the first, \(first.item.key): \(first.prediction.failure ?? "")")
    }
  }

  // MARK: - The parts

  private func read() throws -> Suite {
    do {
      return try Suite.read(URL(filePath: suite))
    } catch let fault as FileFault {
      throw CommandFailure(fault.reason == .notFound ? .notFound : .failed, "\(fault.file): \(fault.problem)", hint: fault.hint)
    } catch {
      throw CommandFailure(.failed, "\(error)")
    }
  }

  private func predictor(_ labels: [String]) async throws -> any Predictor {
    do {
      if let remote, let name, let api = RemoteSettings.API(rawValue: api) {
        let key = try apiKeyFile.map { try APIKey(file: URL(filePath: $0)) }
        let settings = RemoteSettings(address: try RemoteAddress(remote), name: name, api: api, key: key, concurrency: concurrency)
        let form: RemoteTask.Prompt = try prompt.map { .text(try PromptForm($0)) } ?? .messages(system: system)
        return try await RemotePredictor.connect(settings, task: try RemoteTask(labels: labels, prompt: form))
      }
      return try LocalPredictor(
        base: URL(filePath: model ?? "", directoryHint: .isDirectory), adapter: adapter.map { URL(filePath: $0, directoryHint: .isDirectory) },
        labels: labels, system: system, inputTokensMax: inputTokens, surprisal: false)
    } catch let fault as FileFault {
      throw CommandFailure(fault.reason == .notFound ? .notFound : .failed, "\(fault.file): \(fault.problem)", hint: fault.hint)
    } catch {
      throw CommandFailure(.failed, "\(error)")
    }
  }

  private func write(_ result: SuiteResult, to file: String) throws {
    let lines = try result.answers.map { try JSONForm.text(Item($0)) + "\n" }
    do {
      try Data(lines.joined().utf8).write(to: URL(filePath: file), options: .atomic)
    } catch {
      throw CommandFailure(.failed, "could not write \(file): \(error.localizedDescription)", hint: "name a file in a folder that you may write to")
    }
  }

  private func table(_ measurements: [Records.Measurement]) -> String {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "n/a" }
    return TextTable.render(
      ["measure", "slice", "value", "95% interval", "n"],
      measurements.map { m in
        [m.measure, m.slice == .all ? "-" : m.slice.text, number(m.value), "\(number(m.lower)) to \(number(m.upper))", String(m.n)]
      })
  }

  /// What `--json` prints.
  private struct Report: Encodable {
    var schema = "vigil.suite/1"
    var suite: String
    var version: String
    var digest: String
    var model: String
    var failed: Int
    var measurements: [Records.Measurement]

    init(_ result: SuiteResult, _ measurements: [Records.Measurement]) {
      suite = result.suite.name
      version = result.suite.version
      digest = result.suite.digest.hex
      model = result.model
      failed = result.answers.count { $0.prediction.failure != nil }
      self.measurements = measurements
    }
  }

  /// One line of `--output`.
  private struct Item: Encodable {
    var id: String
    var label: String
    var answer: String?
    var correct: Bool
    var confidence: Double?
    var failure: String?

    init(_ answer: SuiteAnswer) {
      id = answer.item.key
      label = answer.item.label
      self.answer = answer.answer
      correct = answer.correct
      confidence = answer.prediction.confidence
      failure = answer.prediction.failure
    }
  }
}
