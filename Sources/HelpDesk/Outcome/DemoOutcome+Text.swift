extension DemoOutcome {
  /// The table for a terminal, 100 columns or fewer.
  package func table() -> String {
    var lines = ["planted                began  noticed  by                                        done"]
    lines.append(String(repeating: "-", count: 100))
    for change in changes {
      let mark = change.met ? "ok " : "NOT"
      let by = change.by.isEmpty ? ["-"] : change.by
      let noticed = change.noticed.map(Self.text) ?? "-"
      lines.append(
        "\(mark) \(Self.pad(change.change, 18)) \(Self.pad(Self.text(change.began), 6)) \(Self.pad(noticed, 8)) \(Self.pad(by[0], 41)) \(change.done.split(separator: "; ").first.map(String.init) ?? "")"
      )
      let rest = change.done.split(separator: "; ").dropFirst().map(String.init)
      for index in 0..<max(by.count - 1, rest.count) {
        let measure = index + 1 < by.count ? by[index + 1] : ""
        let action = index < rest.count ? rest[index] : ""
        lines.append("\(String(repeating: " ", count: 38))\(Self.pad(measure, 41)) \(action)".trimmingTrailingSpace())
      }
      if !change.met { lines.append("    expected: \(change.expected)") }
    }
    lines.append("")
    lines.append("false alarms: \(falseAlarms)" + (falseAlarmNames.isEmpty ? "" : " (\(falseAlarmNames.joined(separator: ", ")))"))
    lines.append("challengers: \(promoted) promoted, \(refused) refused")
    return lines.joined(separator: "\n")
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}

extension String {
  fileprivate func trimmingTrailingSpace() -> String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
