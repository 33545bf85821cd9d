import ArgumentParser
import Dashboard
import Foundation
import Records

struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts", abstract: "Alerts that are pending or firing; one of them with its history.",
    discussion: "Exit code 6 when something fires.")

  @Argument(help: ArgumentHelp("An alert's fingerprint, or how it begins.", valueName: "id")) var fingerprint: String?
  @Flag(help: "Resolved and inactive ones too.") var all = false
  @OptionGroup var options: OperatorOptions

  func run() async throws {
    if let fingerprint {
      let detail = try await options.call { (client) async throws(DaemonClientError) -> AlertDetail in try await client.alert(fingerprint) }
      return try options.show(detail) { Self.text(detail) }
    }
    let query = AlertQuery(states: all ? [] : [.pending, .firing])
    let items = try await options.call { client throws(DaemonClientError) in try await client.alerts(query) }
    try options.show(Items(items: items)) {
      items.isEmpty
        ? "no alerts"
        : TextTable.render(
          ["id", "state", "severity", "rule", "slice", "since", "what"],
          items.map { item in
            let alert = item.alert
            return [
              String(alert.fingerprint.prefix(8)), alert.state.rawValue, alert.severity.rawValue, alert.rule,
              alert.slice == .all ? "-" : alert.slice.text,
              alert.activeAt.map(Timestamp.short) ?? "-", item.headline,
            ]
          })
    }
    if items.contains(where: { $0.alert.state == .firing }) {
      throw CommandFailure(.findings, "\(items.count { $0.alert.state == .firing }) alerts fire", hint: "vigil alerts ID shows one")
    }
  }

  private static func text(_ detail: AlertDetail) -> String {
    let alert = detail.alert
    var lines = [
      detail.headline, "", "rule      \(alert.rule) (\(alert.severity.rawValue))",
      "measure   \(alert.measure)\(alert.slice == .all ? "" : alert.slice.text)",
      "state     \(alert.state.rawValue)",
    ]
    if let m = alert.measurement {
      lines.append("value     \(TextTable.number(m.value)), 95% interval \(TextTable.number(m.lower)) to \(TextTable.number(m.upper)), n \(m.n)")
      lines.append("reference \(TextTable.number(m.reference)), effect \(TextTable.number(m.effect)), tolerance \(TextTable.number(m.tolerance))")
      if let evidence = m.evidence { lines.append("evidence  \(evidence.test), p \(evidence.pValue.map { "\($0)" } ?? "-")") }
      lines.append("signature \(m.signature)")
    }
    if let error = alert.lastError { lines.append("note      \(error)") }
    lines.append("")
    lines += detail.transitions.map { "\(Timestamp.short($0.at))  \($0.from.rawValue) -> \($0.to.rawValue): \($0.reason)" }
    if !detail.reports.isEmpty {
      lines.append("")
      lines += detail.reports.map { "report \($0.id) of \(Timestamp.short($0.createdAt)): vigil reports \($0.id) --format md" }
    }
    return lines.joined(separator: "\n")
  }
}
