import Foundation
import Records
import Testing

@testable import Reports

/// Text of production is data, whatever it says.
@Suite struct HostileTextTests {
  static let corpus: [String] = [
    "<script>alert(1)</script>", "</bdi></td></table><img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "[click](javascript:alert(1))", "![x](http://evil.example/p.png)", "```\n# out of the fence\n```", "````\n<script>", "`` ` ``",
    "| a | b |\n|---|---|",
    "\u{1B}[31mred\u{1B}[0m\u{1B}]0;title\u{7}", "\u{9B}31m", "{{config}} {% raw %} ${HOME} #{1} {{{x}}}", "\u{202E}gnp.exe",
    "\u{2066}\u{2069}\u{200F}", "a\u{0}b\r\nc\td\u{8}",
    "<!--", "]]>", "&lt;script&gt;", "&#60;script&#62;", "\u{2028}\u{2029}\u{FEFF}\u{E0041}", "</style><style>*{display:none}",
    "<base href=//evil.example>",
    "www.evil.example https://evil.example a@evil.example", "=cmd|' /C calc'!A0", "a\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}", "", " ", "\\",
    "\u{FFFF}\u{10FFFF}",
  ]

  static func report(with text: String) -> AlertReport {
    var report = Samples.alertReport(
      examples: [.init(key: text, time: Samples.day(15), text: text, columns: [text: text, "channel": text], answer: text, label: text)],
      detail: .categories([.init(name: text, reference: 0.1, current: 0.2)]))
    report.deployment = text
    report.alert.slice = Slice([text: text])
    report.alert.annotations = ["summary": text]
    report.alert.lastError = text
    report.rule = .init(name: text, file: text, text: text)
    report.actions = [text]
    report.command = text
    report.modelNote = text
    report.transitions = [.init(fingerprint: "f", sequence: 1, from: .inactive, to: .pending, at: Samples.day(15), reason: text)]
    return report
  }

  /// Elements and attributes of a page, in order, without text or values of attributes.
  private func skeleton(_ html: String) -> [String] {
    html.split(separator: "<").map { String($0.prefix { !" />".contains($0) }) }
  }

  @Test(arguments: corpus) func `foreign text never becomes an element or an attribute`(text: String) {
    let html = Self.report(with: text).html
    // Text that means nothing gives the same tree as text that tries to mean something.
    #expect(Set(skeleton(html)) == Set(skeleton(Self.report(with: "plain").html)))
    #expect(html.components(separatedBy: "<script").count == 1)
    for attribute in [" onerror=", " onload=", " onmouseover=", " src=", " style="] { #expect(!tags(html).contains { $0.contains(attribute) }) }
  }

  /// The insides of every tag with quoted values taken out.
  private func tags(_ html: String) -> [String] {
    html.split(separator: "<").map { part in
      let inside = part.prefix { $0 != ">" }
      return inside.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 0 }.map { String($0.element) }
        .joined()
    }
  }

  @Test(arguments: corpus) func `no page and no message holds a control character or a direction override`(text: String) {
    let report = Self.report(with: text)
    let shown = report.html + report.markdown + report.headline + report.message.joined(separator: "\n")
    for scalar in shown.unicodeScalars where scalar != "\n" {
      #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value), "U+\(String(scalar.value, radix: 16))")
      #expect(!(0x202A...0x202E).contains(scalar.value) && !(0x2066...0x2069).contains(scalar.value))
    }
  }

  @Test(arguments: corpus) func `markdown keeps its shape whatever the text`(text: String) {
    let plain = Self.report(with: "plain").markdown.split(separator: "\n", omittingEmptySubsequences: false)
    let hostile = Self.report(with: text).markdown.split(separator: "\n", omittingEmptySubsequences: false)
    // The rule's own text may have line breaks; every heading is still ours and comes in our order.
    #expect(hostile.filter { $0.hasPrefix("## ") } == plain.filter { $0.hasPrefix("## ") })
    #expect(!outsideFences(hostile).contains { $0.replacing("\\]", with: "").contains("](") && !$0.contains("`") })
  }

  private func outsideFences(_ lines: [Substring]) -> [Substring] {
    var fence: Substring?
    return lines.filter { line in
      let ticks = line.prefix { $0 == "`" }
      if let open = fence {
        if line == open { fence = nil }
        return false
      }
      if ticks.count >= 3, line.hasSuffix("text"), line.count == ticks.count + 4 { fence = ticks }
      return fence == nil
    }
  }

  @Test func `a line of a megabyte is cut and the page stays small`() {
    let report = Self.report(with: String(repeating: "<b>ä", count: 250_000))
    #expect(report.html.utf8.count < 300_000)
    #expect(report.markdown.utf8.count < 60_000)
    #expect(report.jsonText.utf8.count < 100_000)
    #expect(report.html.contains("… (999,600 more)"))
  }

  @Test func `what cannot be seen is shown`() {
    #expect(VisibleText.line("a\u{0}b\r\n\u{1B}[31m\u{7F}") == "a␀b␍ ↵ ␛[31m␡")
    #expect(VisibleText.line("\u{202E}x\u{9B}\u{E0041}") == "⟨U+202E⟩x⟨U+009B⟩⟨U+E0041⟩")
    #expect(VisibleText.line("👩‍💻 grüße") == "👩‍💻 grüße")
    #expect(VisibleText.line("abcdef", limit: 3) == "abc… (3 more)")
  }

  @Test func `a link is only ever a plain path of ours`() {
    #expect(Page.link("alerts/a1/report.html", .text("x")).rendered == "<a href=\"alerts/a1/report.html\">x</a>")
    for bad in ["javascript:alert(1)", "//evil.example/x", "https://evil.example", "a\"b", "", "data:text/html,x"] {
      #expect(Page.link(bad, .text("x")).rendered == "x")
    }
  }
}
