import ArgumentParser
import Dashboard
import Foundation
import Records

struct ReportsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "reports", abstract: "Reports that were written; one of them as html, md or json.")

  @Argument(help: "A report's id.") var id: String?
  @Option(help: "html, md or json.") var format = "md"
  @Option(help: ArgumentHelp("Write it there instead of printing it.", valueName: "file")) var output: String?
  @OptionGroup var options: OperatorOptions

  func run() async throws {
    guard let id else {
      let reports = try await options.call { client throws(DaemonClientError) in try await client.reports() }
      return try options.show(Items(items: reports)) {
        TextTable.render(
          ["id", "kind", "deployment", "created", "title"],
          reports.map { [$0.id, $0.kind, $0.deployment, Timestamp.short($0.createdAt), $0.title] })
      }
    }
    guard let format = ReportFormat(rawValue: format) else {
      throw CommandFailure(.usage, "unknown format \"\(format)\"", hint: "known are: html, md, json")
    }
    let bytes = try await options.call { client throws(DaemonClientError) in try await client.reportFile(id, format: format) }
    if let output {
      try bytes.write(to: URL(filePath: output), options: .atomic)
    } else {
      FileHandle.standardOutput.write(bytes)
    }
  }
}
