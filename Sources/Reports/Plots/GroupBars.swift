import Records

/// One row a group: the value as a point with its 95% whisker and n, the reference as a grey line through all rows. Points, not bars, because the interval is
/// what has to be compared.
struct GroupBars: Plot {
  var groups: [GroupValue]
  var reference: Double?

  static let limit = 16

  var summary: String {
    "Value with 95% interval by group: "
      + groups.prefix(Self.limit).map { "\(VisibleText.name($0.slice.text)) \(Figures.number($0.value)), n \($0.n)" }.joined(separator: "; ")
  }

  func draw(width: Double) -> (height: Double, shapes: [Markup]) {
    let narrow = width < 600
    let nameWidth = narrow ? 118.0 : 230.0
    let right = width - (narrow ? 62 : 190)
    let shown = Array(groups.prefix(Self.limit))
    let values = (shown.flatMap { [$0.value, $0.lower, $0.upper] } + [reference]).compactMap { $0 }
    let inUnit = values.allSatisfy { (0...1).contains($0) }
    let x = LinearScale(domain: LinearScale.domain(of: values, floor: inUnit ? 0 : nil, ceiling: inUnit ? 1 : nil), from: nameWidth, to: right)
    let bottom = 6 + Double(shown.count) * 26
    var shapes: [Markup] = []
    for tick in x.ticks(narrow ? 3 : 6) {
      shapes.append(Shape.line(x(tick.value), 0, x(tick.value), bottom, class: "grid"))
      shapes.append(Shape.text(tick.label, x: x(tick.value), y: bottom + 15, anchor: .middle))
    }
    if let reference { shapes.append(Shape.line(x(reference), 0, x(reference), bottom, class: "ref-line")) }
    for (index, group) in shown.enumerated() {
      let y = 18 + Double(index) * 26
      let name =
        group.slice.labels.isEmpty ? "all" : group.slice.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      shapes.append(Shape.text(fitted(VisibleText.name(name), width: nameWidth - 14), x: nameWidth - 12, y: y + 4, class: "name", anchor: .end))
      if let lower = group.lower, let upper = group.upper { shapes += whisker(from: x(lower), to: x(upper), y: y, class: "whisker") }
      if let value = group.value { shapes.append(Shape.circle(x(value), y, 4.5, class: "dot s0")) }
      let figures =
        narrow ? Figures.number(group.value) : "\(Figures.number(group.value))   n \(Figures.count(group.n))"
      shapes.append(Shape.text(figures, x: right + 14, y: y + 4, class: "figure"))
    }
    return (bottom + 22, shapes)
  }
}

/// An interval with end caps.
func whisker(from: Double, to: Double, y: Double, class name: String) -> [Markup] {
  [Shape.line(from, y, to, y, class: name), Shape.line(from, y - 4, from, y + 4, class: name), Shape.line(to, y - 4, to, y + 4, class: name)]
}

/// The difference of one gate check with its interval, small enough for a table cell; all cells of a table share one scale. Not worse than the margin means
/// that the whole interval stands to the right of the dashed line; a target has to stand to the right of zero, but for a gap, of
/// which it is asked that it is narrower.
struct DifferenceMark {
  var check: GateCheck
  var domain: ClosedRange<Double>

  /// A scale that holds every check.
  static func domain(of checks: [GateCheck]) -> ClosedRange<Double> {
    let values = checks.flatMap { [$0.difference, $0.lower, $0.upper, -$0.margin] }.compactMap { $0 } + [0.0]
    return LinearScale.domain(of: values)
  }

  var svg: Markup {
    let x = LinearScale(domain: domain, from: 4, to: 196)
    let color = check.passed ? "pass" : "fail"
    var shapes = [Shape.line(x(0), 0, x(0), 24, class: "axis")]
    if check.role != "target" { shapes.append(Shape.line(x(-check.margin), 0, x(-check.margin), 24, class: "limit")) }
    if let lower = check.lower, let upper = check.upper { shapes += whisker(from: x(lower), to: x(upper), y: 12, class: "whisker \(color)") }
    if let difference = check.difference { shapes.append(Shape.circle(x(difference), 12, 4.5, class: "dot \(color)")) }
    let text = "difference \(Figures.signed(check.difference)), interval \(Figures.interval(check.lower, check.upper) ?? "n/a")"
    return tag("svg", .class("inline"), Attribute("viewBox", "0 0 200 24"), Attribute("role", "img"), Attribute("aria-label", text)) { shapes }
  }
}
