import Records

/// Shares of categories as pairs of bars, the reference above in grey and the current window below it in red, as Evidently's users know them.
struct CategoryBars: Plot {
  var shares: [CategoryShare]

  /// Categories that are drawn; the input comes with the largest change first.
  static let limit = 14

  var summary: String {
    "Share of each category in the reference and in the current window: "
      + shares.prefix(5).map { "\(VisibleText.name($0.name)) \(Figures.percent($0.reference)) to \(Figures.percent($0.current))" }.joined(
        separator: "; ")
  }

  /// What is left over is written below, not drawn: its bar would dwarf what moved.
  private static let rest = "(other)"

  func draw(width: Double) -> (height: Double, shapes: [Markup]) {
    let narrow = width < 600
    let nameWidth = narrow ? 104.0 : 190.0
    let figures = narrow ? 58.0 : 150.0
    let drawn = shares.filter { $0.name != Self.rest }.prefix(Self.limit)
    let most = drawn.map { max($0.reference, $0.current) }.max() ?? 1
    let x = LinearScale(domain: 0...max(most, 1e-9), from: nameWidth, to: width - figures)
    var shapes: [Markup] = []
    var y = 4.0
    for share in drawn {
      let name = fitted(VisibleText.name(share.name), width: nameWidth - 12)
      shapes.append(Shape.text(name, x: nameWidth - 10, y: y + 15, class: "name", anchor: .end))
      shapes.append(Shape.box(nameWidth, y, x(share.reference) - nameWidth, 9, class: "bar reference"))
      shapes.append(Shape.box(nameWidth, y + 10, max(x(share.current) - nameWidth, share.current > 0 ? 1 : 0), 9, class: "bar current"))
      let change = share.current - share.reference
      let text =
        narrow
        ? Figures.percent(share.current)
        : "\(Figures.percent(share.reference)) → \(Figures.percent(share.current))  (\(change >= 0 ? "+" : "−")\(Figures.fixed(abs(change) * 100, 1)))"
      shapes.append(Shape.text(text, x: max(x(share.reference), x(share.current)) + 7, y: y + 14, class: "figure"))
      y += 28
    }
    shapes.append(Shape.line(nameWidth, 0, nameWidth, y - 4, class: "axis"))
    if let rest = shares.first(where: { $0.name == Self.rest }) {
      shapes.append(Shape.text("all others", x: nameWidth - 10, y: y + 12, anchor: .end))
      shapes.append(Shape.text("\(Figures.percent(rest.reference)) → \(Figures.percent(rest.current))", x: nameWidth + 7, y: y + 12))
      y += 22
    }
    return (y, shapes)
  }
}
