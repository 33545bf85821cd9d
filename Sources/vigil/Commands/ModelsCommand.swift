import ArgumentParser
import Dashboard
import Foundation
import Records

struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Every model version; promote and roll back.",
    subcommands: [List.self, Show.self, Promote.self, Rollback.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The registry, newest first.")

    @OptionGroup var options: OperatorOptions

    func run() async throws {
      let models = try await options.call { client throws(DaemonClientError) in try await client.models() }
      try options.show(Items(items: models)) {
        TextTable.render(
          ["id", "deployment", "status", "created", "dataset", "accuracy", "decision"],
          models.map {
            [
              $0.version.id, $0.version.deployment, $0.version.status.rawValue, Timestamp.short($0.version.createdAt), $0.version.dataset ?? "-",
              TextTable.number($0.measured["performance.accuracy"]), $0.decision.map { $0.promoted ? "promoted" : "refused" } ?? "-",
            ]
          })
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One version: what made it, what it was measured at, what the gate said.")

    @Argument var id: String
    @OptionGroup var options: OperatorOptions

    func run() async throws {
      let models = try await options.call { client throws(DaemonClientError) in try await client.models() }
      guard let model = models.first(where: { $0.version.id.hasPrefix(id) }) else {
        throw CommandFailure(.notFound, "there is no model \(id)", hint: "vigil models lists them")
      }
      try options.show(model) { Self.text(model) }
    }

    private static func text(_ model: ModelItem) -> String {
      let version = model.version
      var lines = [
        "model     \(version.id) (\(version.status.rawValue))", "base      \(version.basePath)", "adapter   \(version.adapterPath ?? "-")",
        "dataset   \(version.dataset ?? "-")", "run       \(version.run ?? "-")",
      ]
      lines += model.measured.sorted { $0.key < $1.key }.map { "measured  \($0.key) \(TextTable.number($0.value))" }
      if let decision = model.decision {
        lines.append("")
        lines.append(decision.summary)
        lines.append(
          TextTable.render(
            ["check", "slice", "role", "champion", "challenger", "difference", "at least", "n", ""],
            decision.checks.map {
              [
                $0.name, $0.slice == .all ? "-" : $0.slice.text, $0.role, TextTable.number($0.champion), TextTable.number($0.challenger),
                TextTable.number($0.difference), TextTable.number($0.lower), String($0.n), $0.passed ? "passed" : "FAILED",
              ]
            }))
      }
      return lines.joined(separator: "\n")
    }
  }

  struct Promote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Makes a former champion the champion again. Challengers are the gate's business.")

    @Argument var id: String
    @Option(help: "Why, for the record.") var reason: String?
    @OptionGroup var options: OperatorOptions

    func run() async throws {
      let request = ModelChangeRequest(reason: reason)
      let change = try await options.call { client throws(DaemonClientError) in try await client.promote(id, request) }
      try options.show(change) { "champion of \(change.deployment): \(change.champion) (before: \(change.previous ?? "-"))" }
    }
  }

  struct Rollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Back to the champion before.")

    @Option(help: "Why, for the record.") var reason: String?
    @OptionGroup var options: OperatorOptions

    func run() async throws {
      let request = ModelChangeRequest(reason: reason)
      let change = try await options.call { client throws(DaemonClientError) in try await client.rollback(request, key: UUID().uuidString) }
      try options.show(change) { "champion of \(change.deployment): \(change.champion) (before: \(change.previous ?? "-"))" }
    }
  }
}
