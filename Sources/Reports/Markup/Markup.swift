/// HTML and SVG as values. Everything is escaped by construction: a name of an element or attribute is a `StaticString`, so it cannot come from data, and
/// the only way for a `String` to get into a page is as text or as an attribute's value, both escaped when rendered.
package indirect enum Markup: Sendable {
  case text(String)
  case element(StaticString, [Attribute], [Markup])
  case many([Markup])
  /// Text of ours that stands unescaped: the style sheet, which is constant.
  case constant(StaticString)

  package static let none = Markup.many([])
}

package struct Attribute: Sendable {
  let name: StaticString
  let value: String

  package init(_ name: StaticString, _ value: String) {
    self.name = name
    self.value = value
  }

  /// A length or a position in a plot, rounded to a tenth of a unit so that equal input gives equal bytes on every machine.
  package init(_ name: StaticString, _ value: Double) {
    self.init(name, Markup.coordinate(value))
  }

  package static func `class`(_ value: String) -> Attribute { Attribute("class", value) }
}

/// Builds an element: `tag("p", .class("lead")) { "text"; tag("b") { … } }`.
package func tag(_ name: StaticString, _ attributes: Attribute..., @MarkupBuilder content: () -> [Markup] = { [] }) -> Markup {
  .element(name, attributes, content())
}

@resultBuilder package enum MarkupBuilder {
  package static func buildExpression(_ text: String) -> [Markup] { [.text(text)] }
  package static func buildExpression(_ node: Markup) -> [Markup] { [node] }
  package static func buildExpression(_ nodes: [Markup]) -> [Markup] { nodes }
  package static func buildExpression(_ node: Markup?) -> [Markup] { node.map { [$0] } ?? [] }
  package static func buildBlock(_ parts: [Markup]...) -> [Markup] { parts.flatMap { $0 } }
  package static func buildOptional(_ part: [Markup]?) -> [Markup] { part ?? [] }
  package static func buildEither(first part: [Markup]) -> [Markup] { part }
  package static func buildEither(second part: [Markup]) -> [Markup] { part }
  package static func buildArray(_ parts: [[Markup]]) -> [Markup] { parts.flatMap { $0 } }
}

// MARK: - Rendering

extension Markup {
  /// The bytes of the page, as text.
  package var rendered: String {
    var output = ""
    write(to: &output)
    return output
  }

  private static let void: Set<String> = ["meta", "br", "hr", "link", "rect", "line", "circle", "path", "polygon", "polyline", "col", "input"]

  private func write(to output: inout String) {
    switch self {
    case .text(let text): Self.escape(text, into: &output)
    case .constant(let text): output += text.description
    case .many(let children): for child in children { child.write(to: &output) }
    case .element(let name, let attributes, let children):
      let name = name.description
      output += "<" + name
      for attribute in attributes where !(attribute.value.isEmpty && attribute.name.description == "class") {
        output += " " + attribute.name.description + "=\""
        Self.escape(attribute.value, into: &output)
        output += "\""
      }
      if children.isEmpty, Self.void.contains(name) {
        output += "/>"
        return
      }
      output += ">"
      for child in children { child.write(to: &output) }
      output += "</" + name + ">"
    }
  }

  private static func escape(_ text: String, into output: inout String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      // Template braces mean nothing here, but a page may be pasted into something where they do.
      case "{": output += "&#123;"
      case "}": output += "&#125;"
      case "\0": output += "\u{FFFD}"
      default: output.unicodeScalars.append(scalar)
      }
    }
  }

  /// A tenth of a unit, without a trailing zero: `12.5`, `12`.
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}

// MARK: - Foreign text

/// Text from outside in a page: made visible, isolated from the direction of what surrounds it.
package func foreign(_ text: String, limit: Int = VisibleText.nameLimit) -> Markup {
  tag("bdi") { VisibleText.line(text, limit: limit) }
}
