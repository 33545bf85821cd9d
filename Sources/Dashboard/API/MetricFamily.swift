/// One metric with its samples, for Prometheus.
package struct MetricFamily: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable { case counter, gauge }

  package struct Point: Sendable, Hashable {
    package var labels: [String: String]
    package var value: Double

    package init(_ value: Double, _ labels: [String: String] = [:]) {
      self.labels = labels
      self.value = value
    }
  }

  /// `vigil_samples_total`.
  package var name: String
  package var help: String
  package var kind: Kind
  package var points: [Point]

  package init(_ name: String, _ kind: Kind, help: String, _ points: [Point]) {
    self.name = name
    self.help = help
    self.kind = kind
    self.points = points
  }
}

extension MetricFamily {
  /// Prometheus' text format 0.0.4. A name that Prometheus would refuse is a fault of ours.
  package static func text(_ families: [MetricFamily]) -> String {
    families.map { family in
      precondition(isName(family.name), "metric names are letters, digits and underscores")
      var lines = ["# HELP \(family.name) \(escape(family.help, quotes: false))", "# TYPE \(family.name) \(family.kind.rawValue)"]
      for point in family.points {
        let labels = point.labels.sorted { $0.key < $1.key }.filter { isName($0.key) }.map { "\($0.key)=\"\(escape($0.value, quotes: true))\"" }
        lines.append(family.name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " " + number(point.value))
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined()
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty && !("0"..."9").contains(text.unicodeScalars.first ?? "0")
      && text.unicodeScalars.allSatisfy { ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }
  }

  private static func escape(_ text: String, quotes: Bool) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    return quotes ? escaped.replacing("\"", with: "\\\"") : escaped
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }
}
