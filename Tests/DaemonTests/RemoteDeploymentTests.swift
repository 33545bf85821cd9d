import Documents
import Evaluation
import Foundation
import Records
import TestSupport
import Testing

@testable import Daemon

@Suite struct RemoteDeploymentTests {
  /// A configuration of a local and a remote deployment with rules of their own.
  private func configuration(_ folder: TemporaryFolder, rules: String) throws -> Configuration {
    func deployment(_ name: String, _ model: String) -> String {
      """
        - name: \(name)
          source: {database: "postgresql:///desk", table: tickets, key: id, time: created_at, inserted: inserted_at, input: message}
          model: \(model)
          task: {labels: [a, b]}
      """
    }
    let text = """
      state: {database: "postgresql:///vigil", directory: state}
      rules: \(rules)
      deployments:
      \(deployment("ours", "{base: model}"))
      \(deployment("theirs", "{remote: {url: 'http://models:8000', name: router}}"))
      """
    return try Configuration.read(text: text, file: "vigil.yaml", folder: folder.url)
  }

  private static let rule = """
    groups:
      - name: quality
        rules:
          - alert: AccuracyFell
            measure: performance.accuracy
            when: verdict == changed
            then: retrain

    """

  @Test func `a rule that retrains is refused over a remote model, with its place and whom it may be for`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("quality.yaml", Self.rule)
    let faults = try #require(throws: DocumentFaults.self) { try RuleLoading.load(try configuration(folder, rules: "[quality.yaml]")) }
    let fault = try #require(faults.faults.first)
    #expect(faults.faults.count == 1)
    #expect(fault.file.hasSuffix("quality.yaml") && fault.line == 7 && fault.column == 15, "\(faults)")
    #expect(fault.message.contains("\"theirs\", whose model is served elsewhere"))
    #expect(fault.hint?.contains("deployments: [NAME]") == true)
  }

  @Test func `a rule file may be for some deployments, and is not judged for others`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("quality.yaml", Self.rule)
    let rules = try RuleLoading.load(try configuration(folder, rules: "[{file: quality.yaml, deployments: [ours]}]"))
    let fell = Measurement(
      measure: "performance.accuracy", window: Window(start: .distantPast, end: .now), value: 0.5, n: 500, verdict: .changed, signature: "s")
    for (name, fires) in [("ours", true), ("theirs", false)] {
      let judgement = rules.judge([fell], alerts: [], deployment: name, at: .now) { $0 }
      #expect(judgement.alerts.contains { $0.state == .firing } == fires)
    }
  }

  @Test func `a deployment that a rule file names must be there`() throws {
    let folder = try TemporaryFolder()
    let faults = try #require(throws: DocumentFaults.self) {
      try configuration(folder, rules: "[{file: a.yaml, deployments: [their]}, {file: b.yaml, deployments: []}]")
    }
    #expect(faults.description.contains("there is no deployment \"their\""))
    #expect(faults.description.contains("did you mean \"theirs\"?"))
    #expect(faults.description.contains("deployments names nobody"))
  }

  @Test func `the shipped rules for remote models can be loaded for one`() throws {
    let folder = try TemporaryFolder()
    let shipped = TestSupport.rules.path
    let rules = try RuleLoading.load(
      try configuration(folder, rules: "[\(shipped)/drift.yaml, {file: \(shipped)/quality.yaml, deployments: [ours]}, \(shipped)/remote.yaml]"))
    #expect(rules.rules.contains { $0.then == .retrain && $0.deployments == ["ours"] })
  }

  @Test func `what a model cannot tell is a measurement without value that never changes an alert, not even one of missing data`() throws {
    let window = Window(start: .distantPast, end: .now)
    let found = Measurement(
      measure: "drift.input.embedding", window: window, value: nil, n: 0, referenceN: 0, verdict: .insufficient, rowsNeeded: 50, signature: "s")
    let other = Measurement(measure: "drift.input.length", window: window, value: 3, n: 5, verdict: .unchanged, signature: "s")
    let limits = ModelLimits([CannotMeasure(.embeddings, model: "router", why: "the API does not give hidden states")])
    let applied = limits.applied(to: [found, other])
    #expect(applied[0].cannotMeasure == "cannot measure embeddings of router: the API does not give hidden states")
    #expect(applied[0].rowsNeeded == nil && applied[0].value == nil && applied[0].verdict == .insufficient)
    #expect(applied[1] == other)

    let folder = try TemporaryFolder()
    let text = Self.rule.replacing("performance.accuracy", with: "drift.input.embedding").replacing("then: retrain", with: "on_no_data: alert")
    _ = try folder.file("drift.yaml", text)
    let rules = try RuleLoading.load(try configuration(folder, rules: "[drift.yaml]"))
    let alert = try #require(rules.judge(applied, alerts: [], deployment: "theirs", at: .now) { $0 }.alerts.first)
    #expect(alert.state == .inactive)
    #expect(alert.lastError == applied[0].cannotMeasure)
  }

  @Test func `only the latest slot waits for a server, and ever longer`() {
    let now = Date(timeIntervalSince1970: 7_300)
    let hour = Period(seconds: 3_600)
    #expect(Scheduler.patience(slot: Date(timeIntervalSince1970: 7_200), every: hour, now: now) == .wait)
    guard case .stepAside = Scheduler.patience(slot: Date(timeIntervalSince1970: 3_600), every: hour, now: now) else {
      Issue.record("an earlier slot waits")
      return
    }
    #expect([0, 60, 86_400].map { JobWorker.pause(outage: $0) } == [5, 15, 300])
  }
}
