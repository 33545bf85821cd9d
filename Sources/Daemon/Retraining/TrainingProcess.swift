import Foundation
import Records
import Storage

/// Trains in a process of its own: `vigil train` on a dataset version, with its own memory and its own death.
struct TrainingProcess: Sendable {
  var executable: URL
  var base: URL
  /// The adapter to go on from; nil to begin anew.
  var start: URL?
  var dataset: URL
  /// Checkpoints and the result; a folder that is there already is resumed.
  var output: URL
  /// Settings of transformers and PEFT, as JSON.
  var settings: [String: JSONValue]

  /// What a progress line says.
  struct Progress: Sendable {
    var step: Int
    var steps: Int
    var loss: Double?
    var validationLoss: Double?
    var tokensPerSecond: Double?
    var secondsLeft: Double?
  }

  /// - Throws: `TrainingFailed` with the end of what the process said; `CancellationError` when this task was cancelled (a checkpoint is left).
  func run(progress: @escaping @Sendable (JSONValue) -> Void) async throws {
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    let configuration = output.appending(path: "request.json")
    var settings = settings
    if let start {
      var lora = settings["lora"]?.objectValue ?? [:]
      lora["init_adapter"] = .string(start.path)
      settings["lora"] = .object(lora)
    }
    try Data(try JSONForm.text(JSONValue.object(settings), pretty: true).utf8).write(to: configuration)
    let child = ChildProcess(
      executable: executable,
      arguments: [
        "train", "--model", base.path, "--train", dataset.appending(path: "train.jsonl").path, "--valid", dataset.appending(path: "valid.jsonl").path,
        "--output", output.appending(path: "adapter").path, "--config", configuration.path, "--exit-with-parent", "--json",
      ])
    let (ending, errors) = try await child.run { line in
      if let value = try? JSONForm.decoder().decode(JSONValue.self, from: Data(line.utf8)) { progress(value) }
    }
    try Task.checkCancellation()
    switch ending {
    case .exited(0): return
    case .exited(let code): throw TrainingFailed(how: "ended with exit code \(code)", output: errors, temporary: code == 75)
    case .signalled(let signal): throw TrainingFailed(how: "was ended by signal \(signal)", output: errors, temporary: true)
    }
  }
}

/// The training process did not come to an end of its own.
struct TrainingFailed: Error, CustomStringConvertible {
  var how: String
  var output: String
  /// Whether another try from its last checkpoint may succeed.
  var temporary: Bool

  var description: String {
    let last = output.split(separator: "\n").suffix(6).joined(separator: "\n")
    return "the training process \(how)" + (last.isEmpty ? "" : ":\n\(last)")
  }
}
