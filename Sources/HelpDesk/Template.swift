/// A phrase with choices and slots: `my (parcel|package) is late, it was due <when>`.
///
/// `(a|b)` is one of its alternatives, which may be empty and may nest; `<slot>` is filled by `Slots`. Everything else stands for itself.
package struct Template: Sendable, ExpressibleByStringLiteral {
  private indirect enum Part: Sendable {
    case text(String)
    case slot(String)
    case choice([[Part]])
  }

  private let parts: [Part]

  /// Traps on a template that does not parse: templates are literals of this target, not input.
  package init(stringLiteral value: String) { self.init(value) }

  package init(_ source: String) {
    var scalars = Substring(source)
    parts = Template.parse(&scalars, source: source, depth: 0)
    precondition(scalars.isEmpty, "unbalanced ')' in template: \(source)")
  }

  /// One of the phrases it stands for, single-spaced.
  package func expand(_ slots: inout Slots, _ random: inout SplitMix64) -> String {
    var out = ""
    Template.write(parts, into: &out, &slots, &random)
    return Template.tidied(out)
  }

  /// How many phrases it stands for, slots counted as one.
  package var phrasings: Int { Template.count(parts) }

  // MARK: - Parsing

  private static func parse(_ rest: inout Substring, source: String, depth: Int) -> [Part] {
    var parts: [Part] = []
    var text = ""
    func flush() {
      if !text.isEmpty { parts.append(.text(text)) }
      text = ""
    }
    while let mark = rest.first {
      switch mark {
      case "(":
        flush()
        rest.removeFirst()
        var alternatives: [[Part]] = []
        while true {
          alternatives.append(parse(&rest, source: source, depth: depth + 1))
          guard let end = rest.popFirst() else { preconditionFailure("a '(' is never closed in template: \(source)") }
          if end == ")" { break }
        }
        parts.append(.choice(alternatives))
      case "|", ")":
        precondition(depth > 0, "'\(mark)' outside of a choice in template: \(source)")
        flush()
        return parts
      case "<":
        flush()
        guard let end = rest.firstIndex(of: ">") else { preconditionFailure("a '<' is never closed in template: \(source)") }
        parts.append(.slot(String(rest[rest.index(after: rest.startIndex)..<end])))
        rest = rest[rest.index(after: end)...]
      default:
        text.append(rest.removeFirst())
      }
    }
    flush()
    return parts
  }

  private static func write(_ parts: [Part], into out: inout String, _ slots: inout Slots, _ random: inout SplitMix64) {
    for part in parts {
      switch part {
      case .text(let text): out += text
      case .slot(let name): out += slots.fill(name, &random)
      case .choice(let alternatives): write(random.pick(alternatives), into: &out, &slots, &random)
      }
    }
  }

  private static func count(_ parts: [Part]) -> Int {
    parts.reduce(1) { product, part in
      guard case .choice(let alternatives) = part else { return product }
      return product * alternatives.reduce(0) { $0 + count($1) }
    }
  }

  /// Empty alternatives leave double spaces and spaces before punctuation behind.
  private static func tidied(_ text: String) -> String {
    var out: [UInt8] = []
    for byte in text.utf8 {
      if byte == UInt8(ascii: " "), out.isEmpty || out.last == UInt8(ascii: " ") { continue }
      if [UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "?")].contains(byte), out.last == UInt8(ascii: " ") { out.removeLast() }
      out.append(byte)
    }
    while out.last == UInt8(ascii: " ") { out.removeLast() }
    return String(decoding: out, as: UTF8.self)
  }
}
