import ArgumentParser
import Dashboard
import Records

struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "Work that waits, runs or is done.", subcommands: [List.self, Show.self, Cancel.self], defaultSubcommand: List.self
  )

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The latest jobs.")

    @Option(help: "evaluate, retrain or cycle.") var kind: String?
    @Option(help: "live, queued, running, succeeded, failed or cancelled.") var state: String?
    @Option(help: "At most so many.") var limit = 30
    @OptionGroup var options: OperatorOptions

    func run() async throws {
      let query = JobQuery(kind: kind, state: state, limit: limit)
      let jobs = try await options.call { client throws(DaemonClientError) in try await client.jobs(query) }
      try options.show(Items(items: jobs)) {
        TextTable.render(
          ["id", "kind", "state", "deployment", "reason", "created", "note"],
          jobs.map {
            [$0.id, $0.kind, $0.state, $0.deployment ?? "-", $0.reason, Timestamp.short($0.createdAt), $0.error ?? $0.note ?? ""]
          })
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One job with its result.")

    @Argument var id: String
    @Flag(help: "Follow it to its end.") var wait = false
    @OptionGroup var options: OperatorOptions

    func run() async throws {
      var job = try await options.call { client throws(DaemonClientError) in try await client.job(id) }
      if wait { job = try await options.follow(job) }
      try options.show(job) { JobText.text(job) }
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ends a job that waits, asks one that runs to stop.")

    @Argument var id: String
    @OptionGroup var options: OperatorOptions

    func run() async throws {
      let job = try await options.call { client throws(DaemonClientError) in try await client.cancelJob(id) }
      try options.show(job) { JobText.text(job) }
    }
  }
}

enum JobText {
  static func text(_ job: JobItem) -> String {
    var lines = ["job \(job.id) \(job.kind): \(job.state)", "reason    \(job.reason)"]
    if let note = job.note { lines.append("progress  \(note)") }
    if let error = job.error { lines.append("error     \(error)") }
    for (name, value) in (job.result?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
      let text = (try? JSONForm.text(value)) ?? ""
      lines.append("\(name)\(String(repeating: " ", count: max(1, 10 - name.count)))\(value.stringValue ?? text)")
    }
    return lines.joined(separator: "\n")
  }
}
