import Foundation
import Records
import Testing

@testable import Reports

@Suite struct ReportTests {
  static let all: [(String, any Report)] = [
    ("alert", Samples.alertReport()), ("promoted", Samples.gateReport()), ("refused", Samples.gateReport(promoted: false)),
    ("loop", Samples.loopReport()),
  ]

  @Test func `the same report gives the same bytes`() {
    for (_, report) in Self.all {
      #expect(report.html == report.html)
      #expect(report.jsonText == report.jsonText)
    }
    #expect(Samples.alertReport().html == Samples.alertReport().html)
    #expect(Samples.loopReport().markdown == Samples.loopReport().markdown)
  }

  @Test func `a page is one small file that loads and runs nothing`() {
    for (name, report) in Self.all {
      #expect(report.html.utf8.count < 300_000, "\(name)")
      #expect(report.html.contains("default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:"))
      for forbidden in ["<script", "<link", "<iframe", "@import", "url(", "src=", "http://", "https://"] {
        #expect(!report.html.contains(forbidden), "\(name) \(forbidden)")
      }
    }
  }

  @Test func `a history of ten thousand windows still fits the budget`() {
    var report = Samples.alertReport()
    report.history = (0..<10_000).map {
      .init(at: Samples.day(1 + Double($0) / 24), value: 0.9 + 0.05 * Samples.noise($0), lower: 0.85, upper: 0.95, verdict: .changed, n: 400)
    }
    #expect(report.html.utf8.count < 300_000)
  }

  @Test func `json is versioned, readable and null where a number is undefined`() throws {
    var report = Samples.alertReport()
    report.measurement?.value = nil
    report.measurement?.evidence = Evidence(test: "ks_2samp", statistic: .infinity, pValue: .nan)
    let value = try JSONForm.decoder().decode(JSONValue.self, from: Data(report.jsonText.utf8))
    #expect(value["schema"]?.stringValue == "vigil.report.alert/1")
    #expect(value["measurement"]?["value"] == .null)
    #expect(value["measurement"]?["evidence"]?["statistic"] == .null)
    #expect(value["measurement"]?["evidence"]?["p_value"] == .null)
    #expect(value["history"]?.arrayValue?.count == 64)
    #expect(value["generated_at"]?.stringValue == "2026-01-16T00:14:24.000Z")
  }

  // MARK: - Headlines

