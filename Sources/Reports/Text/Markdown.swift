/// Markdown that cannot be broken out of: our words escaped, foreign text only ever inside code.
///
/// Follows CommonMark 0.31 with GitHub's tables. Foreign text goes through `VisibleText` first, so it holds no line break; it then stands in a code span or a
/// fence longer than any run of backticks inside, where neither links nor HTML nor emphasis exist.
package enum Markdown {
  /// Our own sentence with every character that means something escaped.
  package static func text(_ text: String) -> String {
    var escaped = ""
    for scalar in VisibleText.line(text, limit: 4000).unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "|", "~", "&", "!": escaped += "\\"
      default: break
      }
      escaped.unicodeScalars.append(scalar)
    }
    // "www." and "://" become links by themselves in GitHub's dialect; a joiner nobody sees is not wanted, an entity is plain.
    return escaped.replacing("://", with: "&#58;//").replacing("www.", with: "www&#46;")
  }

  /// Foreign text as a code span; a bar is escaped so that a table keeps its columns.
  package static func code(_ text: String, limit: Int = VisibleText.nameLimit) -> String {
    let shown = VisibleText.line(text, limit: limit)
    if shown.isEmpty { return "(empty)" }
    let fence = String(repeating: "`", count: longestRun(of: "`", in: shown) + 1)
    return "\(fence) \(shown.replacing("|", with: "\\|")) \(fence)"
  }

  /// A block whose content is shown as it is, line by line.
  package static func block(_ lines: [String], limit: Int = VisibleText.exampleLimit) -> String {
    let shown = lines.map { VisibleText.line($0, limit: limit) }
    let fence = String(repeating: "`", count: max(3, (shown.map { longestRun(of: "`", in: $0) }.max() ?? 0) + 1))
    return ([fence + "text"] + shown + [fence]).joined(separator: "\n")
  }

  /// A table; cells are Markdown already.
  package static func table(_ header: [String], _ rows: [[String]]) -> String {
    let lines = [header, header.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  private static func longestRun(of character: Unicode.Scalar, in text: String) -> Int {
    var (longest, current) = (0, 0)
    for scalar in text.unicodeScalars {
      current = scalar == character ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
