import Foundation

/// A whole run.
struct Report: Codable {
  var machine: Machine
  var shapes: Shapes?
  var lines: [Line]
  var curves: [Curve]

  var markdownText: String {
    var parts = [machine.text]
    if let shapes { parts.append("### Limits, GFLOP/s\n\n\(shapes.table)") }
    parts.append("### Ours, the limit, the peers\n\n\(markdown(Line.header, lines.map(\.cells)))")
    if !curves.isEmpty { parts.append("### Cost of a token\n\n" + curves.map(\.plot).joined(separator: "\n\n")) }
    return parts.joined(separator: "\n\n")
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
