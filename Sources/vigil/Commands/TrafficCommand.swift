import ArgumentParser
import Daemon
import Evaluation
import Foundation
import HelpDesk
import Logging
import Postgres
import Records

/// Production as a process of its own, for the demo: reads times on stdin, plays everything up to each, and answers with what it did.
struct TrafficCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo-traffic", abstract: "Play the help desk's production traffic (used by vigil demo).", shouldDisplay: false)

  @Option(help: "The help desk's database.") var database: String
  @Option(help: "The base model's folder.") var base: String
  @Option(help: "The link to the adapter in production, as the daemon keeps it.") var champion: String
  @Option(help: "Which world.") var seed: UInt64

  func run() async throws {
    let logger = Logger(label: "traffic") { StreamLogHandler.standardError(label: $0) }
    let service = RoutingService(base: URL(filePath: base), champion: URL(filePath: champion))
    let traffic = Traffic(
      world: World(seed: seed), configuration: try PostgresConfiguration(url: database, purpose: "traffic"), logger: logger,
      answerer: { try await service.answer($0) })
    // End of input is the end of the parent, whatever it died of.
    while let line = readLine() {
      guard let time = Timestamp.parse(line) else { throw CommandFailure(.usage, "not a time: \(line)") }
      let counts = try await traffic.advance(to: time)
      FileHandle.standardOutput.write(Data((try JSONForm.text(counts) + "\n").utf8))
    }
  }
}

/// What a company would run in production: the base with whatever adapter the link points to, loaded again when the link has moved.
actor RoutingService {
  private let base: URL
  private let champion: URL
  private var loaded: (target: String, predictor: LocalPredictor)?

  init(base: URL, champion: URL) {
    self.base = base
    self.champion = champion
  }

  func answer(_ requests: [PredictionRequest]) async throws -> [Prediction] {
    let target = champion.resolvingSymlinksInPath().path
    if loaded?.target != target {
      loaded = (
        target,
        try LocalPredictor(
          base: base, adapter: URL(filePath: target), labels: Queue.allCases.map(\.rawValue), system: FixtureData.systemPrompt, inputTokensMax: 512,
          surprisal: false)
      )
    }
    guard let loaded else { preconditionFailure("the model was loaded just above") }
    return try await loaded.predictor.predict(requests)
  }
}
