import ArgumentParser
import Dashboard

struct ReloadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Read the rules again and wait for the verdict; with a fault the old ones stay in force.")

  @OptionGroup var options: OperatorOptions

  func run() async throws {
    let response = try await options.call { client throws(DaemonClientError) in try await client.reload() }
    try options.show(response) {
      response.applied
        ? "reloaded; changed: \(response.changed.isEmpty ? "nothing" : response.changed.joined(separator: ", "))"
        : response.faults.joined(separator: "\n")
    }
    if !response.applied { throw CommandFailure(.failed, "not reloaded; what was in force stays") }
  }
}
