import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

struct ChatTemplateTests {
  /// Against Jinja2 with transformers' environment: `Fixtures/golden/scripts/chat_template_golden.py`.
  private static let golden = Result { try StrictJSON.parse([UInt8](TestSupport.golden("chat_template.json")), file: "chat_template.json") }

  private func render(_ source: String, _ variables: JSONObject = JSONObject(), limits: TemplateLimits = TemplateLimits()) throws -> String {
    try ChatTemplate(source, name: "test.jinja", limits: limits).render(variables, now: Date(timeIntervalSince1970: 0), timeZone: .gmt)
  }

  @Test(arguments: try golden.get()["templates"]?.objectValue?.keys ?? [])
  func `renders what Jinja2 renders`(name: String) throws {
    let golden = try Self.golden.get()
    let template = try ChatTemplate(try #require(golden["templates"]?[name]?.stringValue), name: name)
    let now = Date(timeIntervalSince1970: try #require(golden["now"]?.doubleValue))
    let cases = (golden["cases"]?.arrayValue ?? []).filter { $0["template"]?.stringValue == name }
    #expect(cases.count == golden["conversations"]?.objectValue?.count)
    for one in cases {
      let conversation = try #require(one["conversation"]?.stringValue)
      var variables = JSONObject([("tools", nil), ("documents", nil), ("add_generation_prompt", false)])
      for part in [golden["specials"], golden["conversations"]?[conversation]] {
        for (key, value) in part?.objectValue?.members ?? JSONObject().members { variables[key] = value }
      }
      if let expected = one["text"]?.stringValue {
        let found = try template.render(variables, now: now, timeZone: .gmt)
        #expect(found.hasSameBytes(as: expected), "\(conversation):\n\(found)\n--- expected\n\(expected)")
      } else {
        let fault = #expect(throws: TemplateFault.self) { try template.render(variables, now: now, timeZone: .gmt) }
        if one["error"]?.stringValue == "TemplateError" { #expect(fault?.problem == one["message"]?.stringValue) }
      }
    }
  }

  /// Against Jinja2's compiler: `Fixtures/golden/scripts/template_scopes.py`.
  @Test func `names belong to the scopes, and constants are folded, as Jinja2's compiler has it`() throws {
    let golden = try StrictJSON.parse([UInt8](TestSupport.golden("template_scopes.json")), file: "template_scopes.json")
    let cases = golden["cases"]?.arrayValue ?? []
    #expect(cases.count > 50)
    for one in cases {
      let source = try #require(one["template"]?.stringValue)
      if let expected = one["text"]?.stringValue {
        #expect(try render(source, JSONObject([("x", 5)])) == expected, "\(source)")
      } else {
        #expect(throws: TemplateFault.self, "\(source)") { try render(source, JSONObject([("x", 5)])) }
      }
    }
  }

  // MARK: - Faults

  static let broken: [(source: String, line: Int, wanted: String)] = [
    ("{% if x %}\n\n\n", 3, "endif"),
    ("a\nb {{ x ", 2, "}}"),
    ("{{ x | }}", 1, "filter's name"),
    ("\n{% frob %}", 2, "frob"),
    ("\n\n{% include 'x' %}", 3, "include"),
    ("{# never", 1, "#}"),
    ("{{ 'open }}", 1, "string"),
    ("{% raw %} x", 1, "endraw"),
    ("{{ (1 + }}", 1, "\"}\""),
    ("{{ a ? b }}", 1, "?"),
    ("{% for x of y %}{% endfor %}", 1, "\"in\""),
    ("{% break %}", 1, "outside of a loop"),
    ("{% for x in y %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}", 1, "outside of a loop"),
    ("{% for loop in y %}{% endfor %}", 1, "loop"),
    ("{% do x.append(1) %}", 1, "\"do\""),
    ("{% macro f() %}{% endmacro f %}", 1, "%}"),
    ("{{ 'a' | frobnicate }}", 1, "frobnicate"),
    ("{% for x in y %}{{ x is frobnicated }}{% endfor %}", 1, "frobnicated"),
    ("{% set true = 1 %}", 1, "true"),
    ("{% endif %}", 1, "endif"),
    ("{{ f(a=1, 2) }}", 1, "argument"),
    ("{{ 99999999999999999999 }}", 1, "99999999999999999999"),
    ("{{ '\\ud800' }}", 1, "\\u"),
  ]

  @Test(arguments: broken.indices)
  func `a template that is not understood is refused with its line`(index: Int) throws {
    let (source, line, wanted) = Self.broken[index]
    let fault = #expect(throws: TemplateFault.self) { try ChatTemplate(source, name: "test.jinja") }
    #expect(fault?.reason == .syntax)
    #expect(fault?.line == line)
    #expect(fault?.description.contains("test.jinja: template line \(line): ") == true)
    #expect(fault?.problem.contains(wanted) == true, "\(fault?.problem ?? "")")
  }

  static let failing: [(source: String, line: Int, wanted: String)] = [
    ("\n{{ missing.name }}", 2, "\"missing\" is not defined"),
    ("{{ x.y.z }}", 1, "x"),
    ("{{ 1 + 'a' }}", 1, "1 (int)"),
    ("{{ missing + 'a' }}", 1, "missing"),
    ("{{ 1 / 0 }}", 1, "cannot be computed"),
    ("{{ 9223372036854775807 + 1 }}", 1, "too large"),
    ("{% if true %}{{ 'a' | frobnicate }}{% endif %}", 1, "filter frobnicate"),
    ("{{ 1 if 'a' is frobnicated }}", 1, "test frobnicated"),
    ("{{ '<' | escape }}", 1, "filter escape"),
    ("{{ [1] | map('string') }}", 1, "cannot be printed"),
    ("{{ lipsum() }}", 1, "lipsum"),
    ("{{ missing() }}", 1, "called"),
    ("{{ 'a'.__class__ }}{{ 'a'.encode() }}", 1, "encode"),
    ("{% for x in 3 %}{% endfor %}", 1, "gone through"),
    ("{% set a, b = [1] %}", 1, "2 names"),
    ("{% set ns = 1 %}\n{% set ns.x = 1 %}", 2, "namespace"),
    ("{{ missing | tojson }}", 1, "undefined"),
    ("{{ [1, 'a'] | sort }}", 1, "order"),
    ("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", 1, "at most 1"),
    ("{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", 1, "no parameter b"),
    ("{{ [1][::0] }}", 1, "step"),
  ]

  @Test(arguments: failing.indices)
  func `what cannot be evaluated is an error with its line`(index: Int) throws {
    let (source, line, wanted) = Self.failing[index]
    let fault = #expect(throws: TemplateFault.self) { try self.render(source) }
    #expect(fault?.reason == .evaluation)
    #expect(fault?.line == line)
    #expect(fault?.problem.contains(wanted) == true, "\(fault?.problem ?? "")")
  }

  @Test func `a template that refuses a conversation says so in its own words`() throws {
    let fault = #expect(throws: TemplateFault.self) { try self.render("{{ raise_exception('System role not supported') }}") }
    #expect(fault?.reason == .raised)
    #expect(fault?.problem == "System role not supported")
  }

  // MARK: - Hostile templates

  static let hostile: [String] = [
    "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
    "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{{ 'a' * 9000000000 }}",
    "{{ [1] * 9223372036854775807 }}",
    "{{ range(1000000000) | list }}",
    "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
    "{{ ('a' * 1000000).replace('', 'b' * 10000) }}",
    "{{ (['a' * 10000000] * 100) | join('x') }}{% for i in range(1000) %}{{ 'a' * 1000000 }}{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{{ f(n ~ n) }}{% endmacro %}{{ f('x') }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
    "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ raise_exception(ns.l) }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(1000) %}{% set ns.l = [ns.l] %}{% endfor %}",
    "{% set ns = namespace(l={}) %}{% for i in range(1000) %}{% set ns.l = {'a': ns.l} | items | list %}{% endfor %}",
    "{% set ns = namespace() %}{% set ns.l = [] %}{% for i in range(200) %}{% set ns.l = [ns.l] %}{% endfor %}{% for i in range(100000) %}{% for j in 'aaaaaaaaaaaaaaaaaaaaaaaaa' %}{{ j }}{% endfor %}{% endfor %}",
    String(repeating: "{{ (", count: 1) + String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5001) + " }}",
    "{{ " + String(repeating: "-", count: 5000) + "1 }}",
    "{{ " + String(repeating: "not ", count: 5000) + "1 }}",
    "{{ 1" + String(repeating: " + 1", count: 5000) + " }}",
    "{{ x" + String(repeating: "|d", count: 5000) + " }}",
    String(repeating: "{% if true %}", count: 5000) + String(repeating: "{% endif %}", count: 5000),
  ]

  @Test(arguments: hostile.indices)
  func `a hostile template is stopped, and on a small stack`(index: Int) async throws {
    // Dispatch and concurrency threads have half a megabyte; the limits must hold there.
    let source = Self.hostile[index]
    let fault: TemplateFault? = await withCheckedContinuation { done in
      let thread = Thread {
        do throws(TemplateFault) {
          _ = try ChatTemplate(source, limits: TemplateLimits(steps: 100_000, outputBytes: 4 << 20, workBytes: 64 << 20)).render(JSONObject())
          done.resume(returning: nil)
        } catch {
          done.resume(returning: error)
        }
      }
      thread.stackSize = 512 << 10
      thread.start()
    }
    #expect(fault?.reason == .limit, "\(fault.map { "\($0)" } ?? "it went through")")
  }

  @Test func `text of users is never taken for a template`() throws {
    let variables = JSONObject([("messages", [["role": "user", "content": "{{ 1 + 1 }}{% raise %}"]])])
    #expect(try render("{{ messages[0].content }}", variables) == "{{ 1 + 1 }}{% raise %}")
  }

  @Test func `rendering leaves the template as it was`() throws {
    let template = try ChatTemplate("{% set ns = namespace(n=0) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}{{ x }}{% set x = 'set' %}")
    for _ in 0..<3 { #expect(try template.render(JSONObject([("x", "given")])) == "1given") }
  }
}
