import ArgumentParser
import Files
import Foundation
import LanguageModel

/// `vigil model`: what a model folder holds and does, on plain files, without daemon or database.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look at a model folder and run it on rows of JSON.",
    discussion: """
      Rows are JSONL, one object a line, from --input or stdin; every output row repeats the row's `id`, or has its line number. Output rows come in the input's order,
      as soon as their batch is done, or nothing more comes on a pipe for the moment. Memory is that of one batch, however long the input.

      A row that cannot be done is reported on stderr by file and line, the others are done, and the exit code is 1; with --strict the first such row ends the
      command. Bad rows are: what is no JSON object in UTF-8, half a surrogate pair (\\ud800) or a bare control character in a string (write \\u0000 for NUL, which is
      a character like others), a key that is there twice, nesting deeper than 128, lines longer than 64 MiB. A byte order mark, blank lines, CRLF and a last line
      without its end are no faults.

      Exit codes: 0 all rows done, 1 some were not, 2 usage, 3 a file or folder is not there.
      """,
    subcommands: [
      ModelInspectCommand.self, ModelTokenizeCommand.self, ModelDetokenizeCommand.self, ModelRenderCommand.self, ModelScoreCommand.self,
      ModelGenerateCommand.self, ModelEmbedCommand.self, ModelClassifyCommand.self, ModelMergeCommand.self,
    ])
}

/// `vigil model inspect`
struct ModelInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Check a model folder, and an adapter over it, and say what they are.")

  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir")) var model: String
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String?
  @Flag(help: "Do not look for weights: config.json and tokenizer files are enough.") var noWeights = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try ModelFailure.translate {
      let folder = try ModelFolder.open(URL(filePath: model, directoryHint: .isDirectory), weights: noWeights ? .notNeeded : .needed)
      let adapter = try adapter.map { try AdapterFolder.open(URL(filePath: $0, directoryHint: .isDirectory), base: folder) }
      var report = Self.describe(folder)
      if let adapter { report["adapter"] = .object(Self.describe(adapter)) }
      print(json ? OrderedJSON.object(report).text() : Self.table(report).joined(separator: "\n"))
    }
  }

  private static func describe(_ folder: ModelFolder) -> JSONObject {
    let configuration = folder.configuration
    let parameters = configuration.tensorShapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
    var report = JSONObject([
      ("model", .string(folder.url.path)), ("digest", .string(folder.digest)), ("files", .array(folder.files.map { .string($0) })),
      ("architecture", .string(configuration.architecture)), ("parameters", .int(parameters)), ("dtype", .string(configuration.dtype)),
      ("layers", .int(configuration.layers)), ("hidden_size", .int(configuration.hiddenSize)),
    ])
    if let block = configuration.blocks.first {
      report["intermediate_size"] = .int(block.feedForward.width)
      report["heads"] = .int(block.attention.heads)
      report["key_value_heads"] = .int(block.attention.keyValueHeads)
      report["head_dim"] = .int(block.attention.headDimension)
    }
    if let rotary = configuration.rotaries.first {
      report["rope_theta"] = .double(rotary.theta)
      report["rope_type"] = .string(rotary.type)
    }
    let windows = Set(configuration.blocks.compactMap(\.attention.window)).sorted()
    if !windows.isEmpty { report["sliding_window"] = .array(windows.map { .int($0) }) }
    report["max_positions"] = .int(configuration.maximumPositions)
    report["tied_embeddings"] = .bool(configuration.tiedEmbeddings)
    report["vocab_size"] = .int(configuration.vocabularySize)
    report["tokenizer_size"] = .int(folder.tokenizer.vocabularySize)
    report["eos"] = .array(folder.generation.eos.map { .int(Int($0)) })
    report["chat_template"] = .bool(folder.chatTemplate != nil)
    if case .classification(let classifier) = configuration.head { report["labels"] = .array(classifier.labels.map { .string($0) }) }
    if let sentence = folder.sentence {
      report["pooling"] = .string(sentence.pooling.rawValue)
      report["normalize"] = .bool(sentence.normalizes)
    }
    return report
  }

  private static func describe(_ adapter: AdapterFolder) -> JSONObject {
    let configuration = adapter.configuration
    let parameters = adapter.tensorShapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
    return JSONObject([
      ("path", .string(adapter.url.path)), ("digest", .string(adapter.digest)), ("parameters", .int(parameters)), ("rank", .int(configuration.rank)),
      ("alpha", .double(configuration.alpha)), ("use_rslora", .bool(configuration.usesRSLoRA)), ("use_dora", .bool(configuration.usesDoRA)),
      ("bias", .string(configuration.bias.rawValue)), ("modules_to_save", .array(configuration.selection.saved.map { .string($0) })),
      ("scale", .float(configuration.scale)),
      ("target_modules", .array(configuration.targetModules.map { .string($0) })),
    ])
  }

  /// Names and values under one another; an object's members are indented.
  private static func table(_ object: JSONObject, indent: String = "") -> [String] {
    let width = object.keys.map(\.count).max() ?? 0
    return object.members.flatMap { key, value -> [String] in
      if let inner = value.objectValue { return ["\(indent)\(key)"] + table(inner, indent: indent + "  ") }
      let text = value.stringValue ?? value.arrayValue?.map { $0.stringValue ?? $0.text() }.joined(separator: ", ") ?? value.text()
      return ["\(indent)\(key)\(String(repeating: " ", count: width - key.count))  \(text)"]
    }
  }
}
