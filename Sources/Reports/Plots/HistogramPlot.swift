/// Two histograms over the same bins, each as shares of its own total: the reference filled in grey, the current window outlined in red.
struct HistogramPlot: Plot {
  var edges: [Double]
  var reference: [Double]
  var current: [Double]

  var summary: String { "Histogram of the reference and of the current window over \(reference.count) bins" }

  func draw(width: Double) -> (height: Double, shapes: [Markup]) {
    let bins = min(reference.count, current.count, edges.count - 1)
    guard bins > 0, let low = edges.first, edges[bins] > low else { return (0, []) }
    let height = 190.0
    let before = shares(reference)
    let now = shares(current)
    let most = max(before.max() ?? 0, now.max() ?? 0, 1e-9)
    let x = LinearScale(domain: low...edges[bins], from: 46, to: width - 12)
    let y = LinearScale(domain: 0...most * 1.05, from: height, to: 8)
    var shapes: [Markup] = []
    for tick in y.ticks(4) {
      shapes.append(Shape.line(46, y(tick.value), width - 12, y(tick.value), class: "grid"))
      shapes.append(Shape.text("\(Figures.fixed(tick.value * 100, most < 0.04 ? 1 : 0)) %", x: 40, y: y(tick.value) + 4, anchor: .end))
    }
    for bin in 0..<bins {
      let (left, right) = (x(edges[bin]), x(edges[bin + 1]))
      let title = "\(Figures.number(edges[bin])) to \(Figures.number(edges[bin + 1])): \(Figures.percent(before[bin])) → \(Figures.percent(now[bin]))"
      shapes.append(Shape.box(left, y(before[bin]), max(right - left - 1, 0.5), height - y(before[bin]), class: "bar reference", title: title))
    }
    var outline: [(Double, Double)] = [(x(low), height)]
    for bin in 0..<bins { outline += [(x(edges[bin]), y(now[bin])), (x(edges[bin + 1]), y(now[bin]))] }
    outline.append((x(edges[bins]), height))
    shapes.append(Shape.polygon(outline, class: "current-fill"))
    shapes.append(Shape.polyline(outline, class: "current-line"))
    shapes.append(Shape.line(46, height, width - 12, height, class: "axis"))
    for tick in x.ticks(width < 600 ? 4 : 8) { shapes.append(Shape.text(tick.label, x: x(tick.value), y: height + 16, anchor: .middle)) }
    return (height + 24, shapes)
  }

  private func shares(_ counts: [Double]) -> [Double] {
    let total = counts.reduce(0, +)
    return counts.map { total > 0 ? $0 / total : 0 }
  }
}
