/// Training and validation loss over optimiser steps; the step whose weights were kept is marked.
struct LossPlot: Plot {
  var training: [(step: Int, loss: Double)]
  var validation: [(step: Int, loss: Double)]
  var bestStep: Int?

  static let pointLimit = 400

  var summary: String {
    guard let first = training.first, let last = training.last else { return "No loss was recorded" }
    return "Training loss from \(Figures.number(first.loss)) at step \(first.step) to \(Figures.number(last.loss)) at step \(last.step)"
  }

  func draw(width: Double) -> (height: Double, shapes: [Markup]) {
    let losses = (training + validation).map(\.loss).filter(\.isFinite)
    let steps = (training + validation).map { Double($0.step) }
    guard let low = steps.min(), let high = steps.max(), !losses.isEmpty else { return (0, []) }
    let height = 220.0
    let x = LinearScale(domain: low...max(high, low + 1), from: 46, to: width - 14)
    let y = LinearScale(domain: LinearScale.domain(of: losses, floor: 0), from: height, to: 28)
    var shapes = [
      Shape.line(46, 10, 64, 10, class: "series s0 faint"), Shape.text("training loss", x: 70, y: 14, class: "event"),
      Shape.line(166, 10, 184, 10, class: "series s1"), Shape.text("validation loss", x: 190, y: 14, class: "event"),
    ]
    for tick in y.ticks(4) {
      shapes.append(Shape.line(46, y(tick.value), width - 14, y(tick.value), class: "grid"))
      shapes.append(Shape.text(tick.label, x: 40, y: y(tick.value) + 4, anchor: .end))
    }
    for tick in x.ticks(width < 600 ? 4 : 8) where tick.value == tick.value.rounded() {
      shapes.append(Shape.text(Figures.count(Int(tick.value)), x: x(tick.value), y: height + 16, anchor: .middle))
    }
    shapes.append(Shape.line(46, height, width - 14, height, class: "axis"))
    shapes.append(Shape.polyline(thinned(training).map { (x(Double($0.step)), y($0.loss)) }, class: "series s0 faint"))
    if validation.count > 1 { shapes.append(Shape.polyline(validation.map { (x(Double($0.step)), y($0.loss)) }, class: "series s1")) }
    for point in validation { shapes.append(Shape.circle(x(Double(point.step)), y(point.loss), 3, class: "dot s1")) }
    if let bestStep, let best = validation.first(where: { $0.step == bestStep }) {
      let (px, py) = (x(Double(bestStep)), y(best.loss))
      let label = "kept: step \(Figures.count(bestStep)), \(Figures.number(best.loss))"
      let leftward = px + textWidth(label) + 12 > width
      shapes.append(Shape.circle(px, py, 6.5, class: "ring s1"))
      shapes.append(Shape.text(label, x: leftward ? px - 10 : px + 10, y: py - 8, class: "event strong", anchor: leftward ? .end : .start))
    }
    return (height + 24, shapes)
  }

  private func thinned(_ points: [(step: Int, loss: Double)]) -> [(step: Int, loss: Double)] {
    let finite = points.filter(\.loss.isFinite)
    guard finite.count > Self.pointLimit else { return finite }
    return (0..<Self.pointLimit).map { finite[$0 * (finite.count - 1) / (Self.pointLimit - 1)] }
  }
}
