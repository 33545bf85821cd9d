import ArgumentParser
import Dashboard
import Foundation

struct RetrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrain", abstract: "Train a challenger now. The gate still decides whether it is promoted.",
    discussion: "With --wait the exit code is 6 when the challenger was refused.")

  @Option(help: "Which deployment; may be left out when there is one.") var deployment: String?
  @Option(help: "Why, for the record.") var reason: String?
  @Flag(help: "Follow it to its end.") var wait = false
  @OptionGroup var options: OperatorOptions

  func run() async throws {
    let request = RetrainingRequest(deployment: deployment, reason: reason)
    var job = try await options.call { client throws(DaemonClientError) in try await client.retrain(request, key: UUID().uuidString) }
    if wait { job = try await options.follow(job) }
    try options.show(job) { JobText.text(job) }
    if job.state == "failed" { throw CommandFailure(.failed, "the retraining failed: \(job.error ?? "")") }
    if job.result?["promoted"]?.boolValue == false { throw CommandFailure(.findings, "the challenger was refused") }
  }
}
