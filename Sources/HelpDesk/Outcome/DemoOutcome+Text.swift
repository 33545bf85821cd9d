extension DemoOutcome {
  /// The table for a terminal, 100 columns or fewer (but for a sentence or a name that is longer by itself).
  package func table() -> String {
    var lines = ["     planted          began  noticed  what was done", String(repeating: "-", count: Self.width)]
    for change in changes {
      let noticed = change.noticed.map(Self.text) ?? "-"
      let head =
        "\(change.met ? "ok " : "NOT")  \(Self.pad(change.change, 17))\(Self.pad(Self.text(change.began), 7))\(Self.pad(noticed, 9))"
      let actions = change.done.components(separator: "; ")
      lines.append(head + (actions.first ?? ""))
      lines += actions.dropFirst().map { String(repeating: " ", count: head.count) + $0 }
      if !change.by.isEmpty { lines += Self.wrapped(change.by, first: "     found by  ", rest: "               ") }
      if !change.met { lines.append("     expected  \(change.expected)") }
    }
    lines.append("")
    lines.append("false alarms: \(falseAlarms)" + (falseAlarmNames.isEmpty ? "" : " (\(falseAlarmNames.joined(separator: ", ")))"))
    lines.append("challengers: \(promoted) promoted, \(refused) refused")
    return lines.joined(separator: "\n")
  }

  private static let width = 100

  /// Names separated by commas, in lines of at most `width`.
  private static func wrapped(_ names: [String], first: String, rest: String) -> [String] {
    var lines = [first]
    for (place, name) in names.enumerated() {
      let word = place + 1 < names.count ? name + "," : name
      let line = lines[lines.count - 1]
      let isBare = line == first || line == rest
      if !isBare, line.count + 1 + word.count > width {
        lines.append(rest + word)
      } else {
        lines[lines.count - 1] = isBare ? line + word : "\(line) \(word)"
      }
    }
    return lines
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text.count >= width ? text + " " : text + String(repeating: " ", count: width - text.count)
  }
}

extension String {
  fileprivate func components(separator: String) -> [String] {
    split(separator: separator, omittingEmptySubsequences: true).map(String.init)
  }
}
