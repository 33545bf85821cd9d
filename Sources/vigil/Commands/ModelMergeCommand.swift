import ArgumentParser
import Files
import Foundation
import LanguageModel

/// `vigil model merge`
struct ModelMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Write a base with an adapter merged into it as a model folder of its own.",
    discussion: """
      W + s B A is computed in float32 and rounded to the type the base is stored in, as PEFT's merge_and_unload does it. The base and the adapter stay as they are.
      """)

  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir")) var model: String
  @Option(help: ArgumentHelp("A PEFT adapter folder.", valueName: "dir")) var adapter: String
  @Option(help: ArgumentHelp("The folder to write; it must be new or empty.", valueName: "dir")) var output: String

  func run() throws {
    try ModelFailure.translate {
      let folder = try ModelFolder.open(URL(filePath: model, directoryHint: .isDirectory))
      let overlay = try AdapterFolder.open(URL(filePath: adapter, directoryHint: .isDirectory), base: folder)
      let target = URL(filePath: output, directoryHint: .isDirectory)
      try MergedFolder.write(folder, overlay, to: target)
      // What was written can be opened, or the command fails.
      let merged = try ModelFolder.open(target)
      print("\(target.relativePath): \(merged.digest)")
    }
  }
}
