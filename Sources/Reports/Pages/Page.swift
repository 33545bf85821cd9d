import struct Foundation.Date

/// The frame around every page: head with its content security policy, style, and what all reports share.
///
/// A report is one file that is opened from a mail, a ticket or a disk: no script, no font, no picture from anywhere, and a policy that forbids them, so that
/// even a mistake of ours could load nothing.
package enum Page {
  package static let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

  /// The whole document.
  package static func html(title: String, @MarkupBuilder body: () -> [Markup]) -> String {
    let document = tag("html", Attribute("lang", "en")) {
      tag("head") {
        tag("meta", Attribute("charset", "utf-8"))
        tag("meta", Attribute("http-equiv", "Content-Security-Policy"), Attribute("content", policy))
        tag("meta", Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1"))
        tag("meta", Attribute("name", "referrer"), Attribute("content", "no-referrer"))
        tag("title") { VisibleText.line(title, limit: 200) }
        tag("style") { Markup.constant(StyleSheet.css) }
      }
      tag("body") { tag("main") { body() } }
    }
    return "<!DOCTYPE html>\n" + document.rendered + "\n"
  }

  /// The line above the headline: whose page this is, what kind, and how it stands.
  package static func over(_ kind: String, deployment: String, pill: Markup? = nil) -> Markup {
    tag("p", .class("over")) {
      tag("span", .class("brand")) { "VIGIL" }
      tag("span") { kind }
      tag("span") { foreign(deployment) }
      pill
    }
  }

  package static func pill(_ text: String, _ name: String) -> Markup { tag("span", .class("pill \(name)")) { text } }

  package static func section(_ title: String, @MarkupBuilder content: () -> [Markup]) -> Markup {
    tag("section") {
      tag("h2") { title }
      content()
    }
  }

  /// A fact of the grid under the headline.
  package static func fact(_ name: String, _ value: Markup, note: String? = nil, words: Bool = false) -> Markup {
    tag("div") {
      tag("dt") { name }
      tag("dd", .class(words ? "words" : "value")) {
        value
        if let note { tag("small") { note } }
      }
    }
  }

  /// Name and value, one a line.
  package static func rows(_ rows: [(String, Markup)]) -> Markup {
    tag("dl", .class("rows")) {
      for (name, value) in rows {
        tag("dt") { name }
        tag("dd") { value }
      }
    }
  }

  package struct Column {
    var name: String
    var style: String

    package init(_ name: String, _ style: String = "") {
      self.name = name
      self.style = style
    }
  }

  /// A table that scrolls by itself on a narrow screen. `bad` marks rows that need the reader's eye.
  package static func table(_ columns: [Column], _ rows: [[Markup]], bad: Set<Int> = []) -> Markup {
    tag("div", .class("scroll")) {
      tag("table") {
        tag("thead") { tag("tr") { for column in columns { tag("th", .class(column.style)) { column.name } } } }
        tag("tbody") {
          for (index, row) in rows.enumerated() {
            tag("tr", .class(bad.contains(index) ? "bad" : "")) {
              for (column, cell) in zip(columns, row) { tag("td", .class(column.style)) { cell } }
            }
          }
        }
      }
    }
  }

  /// A link to a page of ours. An address that is anything but a plain path (a scheme, a host, a quote) is dropped and the text stays.
  package static func link(_ address: String?, _ text: Markup) -> Markup {
    let plain = { (c: Unicode.Scalar) in
      ("a"..."z").contains(c) || ("A"..."Z").contains(c) || ("0"..."9").contains(c) || "-_./".unicodeScalars.contains(c)
    }
    guard let address, !address.isEmpty, address.unicodeScalars.allSatisfy(plain), !address.hasPrefix("//") else { return text }
    return tag("a", Attribute("href", address)) { text }
  }

  package static func footer(_ parts: [String]) -> Markup { tag("footer") { parts.joined(separator: " · ") } }

  /// What each mark in a timeline means, for the kinds that occur.
  static func legend(_ events: [TimelineEvent]) -> Markup {
    let names: [TimelineEvent.Kind: String] = [
      .planted: "planted change", .pending: "condition holds", .firing: "alert fires", .resolved: "alert resolved", .retraining: "retraining",
      .promotion: "challenger promoted", .refusal: "challenger refused", .rollback: "rolled back",
    ]
    let kinds = TimelineEvent.Kind.allCases.filter { kind in events.contains { $0.kind == kind } }
    return tag("ul", .class("legend")) {
      for kind in kinds {
        tag("li") {
          tag("svg", Attribute("viewBox", "0 0 14 14"), Attribute("aria-hidden", "true")) {
            TimelineEvent(kind: kind, time: Date(timeIntervalSince1970: 0), label: "").mark(7, 7, titled: false)
          }
          names[kind] ?? kind.rawValue
        }
      }
    }
  }
}
