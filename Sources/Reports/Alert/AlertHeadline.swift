import Records

import struct Foundation.Date

/// The sentence for the person at three in the morning: what changed, where, since when, by how much, on how many rows.
struct AlertHeadline {
  var alert: Alert
  var measurement: Measurement?

  /// Plain text; foreign names in it are already made visible.
  var sentence: String {
    let name = MeasureName(measurement?.measure ?? alert.measure, slice: slice)
    guard let measurement, alert.state != .resolved, alert.state != .inactive else { return over(name) }
    guard let change = change(name, measurement) else {
      var text = "There is too little data to judge the \(name.words)\(place): \(Figures.count(measurement.n, "row"))"
      if let needed = measurement.rowsNeeded { text += ", \(Figures.count(needed)) more needed" }
      return text + since + "."
    }
    let rows = ", on \(Figures.count(measurement.n, "row"))"
    let sentence = "\(name.sentenceStart)\(place) \(change)\(since)\(rows)."
    return alert.state == .pending ? "Suspected, not yet confirmed: \(sentence)" : sentence
  }

  /// ` for speech "regional"`, or nothing for all rows.
  private var place: String {
    var rest = slice
    // The column is named already where the measure is of a column.
    if (measurement?.measure ?? alert.measure).hasSuffix(".column") { rest.labels["column"] = nil }
    return rest.labels.isEmpty ? "" : " for " + Self.words(rest)
  }

  private var slice: Slice { alert.slice.labels.isEmpty ? measurement?.slice ?? alert.slice : alert.slice }

  private var since: String { (alert.activeAt ?? alert.firedAt).map { ", since \(Figures.time($0))" } ?? "" }

  /// `fell from 0.931 to 0.812`; nil where nothing was measured.
  private func change(_ name: MeasureName, _ m: Measurement) -> String? {
    guard let value = m.value else { return nil }
    switch name.family {
    case .drift:
      let distance = m.effect ?? value
      let limit = m.tolerance.map { ", where \(Figures.number($0)) is tolerated" } ?? ""
      return m.verdict == .changed || alert.state == .firing
        ? "moved away from the reference (distance \(Figures.number(distance))\(limit))"
        : "is at a distance of \(Figures.number(distance)) from the reference"
    case .quality, .gap, .other:
      guard let reference = m.reference else { return "is \(Figures.number(value))" }
      let (up, down) = name.family == .gap ? ("widened", "narrowed") : ("rose", "fell")
      if Figures.number(value) == Figures.number(reference) { return "is \(Figures.number(value)), as in the reference" }
      return "\(value > reference ? up : down) from \(Figures.number(reference)) to \(Figures.number(value))"
    }
  }

  private func over(_ name: MeasureName) -> String {
    let lasted =
      (alert.activeAt ?? alert.firedAt).flatMap { from in alert.resolvedAt.map { ", after \(Figures.duration($0.timeIntervalSince(from)))" } } ?? ""
    guard let measurement, let value = measurement.value else {
      return "\(alert.state == .resolved ? "Resolved" : "Not firing"): \(name.words)\(place)\(lasted)."
    }
    let now: String
    if name.family == .drift {
      now = "\(name.words)\(place) back near the reference (distance \(Figures.number(measurement.effect ?? value)))"
    } else {
      let before = measurement.reference.map { " (reference \(Figures.number($0)))" } ?? ""
      now = "\(name.words)\(place) is \(Figures.number(value))\(before)"
    }
    return "\(alert.state == .resolved ? "Resolved" : "Not firing"): \(now)\(lasted), on \(Figures.count(measurement.n, "row"))."
  }

  /// `speech "regional", region "north"`.
  static func words(_ slice: Slice) -> String {
    slice.labels.sorted { $0.key < $1.key }.map { "\(VisibleText.name($0.key)) “\(VisibleText.name($0.value))”" }.joined(separator: ", ")
  }
}
