import Daemon
import Documents
import Foundation
import TestSupport
import Testing

@Suite struct ConfigurationTests {
  private let good = """
    state: {database: "postgresql:///vigil", directory: state}
    http: {socket: api.sock}
    rules: [rules.yaml]
    receivers:
      - {name: folder, folder: alerts}
      - {name: chat, webhook: "https://hooks.example.org/x", secret_file: secret}
    deployments:
      - name: desk
        source: {database: "postgresql:///desk", table: tickets, key: id, time: created_at, inserted: inserted_at, input: message, label: queue, columns: [speech]}
        model: {base: model, adapter: adapter}
        task: {kind: classify, labels: [a, b]}
        sample: {rate: 0.5, strata: [speech], seed: 3}
        window: {every: 12h, length: 2d}
        reference: {from: 2026-01-01, until: 2026-01-11}
        protected: [speech]
        suites: [{file: core.yaml, every: 5d}]
        retrain: {original: o.jsonl, cooldown: 3d}
    """

  private func read(_ text: String) throws -> Configuration {
    try Configuration.read(text: text, file: "vigil.yaml", folder: URL(filePath: "/etc/vigil", directoryHint: .isDirectory))
  }

  @Test func `relative paths are relative to the file's folder`() throws {
    let configuration = try read(good)
    #expect(configuration.directory.path == "/etc/vigil/state")
    #expect(configuration.rules.map(\.path) == ["/etc/vigil/rules.yaml"])
    #expect(configuration.deployments[0].model.adapter?.path == "/etc/vigil/adapter")
    #expect(configuration.deployments[0].sampling.rate == 0.5)
    #expect(configuration.deployments[0].window.length.seconds == 172_800)
    #expect(configuration.deployments[0].retrain?.policy.cooldown == 259_200)
  }

  @Test func `text is redacted before it is stored unless the operator says otherwise`() throws {
    #expect(try !read(good).deployments[0].source.storesRawText)
    #expect(try read(good.replacing("columns: [speech]}", with: "columns: [speech], store_text: raw}")).deployments[0].source.storesRawText)
  }

  @Test func `every fault is told at once, with its place and a guess`() throws {
    let bad =
      good.replacing("rate: 0.5", with: "rate: 1.5").replacing("protected: [speech]", with: "protected: [speach]")
      .replacing("every: 12h", with: "every: 12").replacing("cooldown: 3d", with: "cool_down: 3d").replacing("folder: alerts", with: "foldr: alerts")
    let faults = try #require(throws: DocumentFaults.self) { try read(bad) }
    let text = faults.description
    for part in [
      "rate must lie between", "protected column \"speach\"", "did you mean \"speech\"?", "has no unit", "unknown key \"cool_down\"",
      "did you mean \"cooldown\"?", "unknown key \"foldr\"", "either folder or webhook",
    ] { #expect(text.contains(part), "\(part) in\n\(text)") }
    #expect(faults.faults.allSatisfy { $0.line > 1 && $0.file == "vigil.yaml" })
  }

  @Test func `a model may be served elsewhere, and is then not retrained`() throws {
    let watched = good.replacing(
      "model: {base: model, adapter: adapter}", with: "model: {remote: {url: 'http://models:8000', name: router}, system: Route.}"
    )
    .replacing("retrain: {original: o.jsonl, cooldown: 3d}", with: "")
    let model = try read(watched).deployments[0].model
    #expect(model.remote?.address.text == "http://models:8000/v1")
    #expect(model.base == nil)
    for (from, to, part) in [
      ("name: router}", "name: router}, base: model", "either remote, or base"),
      ("name: router}", "name: router, api: completions, prompt: '{input}'}", "system is for api: chat"),
      ("suites:", "retrain: {}\n    suites:", "cannot be retrained"),
    ] {
      let text = watched.replacing(from, with: to)
      let faults = try #require(throws: DocumentFaults.self) { try read(text) }
      #expect(faults.description.contains(part), "\(part) in\n\(faults)")
    }
  }

  @Test func `what is missing is named`() throws {
    let faults = try #require(throws: DocumentFaults.self) { try read("http: {socket: s}\n") }
    for part in ["state is missing", "rules is missing", "deployments is missing"] { #expect(faults.description.contains(part)) }
  }

  @Test func `two deployments of one name and a socket path that is too long are faults`() throws {
    let lines = good.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = lines.firstIndex { $0.hasPrefix("  - name: desk") }!
    let twice = (lines + lines[start...]).joined(separator: "\n").replacing(
      "socket: api.sock", with: "socket: /\(String(repeating: "s", count: 120))")
    let faults = try #require(throws: DocumentFaults.self) { try read(twice) }
    #expect(faults.description.contains("2 entries named \"desk\""))
    #expect(faults.description.contains("longer than 107 bytes"))
  }
}