  @Test func `the first line says what, where, since when, by how much, on how many rows`() {
    #expect(Samples.alertReport().headline == "Accuracy fell from 0.931 to 0.812, since 2026-01-15 12:00 UTC, on 412 rows.")
    #expect(
      sentence("bias.accuracy_difference", Slice(["speech": "regional"]), value: 0.142, reference: 0.031)
        == "Accuracy gap between groups for speech “regional” widened from 0.031 to 0.142, since 2026-01-15 12:00 UTC, on 412 rows.")
    #expect(
      sentence("drift.input.length", value: 0.31, reference: nil)
        == "Length of the inputs moved away from the reference (distance 0.310, where 0.030 is tolerated), since 2026-01-15 12:00 UTC, on 412 rows.")
  }

  @Test(arguments: [
    ("drift.input.column", "Column “speech” moved away"), ("drift.input.surprisal", "Surprise of the model at the inputs (surprisal) for column"),
    ("drift.output.labels", "Mix of answers for column"), ("drift.input.tokens", "Words of the inputs (tokens) for column"),
    ("suite.core.f1_macro", "Macro F1 on suite core for column “speech” fell from"),
    ("bias.accuracy_gap", "Accuracy gap for column “speech” narrowed from"),
    ("health.production_agreement", "Agreement with the answers of production for"), ("kpi.csat", "Kpi.csat for column “speech” fell"),
  ]) func `every measure has a name that reads in a sentence`(measure: String, start: String) {
    let text = sentence(measure, Slice(["column": "speech"]), value: 0.2, reference: 0.4)
    #expect(text.hasPrefix(start), "\(text)")
  }

  private func sentence(
    _ measure: String, _ slice: Slice = .all, value: Double?, reference: Double?, state: AlertState = .firing, n: Int = 412,
    verdict: Verdict = .changed
  ) -> String {
    let m = Samples.measurement(measure, slice: slice, value: value, reference: reference, n: n, verdict: verdict)
    return AlertHeadline(alert: Samples.alert(state: state, measure: measure, slice: slice, measurement: m), measurement: m).sentence
  }

  @Test func `too little data is said, with how much more is needed`() {
    #expect(
      sentence("performance.accuracy", value: nil, reference: nil, n: 23, verdict: .insufficient)
        == "There is too little data to judge the accuracy: 23 rows, 180 more needed, since 2026-01-15 12:00 UTC.")
  }

  @Test func `a resolved alert says how it is now and how long it lasted`() {
    #expect(
      sentence("performance.accuracy", value: 0.929, reference: 0.931, state: .resolved)
        == "Resolved: accuracy is 0.929 (reference 0.931), after 2d 18h, on 412 rows.")
  }

  @Test func `an alert without any measurement still makes a report`() {
    var report = Samples.alertReport()
    report.measurement = nil
    report.alert.measurement = nil
    report.history = []
    report.examples = []
    report.related = []
    report.transitions = []
    #expect(report.headline.hasPrefix("Not firing") || report.headline.hasSuffix("accuracy."))
    #expect(report.html.contains("</html>"))
    #expect(!report.markdown.isEmpty)
  }

  @Test func `a gate report names its verdict first and what failed first`() {
    let refused = Samples.gateReport(promoted: false)
    #expect(refused.headline.hasPrefix("Refused: accuracy on suite core falls"))
    #expect(refused.checks.prefix(3).allSatisfy { !$0.passed })
    #expect(Samples.gateReport().headline.hasPrefix("Promoted: "))
  }

  @Test func `a loop report counts what was handled`() {
    var report = Samples.loopReport()
    #expect(report.headline == "All 4 planted changes handled, no false alarm; 1 challenger promoted, 1 refused in 40 days.")
    report.planted[1].outcome = .missed
    report.falseAlarms = 2
    #expect(report.headline.hasPrefix("3 of 4 planted changes handled, 2 false alarms"))
    report.planted = []
    #expect(report.headline == "40 days: 2 alerts, 1 challenger promoted, 1 refused.")
  }

  // MARK: - Figures and plots

  @Test(arguments: [
    (0.0, "0.000"), (-0.0001, "−1.00e-04"), (0.8124, "0.812"), (-0.119, "−0.119"), (42.31, "42.31"), (999.94, "999.9"), (5210, "5,210"),
    (.nan, "n/a"),
    (.infinity, "n/a"), (1e20, "1.00e+20"),
  ]) func `numbers have no false precision`(value: Double, text: String) {
    #expect(Figures.number(value) == text)
  }

  @Test func `durations use their two largest units`() {
    #expect([0.4, 12, 90, 3600, 90_000, 273_600].map { Figures.duration($0) } == ["0.4s", "12s", "2m", "1h", "1d 1h", "3d 4h"])
  }

  @Test func `ticks are round numbers inside the domain`() {
    let scale = LinearScale(domain: 0.78...0.97, from: 0, to: 100)
    #expect(scale.ticks(4).map(\.label) == ["0.80", "0.85", "0.90", "0.95"])
    #expect(LinearScale(domain: 0...0.21, from: 0, to: 1).ticks(3).map(\.label) == ["0.0", "0.1", "0.2"])
    #expect(LinearScale(domain: 5...5, from: 0, to: 1)(5) == 0.5)
  }

  @Test func `a plot survives no points, one point and equal values`() {
    for count in [0, 1, 2] {
      var report = Samples.alertReport(detail: .groups([]))
      report.history = (0..<count).map { .init(at: Samples.day(Double($0) + 1), value: 0.9, verdict: .unchanged, n: 1) }
      #expect(!report.html.contains("nan"))
    }
    var flat = Samples.alertReport(detail: .histogram(edges: [], reference: [], current: []))
    #expect(flat.html.contains("</html>"))
    flat.measurement?.detail = .histogram(edges: [1, 1], reference: [0], current: [0])
    #expect(flat.html.contains("</html>"))
  }
}
