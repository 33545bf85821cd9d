/// Text from outside (production rows, labels, names in configuration) made fit to be looked at.
///
/// Every page, Markdown file and terminal line of Vigil shows foreign text through here. What a reader cannot see, or what would make the text lie
/// about its own order, is replaced by something visible: C0 controls and DEL by their Unicode control pictures (ESC becomes `␛`, a line break ` ↵ `), C1 controls,
/// bidirectional overrides, invisible separators and the tag block by `⟨U+202E⟩`. Zero-width joiners stay, because emoji and Persian need them. Escaping
/// for a particular format (HTML, Markdown) comes after this and is that format's business.
package enum VisibleText {
  /// Scalars of one foreign text that a report shows at most.
  package static let exampleLimit = 400
  /// Scalars of a name (a label, a slice value, a category).
  package static let nameLimit = 80

  /// `text` with nothing hidden, cut after `limit` scalars with a note of how many follow.
  package static func line(_ text: String, limit: Int = exampleLimit) -> String {
    var shown = ""
    var count = 0
    var combining = 0
    var scalars = text.unicodeScalars.makeIterator()
    while count < limit, let scalar = scalars.next() {
      count += 1
      combining = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : combining + 1
      // A tower of combining marks paints over the lines above and below it.
      if combining > 4 { continue }
      append(scalar, to: &shown)
    }
    let rest = text.unicodeScalars.count - count
    if rest > 0 { shown += "… (\(Figures.count(rest)) more)" }
    return shown
  }

  /// A short foreign text, such as a label or a slice.
  package static func name(_ text: String) -> String { line(text, limit: nameLimit) }

  private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
    switch scalar.value {
    // A line break is common, and fonts that have its control picture are not.
    case 0x0A: text += " ↵ "
    case 0x00...0x1F: text.unicodeScalars.append(picture(0x2400 + scalar.value))
    case 0x7F: text.unicodeScalars.append(picture(0x2421))
    case 0x80...0x9F, 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
      text += "⟨U+\(hex(scalar.value))⟩"
    default: text.unicodeScalars.append(scalar)
    }
  }

  private static func picture(_ value: UInt32) -> Unicode.Scalar { Unicode.Scalar(value) ?? "\u{FFFD}" }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
