import Foundation
import Records

/// Panels one above the other over one time axis, with lanes of events on top whose lines run through all panels. One panel is the plot of a measure's
/// history; several are the story of a whole period.
struct TimelinePlot: Plot {
  struct Point {
    var time: Date
    var value: Double?
    var lower: Double?
    var upper: Double?
    var verdict: Verdict?
    var n: Int?
  }

  struct Series {
    var name: String
    var points: [Point]
  }

  struct Panel {
    var title: String
    var series: [Series]
    /// A line to compare with, and the band around it inside which a value counts as unchanged.
    var reference: Double?
    var referenceBand: ClosedRange<Double>?
    /// A line that must not be crossed, such as the tolerance of a gap.
    var limit: Double?
    var floor: Double?
    var ceiling: Double?
    var height: Double = 150
    /// Areas from the floor instead of lines, for amounts.
    var filled = false
  }

  struct Lane {
    var name: String
    var events: [TimelineEvent]
  }

  var start: Date
  var end: Date
  /// Where day 1 begins, when days are counted.
  var firstDay: Date?
  var lanes: [Lane] = []
  var panels: [Panel]
  var summary: String

  /// More points than pixels help nobody; each series is thinned evenly to at most this many, its last kept.
  static let pointLimit = 240

  func draw(width: Double) -> (height: Double, shapes: [Markup]) {
    let narrow = width < 600
    let left = narrow ? 38.0 : 50.0
    let time = TimeScale(start: start, end: end, from: left, to: width - (narrow ? 8 : 14), firstDay: firstDay)
    var shapes: [Markup] = []
    var y = 4.0
    var marks: [Markup] = []
    for lane in lanes where !lane.events.isEmpty {
      let drawn = draw(lane, time: time, top: y, width: width, narrow: narrow)
      marks += drawn.shapes
      y = drawn.bottom
    }
    let top = y
    var bodies: [Markup] = []
    for panel in panels {
      let drawn = draw(panel, time: time, top: y, left: left, right: width, narrow: narrow)
      bodies += drawn.shapes
      y = drawn.bottom
    }
    for tick in time.ticks(spacing: narrow ? 62 : 84) {
      let x = time(tick.date)
      shapes.append(Shape.line(x, top + 20, x, y, class: "grid"))
      shapes.append(Shape.text(tick.label, x: x, y: y + 16, anchor: .middle))
    }
    for lane in lanes {
      for event in lane.events where event.time >= start && event.time <= end {
        shapes.append(Shape.line(time(event.time), 12, time(event.time), y, class: "through \(event.kind.rawValue)"))
      }
    }
    return (y + 24, shapes + bodies + marks)
  }

  // MARK: - Lanes

  /// Marks from left to right; a label that would run into the one before it goes a row further down.
  private func draw(_ lane: Lane, time: TimeScale, top: Double, width: Double, narrow: Bool) -> (shapes: [Markup], bottom: Double) {
    let rowHeight = 19.0
    let rowLimit = narrow ? 4 : 6
    var ends: [Double] = []
    var shapes: [Markup] = []
    for event in lane.events.sorted(by: { ($0.time, $0.label) < ($1.time, $1.label) }) where event.time >= start && event.time <= end {
      let x = time(event.time)
      let words = narrow && !event.key.isEmpty ? event.key : event.key.isEmpty ? event.label : "\(event.key)  \(event.label)"
      let shown = fitted(VisibleText.name(words), width: narrow ? 120 : 250)
      let size = textWidth(shown) + 14
      let leftward = x + size > width
      let from = leftward ? x - size : x - 7
      var row = ends.prefix(rowLimit).firstIndex { $0 <= from } ?? ends.count
      let silent = row >= rowLimit
      // Marks without words share a row of their own, where they can cross out nobody's.
      if silent { row = rowLimit }
      while ends.count <= row { ends.append(0) }
      ends[row] = max(ends[row], leftward ? x + 8 : x + size)
      let y = top + Double(row) * rowHeight + 9
      shapes.append(event.mark(x, y))
      if !silent { shapes.append(Shape.text(shown, x: leftward ? x - 10 : x + 10, y: y + 4, class: "event", anchor: leftward ? .end : .start)) }
    }
    return (shapes, top + Double(max(ends.count, 1)) * rowHeight + 3)
  }

  // MARK: - Panels

