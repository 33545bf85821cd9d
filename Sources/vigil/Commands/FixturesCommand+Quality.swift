import ArgumentParser
import Foundation
import HelpDesk
import LanguageModel

extension FixturesCommand {
  /// `vigil fixtures quality`: how well the fixture model routes, as a Markdown table for `Fixtures/README.md`.
  struct Quality: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measure the fixture model's routing accuracy on held-out messages.")

    @Option(help: "Base model: a Hugging Face folder.")
    var model = "Fixtures/model"

    @Option(help: "Adapter: a PEFT folder.")
    var adapter = "Fixtures/adapter"

    @Flag(help: "Measure the base model alone.")
    var baseOnly = false

    @Option(help: "Seed of the held-out messages and of the worlds; the committed files have 1.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Also write the answers to the unseen messages, {\"id\", \"answer\"} a line.", valueName: "file"))
    var answers: String?

    func run() async throws {
      let folder = try ModelFolder.open(URL(fileURLWithPath: model))
      let overlay = baseOnly ? nil : try AdapterFolder.open(URL(fileURLWithPath: adapter), base: folder)
      let router = Router(folder: folder, engine: try LanguageEngine(folder, adapter: overlay))

      let data = FixtureData(seed: seed)
      let unseen = try router.route(data.unseen.map(\.input))
      if let answers {
        let lines = zip(data.unseen, unseen).map { #"{"answer":"\#($1.rawValue)","id":"\#($0.key)"}"# + "\n" }
        try Foundation.Data(lines.joined().utf8).write(to: URL(fileURLWithPath: answers), options: .atomic)
      }
      print("| messages | right | n | accuracy | 95% interval |\n|---|---|---|---|---|")
      for speech in Speech.allCases {
        report(
          "unseen, \(speech.rawValue) speech", zip(data.unseen, unseen).filter { $0.0.speech == speech.rawValue }.map { $0.0.label == $0.1.rawValue })
      }
      for (name, items) in [("core", data.core), ("robustness", data.robustness)] {
        report("suite \(name)", zip(items, try router.route(items.map(\.input))).map { $0.label == $1.rawValue })
      }
      let later = (World.newProductDay...World.regionalDay).flatMap(World(seed: seed).tickets(on:)).map(\.message)
      for (name, messages) in [
        ("new product, standard speech", later.filter { $0.aboutNewProduct && $0.speech == .standard }),
        ("new product, regional speech", later.filter { $0.aboutNewProduct && $0.speech == .regional }),
      ] {
        report(name, zip(messages, try router.route(messages.map(\.text))).map { $0.queue == $1 })
      }
    }

    /// One row of the table, with Wilson's interval.
    private func report(_ name: String, _ hits: [Bool]) {
      let n = Double(hits.count)
      let right = hits.count { $0 }
      guard n > 0 else { return print("| \(name) | 0 | 0 | | |") }
      let (share, z) = (Double(right) / n, 1.959964)
      let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
      let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
      func text(_ value: Double) -> String { String(format: "%.3f", value) }
      print("| \(name) | \(right) | \(hits.count) | \(text(share)) | \(text(middle - half)) to \(text(middle + half)) |")
    }
  }

  /// The fixture model as a router: the queue whose name is the most probable answer.
  private struct Router {
    var folder: ModelFolder
    var engine: LanguageEngine

    func route(_ messages: [String]) throws -> [Queue] {
      let labels = Queue.allCases.map { folder.tokenizer.ids($0.rawValue, addSpecialTokens: false) }
      let prompts = try messages.map { message in
        let text = try folder.render([.system(FixtureData.systemPrompt), .user(message)], addGenerationPrompt: true)
        return folder.tokenizer.ids(text, addSpecialTokens: false)
      }
      return try engine.choose(prompts: prompts, labels: labels, surprisal: false).map { Queue.allCases[$0.best] }
    }
  }
}
