import ArgumentParser
import Foundation
import HelpDesk

/// `vigil fixtures`: writes the generated files of the help desk. Hidden: for this repository, not for operators.
struct FixturesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixtures", abstract: "Generate the help desk's messages and data files.", shouldDisplay: false,
    subcommands: [Data.self, Tickets.self, Quality.self])
}

extension FixturesCommand {
  /// `vigil fixtures data`: everything that the fixture model is trained and evaluated on.
  struct Data: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write training text, labelled rows, held-out rows and suites.")

    @Option(help: "Folder for the training text, the labelled rows and the held-out rows.")
    var output = "Fixtures/data"

    @Option(help: "Folder for the suites.")
    var suites = "Fixtures/suites"

    @Option(help: "Seed; the committed files have 1.")
    var seed: UInt64 = 1

    func run() async throws {
      let data = FixtureData(seed: seed)
      let folder = URL(fileURLWithPath: output)
      let suiteFolder = URL(fileURLWithPath: suites)
      try write(data.pretrain, to: folder.appending(path: "pretrain.jsonl"))
      try write(data.original, to: folder.appending(path: "original.jsonl"))
      try write(data.originalValid, to: folder.appending(path: "original-valid.jsonl"))
      try write(data.unseen, to: folder.appending(path: "unseen.jsonl"))
      // The same rows as conversations, for `vigil train`; not committed.
      try write(data.original.map(FixtureData.Conversation.init), to: folder.appending(path: "routing.jsonl"))
      try write(data.originalValid.map(FixtureData.Conversation.init), to: folder.appending(path: "routing-valid.jsonl"))
      try write(data.core, to: suiteFolder.appending(path: "core.jsonl"))
      try write(data.robustness, to: suiteFolder.appending(path: "robustness.jsonl"))
      try write(text: FixtureData.coreSuite, to: suiteFolder.appending(path: "core.yaml"))
      try write(text: FixtureData.robustnessSuite, to: suiteFolder.appending(path: "robustness.yaml"))
    }

    private func write(_ rows: [some Encodable], to file: URL) throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      var bytes = Foundation.Data()
      for row in rows {
        bytes.append(try encoder.encode(row))
        bytes.append(UInt8(ascii: "\n"))
      }
      try write(bytes, to: file)
      printError("\(file.relativePath): \(rows.count) rows")
    }

    private func write(text: String, to file: URL) throws { try write(Foundation.Data(text.utf8), to: file) }

    private func write(_ bytes: Foundation.Data, to file: URL) throws {
      do {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try bytes.write(to: file, options: .atomic)
      } catch {
        throw CommandFailure(
          .failed, "could not write \(file.path): \(error)", hint: "name a folder that you may write to with --output and --suites")
      }
    }
  }

  /// `vigil fixtures tickets`: a world's traffic as the demo plays it, one ticket a line.
  struct Tickets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the tickets of a simulated world, in the order of their times.")

    @Option(help: "Seed of the world.")
    var seed: UInt64 = 1

    @Option(help: "Only this day, 1 to \(World.days).")
    var day: Int?

    func validate() throws {
      if let day, !(1...World.days).contains(day) { throw ValidationError("--day must be in 1...\(World.days), got \(day)") }
    }

    func run() async throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let world = World(seed: seed)
      for ticket in day.map(world.tickets(on:)) ?? world.tickets() {
        print(String(decoding: try encoder.encode(Line(ticket)), as: UTF8.self))
      }
    }

    private struct Line: Encodable {
      var id: Int64
      var time: Double
      var input: String
      var channel: Channel
      var region: Region
      var speech: Speech
      var queue: Queue
      var label: Queue?
      var label_delay: Double?
      var commit_delay: Double
      var new_product: Bool

      init(_ ticket: Ticket) {
        id = ticket.id
        time = ticket.time.timeIntervalSince1970
        input = ticket.message.text
        channel = ticket.message.channel
        region = ticket.message.region
        speech = ticket.message.speech
        queue = ticket.message.queue
        label = ticket.label
        label_delay = ticket.labelDelay
        commit_delay = ticket.commitDelay
        new_product = ticket.message.aboutNewProduct
      }
    }
  }
}