  private func draw(_ panel: Panel, time: TimeScale, top: Double, left: Double, right: Double, narrow: Bool) -> (shapes: [Markup], bottom: Double) {
    var shapes: [Markup] = []
    let headline = title(panel, top: top, left: narrow ? 0 : 0, right: right)
    shapes += headline.shapes
    let bottom = headline.bottom + (narrow ? panel.height * 0.8 : panel.height)
    let y = LinearScale(domain: domain(panel), from: bottom - 6, to: headline.bottom + 6)
    for tick in y.ticks(panel.height < 110 ? 3 : 4) {
      shapes.append(Shape.line(left, y(tick.value), time.to, y(tick.value), class: "grid"))
      shapes.append(Shape.text(tick.label, x: left - 6, y: y(tick.value) + 4, anchor: .end))
    }
    if let band = panel.referenceBand {
      shapes.append(Shape.box(left, y(band.upperBound), time.to - left, y(band.lowerBound) - y(band.upperBound), class: "ref-band"))
    }
    if let reference = panel.reference { shapes.append(Shape.line(left, y(reference), time.to, y(reference), class: "ref-line")) }
    if let limit = panel.limit { shapes.append(Shape.line(left, y(limit), time.to, y(limit), class: "limit")) }
    for (index, series) in panel.series.enumerated() {
      shapes += draw(thinned(series.points), color: index % 5, filled: panel.filled, dotted: panel.series.count < 3, time: time, y: y)
    }
    shapes.append(Shape.line(left, bottom, time.to, bottom, class: "axis"))
    return (shapes, bottom + 12)
  }

  /// The panel's name and, where there is more than one line, which is which.
  private func title(_ panel: Panel, top: Double, left: Double, right: Double) -> (shapes: [Markup], bottom: Double) {
    var shapes = [Shape.text(panel.title, x: left, y: top + 15, class: "panel-title")]
    var x = left + textWidth(panel.title, size: 13) + 22
    var y = top + 15
    guard panel.series.count > 1 else { return (shapes, y + 6) }
    for (index, series) in panel.series.enumerated() {
      let name = fitted(VisibleText.name(series.name), width: min(260, right - 40))
      let size = 24 + textWidth(name) + 14
      if x + size > right, x > left {
        x = left
        y += 17
      }
      shapes.append(Shape.line(x, y - 4, x + 18, y - 4, class: "series s\(index % 5)"))
      shapes.append(Shape.text(name, x: x + 24, y: y, class: "event"))
      x += size
    }
    return (shapes, y + 6)
  }

  private func domain(_ panel: Panel) -> ClosedRange<Double> {
    var values = panel.series.flatMap { $0.points.compactMap(\.value) }
    // Intervals of tiny windows would flatten everything: a band may at most double the range of the values.
    let bands = panel.series.flatMap(\.points).flatMap { [$0.lower, $0.upper] }.compactMap { $0 }
    if let low = values.min(), let high = values.max() {
      let room = max(high - low, 0.02 * max(abs(high), 1)) * 0.6
      values += bands.map { min(max($0, low - room), high + room) }
    }
    values += [panel.reference, panel.limit, panel.referenceBand?.lowerBound, panel.referenceBand?.upperBound].compactMap { $0 }
    if panel.filled { values.append(panel.floor ?? 0) }
    return LinearScale.domain(of: values, floor: panel.floor, ceiling: panel.ceiling)
  }

  private func thinned(_ points: [Point]) -> [Point] {
    guard points.count > Self.pointLimit else { return points }
    let last = points.count - 1
    return (0..<Self.pointLimit).map { points[$0 * last / (Self.pointLimit - 1)] }
  }

  private func draw(_ points: [Point], color: Int, filled: Bool, dotted: Bool, time: TimeScale, y: LinearScale) -> [Markup] {
    var shapes: [Markup] = []
    // A missing value breaks the line: nothing is drawn where nothing was measured.
    let known = points.filter { $0.time >= start && $0.time <= end }
    for run in known.split(whereSeparator: { $0.value == nil }) {
      let line = run.map { (time($0.time), y($0.value ?? 0)) }
      if filled, let first = line.first, let last = line.last {
        shapes.append(Shape.polygon([(first.0, y.from)] + line + [(last.0, y.from)], class: "area s\(color)"))
      }
      for banded in run.split(whereSeparator: { $0.lower == nil || $0.upper == nil }) where banded.count > 1 {
        let above = banded.map { (time($0.time), y($0.upper ?? 0)) }
        let below = banded.reversed().map { (time($0.time), y($0.lower ?? 0)) }
        shapes.append(Shape.polygon(above + below, class: "band s\(color)"))
      }
      if line.count > 1 { shapes.append(Shape.polyline(line, class: "series s\(color)")) }
      for point in run {
        let (x, height) = (time(point.time), y(point.value ?? 0))
        let title = describe(point)
        switch point.verdict {
        case .changed:
          shapes.append(Shape.polygon([(x, height - 4), (x + 4, height), (x, height + 4), (x - 4, height)], class: "changed", title: title))
        case .insufficient: shapes.append(Shape.circle(x, height, 2.5, class: "hollow s\(color)", title: title))
        case .unchanged where dotted: shapes.append(Shape.circle(x, height, 2, class: "dot s\(color)", title: title))
        case nil where line.count == 1: shapes.append(Shape.circle(x, height, 2, class: "dot s\(color)", title: title))
        default: break
        }
      }
    }
    return shapes
  }

  private func describe(_ point: Point) -> String {
    var text = "\(Figures.time(point.time)): \(Figures.number(point.value))"
    if let interval = Figures.interval(point.lower, point.upper) { text += " (95% \(interval))" }
    if let n = point.n { text += ", n \(Figures.count(n))" }
    if let verdict = point.verdict { text += ", \(verdict.rawValue)" }
    return text
  }
}
