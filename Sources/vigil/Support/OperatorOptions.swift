import ArgumentParser
import Dashboard
import Foundation
import Records

/// What every command that talks to the daemon takes.
struct OperatorOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The daemon's socket (or VIGIL_SOCKET).", valueName: "path")) var socket: String?
  @Flag(help: "Print JSON.") var json = false

  var client: DaemonClient {
    DaemonClient(socket: socket ?? ProcessInfo.processInfo.environment["VIGIL_SOCKET"] ?? "/run/vigil/api.sock")
  }

  /// Runs a call; what the daemon or the way to it says becomes a failure with its exit code.
  func call<T>(_ body: (DaemonClient) async throws(DaemonClientError) -> T) async throws -> T {
    do throws(DaemonClientError) {
      return try await body(client)
    } catch {
      throw CommandFailure(CommandFailure.Code(rawValue: error.exitCode) ?? .failed, error.message, hint: error.hint)
    }
  }

  func show(_ value: some Encodable, table: () -> String) throws {
    print(json ? String(decoding: try APIForm.encode(value, pretty: true), as: UTF8.self) : table())
  }
}

/// Columns of text for a terminal; what came from outside has been made visible by the caller.
enum TextTable {
  static func render(_ header: [String], _ rows: [[String]]) -> String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  static func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
}

extension OperatorOptions {
  /// Follows a job to its end; progress on stderr.
  func follow(_ job: JobItem) async throws -> JobItem {
    var job = job
    var said = ""
    while !job.isFinished {
      let words = "job \(job.id) \(job.kind): \(job.note ?? job.state)"
      if words != said { printError(words) }
      said = words
      try await Task.sleep(for: .milliseconds(500))
      let id = job.id
      job = try await call { client throws(DaemonClientError) in try await client.job(id) }
    }
    return job
  }
}
