import ArgumentParser
import Dashboard
import Foundation

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Run the suites on the champion now, not when the schedule says.")

  @Option(help: "Which deployment; may be left out when there is one.") var deployment: String?
  @Option(help: "One suite; all when left out.") var suite: String?
  @Option(help: "Why, for the record.") var reason: String?
  @Flag(help: "Follow it to its end.") var wait = false
  @OptionGroup var options: OperatorOptions

  func run() async throws {
    let request = EvaluationRequest(deployment: deployment, suite: suite, reason: reason)
    var job = try await options.call { client throws(DaemonClientError) in try await client.evaluate(request, key: UUID().uuidString) }
    if wait { job = try await options.follow(job) }
    try options.show(job) { JobText.text(job) }
    if job.state == "failed" { throw CommandFailure(.failed, "the evaluation failed: \(job.error ?? "")") }
  }
}
