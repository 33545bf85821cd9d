/// A drawing that can be made at any width; it is put on the page twice, for a wide and for a narrow screen, and the style sheet shows one of them. Text in
/// an SVG shrinks with the picture, so one drawing cannot be read on both.
protocol Plot {
  /// What a reader who cannot see the picture is told.
  var summary: String { get }
  /// Shapes and the height they take at this width.
  func draw(width: Double) -> (height: Double, shapes: [Markup])
}

extension Plot {
  func figure(caption: [Markup] = []) -> Markup {
    tag("figure") {
      svg(width: 860, class: "wide")
      svg(width: 372, class: "narrow")
      if !caption.isEmpty { tag("figcaption") { caption } }
    }
  }

  func svg(width: Double, class name: String) -> Markup {
    let drawing = draw(width: width)
    return tag(
      "svg", .class(name), Attribute("viewBox", "0 0 \(Markup.coordinate(width)) \(Markup.coordinate(drawing.height))"), Attribute("role", "img"),
      Attribute("aria-label", summary)
    ) { drawing.shapes }
  }
}

// MARK: - Shapes

enum Anchor: String { case start, middle, end }

enum Shape {
  static func text(_ text: String, x: Double, y: Double, class name: String = "tick", anchor: Anchor = .start) -> Markup {
    tag("text", Attribute("x", x), Attribute("y", y), .class(name), Attribute("text-anchor", anchor.rawValue)) { text }
  }

  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) -> Markup {
    tag("line", Attribute("x1", x1), Attribute("y1", y1), Attribute("x2", x2), Attribute("y2", y2), .class(name))
  }

  static func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double, class name: String, title: String? = nil) -> Markup {
    .element(
      "rect",
      [Attribute("x", x), Attribute("y", y), Attribute("width", max(width, 0)), Attribute("height", max(height, 0)), .class(name)], hint(title))
  }

  static func circle(_ x: Double, _ y: Double, _ radius: Double, class name: String, title: String? = nil) -> Markup {
    .element("circle", [Attribute("cx", x), Attribute("cy", y), Attribute("r", radius), .class(name)], hint(title))
  }

  static func polyline(_ points: [(Double, Double)], class name: String) -> Markup {
    tag("polyline", Attribute("points", list(points)), .class(name))
  }

  static func polygon(_ points: [(Double, Double)], class name: String, title: String? = nil) -> Markup {
    .element("polygon", [Attribute("points", list(points)), .class(name)], hint(title))
  }

  private static func list(_ points: [(Double, Double)]) -> String {
    points.map { "\(Markup.coordinate($0.0)),\(Markup.coordinate($0.1))" }.joined(separator: " ")
  }

  private static func hint(_ title: String?) -> [Markup] { title.map { title in [tag("title") { VisibleText.line(title, limit: 200) }] } ?? [] }
}
