import Foundation
import Records

@testable import Reports

/// Foundation has another one, of lengths and temperatures.
typealias Measurement = Records.Measurement

/// Reports with numbers as the help desk would give them, the same at every call.
enum Samples {
  static let start = Date(timeIntervalSince1970: 1_767_225_600)  // 2026-01-01

  static func day(_ day: Double) -> Date { start.addingTimeInterval((day - 1) * 86400) }

  /// A number in -1...1 that looks random and is the same everywhere.
  static func noise(_ i: Int, _ seed: Int = 1) -> Double {
    var x = UInt64(bitPattern: Int64(i &+ 1)) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(bitPattern: Int64(seed)) &* 0xd1b5_4a32_d192_ed03
    x ^= x >> 33
    x = x &* 0xff51_afd7_ed55_8ccd
    x ^= x >> 33
    x = x &* 0xc4ce_b9fe_1a85_ec53
    x ^= x >> 33
    return Double(x >> 11) / Double(1 << 52) - 1
  }

  static func measurement(
    _ measure: String = "performance.accuracy", slice: Slice = .all, value: Double? = 0.812, reference: Double? = 0.931, n: Int = 412,
    verdict: Verdict = .changed, detail: MeasurementDetail? = nil
  ) -> Measurement {
    Measurement(
      measure: measure, slice: slice, window: Window(start: day(15), end: day(16)), value: value, lower: value.map { $0 - 0.031 },
      upper: value.map { $0 + 0.028 }, n: n, reference: reference, referenceN: 3920, effect: value.flatMap { v in reference.map { v - $0 } },
      tolerance: 0.03, evidence: Evidence(test: "two_proportion_z", statistic: -8.14, pValue: 1.2e-9, eValue: 5210), verdict: verdict,
      detectableEffect: 0.041, rowsNeeded: verdict == .insufficient ? 180 : nil, signature: "accuracy|wilson95|holm|v1", model: "9f2c41d07ab35e68",
      detail: detail)
  }

  static func alert(
    state: AlertState = .firing, measure: String = "performance.accuracy", slice: Slice = .all, measurement: Measurement? = measurement()
  ) -> Alert {
    Alert(
      fingerprint: "3f9a77c1d2e4b805", deployment: "helpdesk", rule: "accuracy-fell", measure: measure, slice: slice, severity: .critical,
      labels: ["team": "support-ml"], annotations: [:], state: state, activeAt: state == .inactive ? nil : day(15.5),
      firedAt: state == .firing || state == .resolved ? day(16) : nil, resolvedAt: state == .resolved ? day(18.25) : nil,
      lastEvaluatedAt: day(16), measurement: measurement, sequence: 2)
  }

  static func history(days: Int = 16, dropAt: Int = 15) -> [AlertReport.HistoryPoint] {
    (0..<(days * 4)).map { i in
      let dropped = i >= (dropAt - 1) * 4
      let value = (dropped ? 0.815 : 0.93) + 0.014 * noise(i)
      let few = i == 21 || i == 22
      return .init(
        at: day(1 + Double(i + 1) / 4), value: i == 33 ? nil : value, lower: value - (few ? 0.09 : 0.026),
        upper: min(1, value + (few ? 0.06 : 0.022)),
        verdict: few ? .insufficient : dropped ? .changed : .unchanged, n: few ? 23 : 400 + Int(40 * noise(i, 2)))
    }
  }

  static func alertReport(examples: [AlertReport.Example]? = nil, detail: MeasurementDetail? = nil) -> AlertReport {
    let categories = MeasurementDetail.categories([
      .init(name: "orbit", reference: 0.001, current: 0.092), .init(name: "dock", reference: 0.004, current: 0.071),
      .init(name: "pairing", reference: 0.006, current: 0.054), .init(name: "invoice", reference: 0.081, current: 0.052),
      .init(name: "parcel", reference: 0.092, current: 0.067), .init(name: "password", reference: 0.058, current: 0.041),
      .init(name: "(other)", reference: 0.758, current: 0.623),
    ])
    let m = measurement(detail: detail ?? categories)
    return AlertReport(
      deployment: "helpdesk", alert: alert(measurement: m),
      transitions: [
        .init(
          fingerprint: "3f9a77c1d2e4b805", sequence: 1, from: .inactive, to: .pending, at: day(15.5), reason: "condition held for the first time"),
        .init(fingerprint: "3f9a77c1d2e4b805", sequence: 2, from: .pending, to: .firing, at: day(16), reason: "condition held for 12h"),
      ],
      rule: .init(
        name: "accuracy-fell", file: "Rules/quality.yaml:14",
        text:
          "- alert: accuracy-fell\n  measure: performance.accuracy\n  when: verdict == changed and effect < -0.03\n  for: 12h\n  min_samples: 200\n  severity: critical\n  then: retrain"
      ),
      window: Window(start: day(15), end: day(16)), measurement: m, history: history(), referenceBand: 0.901...0.961,
      related: [
        measurement("drift.input.tokens", value: 0.214, reference: 0.02, n: 1204),
        measurement("drift.input.length", value: 0.131, reference: 0.015, n: 1204),
        measurement("performance.f1_macro", value: 0.774, reference: 0.928),
        measurement("performance.accuracy", slice: Slice(["channel": "email"]), value: 0.79, reference: 0.93, n: 201),
        measurement("drift.output.confidence", value: 0.19, reference: 0.02, n: 1204),
      ],
      examples: examples ?? [
        .init(
          key: "48213", time: day(15.61), text: "hi, my Orbit Dock wont pair since the update, light blinks amber — order 7741-A, pls help",
          columns: ["channel": "chat", "region": "north", "speech": "standard"], answer: "billing", label: "device-setup"),
        .init(
          key: "48307", time: day(15.66), text: "The Orbit hub you sent arrived but the dock is missing from the box. Can you send it separately?",
          columns: ["channel": "email", "region": "west", "speech": "standard"], answer: "returns", label: "missing-item"),
        .init(
          key: "48350", time: day(15.7), text: "kann the orbit be swopped for annither colour?",
          columns: ["channel": "web", "region": "north", "speech": "regional"],
          answer: "exchange", label: "exchange"),
        .init(
          key: "48377", time: day(15.72), text: "orbit dock firmware??", columns: ["channel": "chat", "region": "east", "speech": "standard"],
          answer: "password", label: nil),
      ], model: "9f2c41d07ab35e68", modelNote: "llama-helpdesk base with adapter routing-v1, promoted 2025-12-20 09:00 UTC",
      actions: [
        "A retraining is queued: 4,210 labelled rows of the last 14 days and 2,000 of the original training rows.",
        "The gate compares the challenger with the champion on 1,480 items; it is promoted only if it is not worse anywhere and better here.",
        "If it is refused, the champion stays and you get the reason.",
      ], command: "vigil evaluate --deployment helpdesk --measure performance.accuracy --from 2026-01-15T00:00:00Z --to 2026-01-16T00:00:00Z",
      generatedAt: day(16.01))
  }

  static func check(
    _ name: String, _ slice: Slice = .all, _ champion: Double, _ challenger: Double, _ half: Double, n: Int, margin: Double = 0.02,
    role: String = "guard",
    passed: Bool = true, reason: String = "the interval clears the margin"
  ) -> GateCheck {
    GateCheck(
      name: name, slice: slice, champion: champion, challenger: challenger, difference: challenger - champion, lower: challenger - champion - half,
      upper: challenger - champion + half, n: n, margin: margin, role: role, passed: passed, reason: reason,
      signature: "paired|newcombe|bonferroni(8)|95%")
  }

  static func gateReport(promoted: Bool = true) -> GateReport {
    let checks =
      promoted
      ? [
        check("recent.accuracy", .all, 0.812, 0.927, 0.021, n: 1480, role: "target"), check("suite.core.accuracy", .all, 0.951, 0.949, 0.008, n: 600),
        check("forgetting.accuracy", .all, 0.934, 0.93, 0.011, n: 1000),
        check("recent.accuracy", Slice(["speech": "regional"]), 0.771, 0.861, 0.052, n: 260, margin: 0.05),
        check("bias.accuracy_difference", Slice(["speech": "*"]), 0.041, 0.038, 0.018, n: 1480, margin: 0.03),
      ]
      : [
        check("suite.core.accuracy", .all, 0.949, 0.871, 0.019, n: 600, passed: false, reason: "may be worse by up to 0.097, where 0.02 is accepted"),
        check(
          "forgetting.accuracy", .all, 0.93, 0.842, 0.02, n: 1000, passed: false, reason: "may be worse by up to 0.108, where 0.02 is accepted"),
        check(
          "recent.accuracy", .all, 0.918, 0.921, 0.024, n: 940, role: "target", passed: false, reason: "not shown to be better: the interval holds 0"),
        check("bias.accuracy_difference", Slice(["speech": "*"]), 0.038, 0.04, 0.02, n: 940, margin: 0.03),
      ]
    let loss = (0...220).map { i -> GateReport.LossPoint in
      let falling: Double = 2.1 * exp(-Double(i) / 28)
      return .init(step: i * 2, loss: 0.32 + falling + 0.06 * noise(i, 3))
    }
    let validation = (0...11).map { i -> GateReport.LossPoint in
      let falling: Double = 1.9 * exp(-Double(i) / 1.7)
      return .init(step: i * 40, loss: 0.41 + falling + 0.012 * Double(max(0, i - 8)))
    }
    return GateReport(
      deployment: "helpdesk",
      decision: GateDecision(
        id: "d41c7709b2aa61f0", deployment: "helpdesk", champion: "9f2c41d07ab35e68", challenger: promoted ? "b7710e4c9d2f8a13" : "0c5be2917f64d3aa",
        promoted: promoted, checks: checks,
        summary: promoted
          ? "accuracy on recent traffic rises from 0.812 to 0.927 and nothing guarded gets worse."
          : "accuracy on suite core falls from 0.949 to 0.871 (95% at least 0.059 worse), and 37 % of the newest labels contradict the model and each other.",
        decidedAt: day(16.4)), trigger: promoted ? "alert accuracy-fell" : "by hand: retrain requested on day 30",
      run: .init(
        id: "run-2026-01-16-01", trainingRows: 5589, validationRows: 621, epochs: 2, steps: 440, tokens: 412_880, seconds: 61, loss: loss,
        validation: validation, bestStep: 320, stoppedEarly: true,
        settings: ["learning_rate": "3e-4", "lora.r": "16", "lora.lora_alpha": "32", "num_train_epochs": "3", "seed": "7"]),
      dataset: .init(
        id: "77aa02d4c0f19b3e", rows: 6210, origins: ["production": 4210, "original": 2000],
        labels: ["billing": 812, "returns": 640, "device-setup": 590, "missing-item": 511],
        audit: [
          .init(name: "near-duplicate", count: 312, note: "kept one of each group"),
          .init(name: "contradictory labels", count: 14, note: "same text, two answers: left out"),
          .init(name: "overlap with suite core", count: 0),
        ]),
      lineage: [
        .init(role: "base", id: "5d0cc1f7e4a2b930", note: "llama-helpdesk, 4.2M parameters"),
        .init(role: "champion", id: "9f2c41d07ab35e68", note: "adapter routing-v1"),
        .init(role: "dataset", id: "77aa02d4c0f19b3e"), .init(role: "challenger", id: "b7710e4c9d2f8a13"),
      ], command: "vigil models compare 9f2c41d07ab35e68 b7710e4c9d2f8a13", generatedAt: day(16.41))
  }

  static func loopReport() -> LoopReport {
    func series(
      _ name: String, perDay: Int = 2, from: Double = 2, _ value: (Double) -> Double, _ half: Double, _ spread: Double, seed: Int,
      limit: Double? = nil
    ) -> LoopReport.Panel.Series {
      .init(
        name: name,
        points: (0..<Int((40 - from) * Double(perDay))).map { i in
          let day = from + Double(i + 1) / Double(perDay)
          let v = value(day) + spread * noise(i, seed)
          return .init(
            at: self.day(day), value: v, lower: max(0, v - half), upper: v + half,
            verdict: limit.map { (v > $0) ? .changed : .unchanged } ?? .unchanged, n: 380)
        })
    }
    func accuracy(_ d: Double) -> Double { d < 15 ? 0.93 : d < 17.2 ? 0.81 : d < 22 ? 0.925 : d < 25.5 ? 0.895 : 0.921 }
    func regional(_ d: Double) -> Double { d < 22 ? 0.86 : d < 25.5 ? 0.775 : 0.884 }
    let events: [TimelineEvent] = [
      .init(kind: .planted, time: day(12), label: "volume doubles", key: "A"), .init(kind: .planted, time: day(15), label: "new product", key: "B"),
      .init(kind: .planted, time: day(22), label: "regional speech grows", key: "C"),
      .init(kind: .planted, time: day(30), label: "wrong labels", key: "D"),
      .init(kind: .firing, time: day(15.5), label: "words of the inputs", key: "1"), .init(kind: .firing, time: day(16), label: "accuracy", key: "2"),
      .init(kind: .firing, time: day(23.6), label: "accuracy gap, speech", key: "3"),
      .init(kind: .resolved, time: day(18), label: "2 resolved", key: ""),
      .init(kind: .resolved, time: day(27), label: "3 resolved", key: ""), .init(kind: .promotion, time: day(17.2), label: "b7710e4c promoted"),
      .init(kind: .promotion, time: day(25.5), label: "e01a9c55 promoted"), .init(kind: .refusal, time: day(31), label: "0c5be291 refused"),
    ]
    let resolved = alert(state: .resolved)
    return LoopReport(
      deployment: "helpdesk", period: Window(start: day(1), end: day(41)), firstDay: day(1),
      facts: [
        .init("Rows seen", "48,210", note: "19,284 sampled, all accounted for"), .init("Labels", "17,902", note: "92.8 % within 3 days"),
        .init("Alerts", "3", note: "all resolved"),
        .init("Promoted", "2", note: "1 refused"), .init("Measurements", "6,412", note: "4 verdicts: changed"),
      ],
      panels: [
        .init(
          title: "Accuracy", kind: .quality, series: [series("all", accuracy, 0.022, 0.011, seed: 11)], reference: 0.931, referenceBand: 0.901...0.961
        ),
        .init(
          title: "Accuracy by speech", kind: .quality,
          series: [
            series("standard", { accuracy($0) + 0.008 }, 0.02, 0.01, seed: 12),
            series("regional", { min(regional($0), accuracy($0)) }, 0.05, 0.02, seed: 13),
          ]),
        .init(
          title: "Accuracy gap between speech groups", kind: .gap,
          series: [series("gap", { accuracy($0) + 0.008 - min(regional($0), accuracy($0) - 0.02) }, 0.045, 0.016, seed: 14, limit: 0.115)], limit: 0.1
        ),
        .init(
          title: "Input drift, distance from the reference", kind: .drift,
          series: [
            series("words (tokens)", { $0 < 15 ? 0.03 : 0.21 }, 0.01, 0.008, seed: 15),
            series("length", { $0 < 15 ? 0.02 : 0.09 }, 0.01, 0.006, seed: 16),
            series("column speech", { $0 < 22 ? 0.015 : 0.12 }, 0.01, 0.006, seed: 17),
          ], limit: 0.1),
        .init(title: "Rows a day", kind: .volume, series: [series("rows", perDay: 1, from: 0, { $0 < 12 ? 900 : 1800 }, 0, 90, seed: 18)]),
      ], events: events,
      planted: [
        .init(key: "A", what: "harmless: the volume doubles", began: day(12), noticed: nil, measure: "", done: "nothing, rightly", outcome: .quiet),
        .init(
          key: "B", what: "a new product with its own words in a third of the messages", began: day(15), noticed: day(15.5),
          measure: "drift.input.tokens {}",
          done: "retrained, b7710e4c promoted on day 17", outcome: .found),
        .init(
          key: "C", what: "the regional variety grows from 8 % to 30 %", began: day(22), noticed: day(23.6),
          measure: "bias.accuracy_difference {speech=\"regional\"}",
          done: "retrained with rebalanced data, e01a9c55 promoted", outcome: .found),
        .init(
          key: "D", what: "a batch of wrong labels, retraining by hand", began: day(30), noticed: day(31), measure: "suite.core.accuracy",
          done: "challenger 0c5be291 refused", outcome: .refused),
      ], falseAlarms: 0,
      alerts: [
        .init(
          alert: resolved, headline: "Accuracy fell from 0.931 to 0.812, since 2026-01-15 12:00 UTC, on 412 rows.",
          address: "alerts/3f9a77c1/report.html"),
        .init(
          alert: resolved,
          headline: "Accuracy gap between groups for speech “regional” widened from 0.031 to 0.142, since 2026-01-23 02:00 UTC, on 1,204 rows."),
      ],
      gates: [
        .init(decision: gateReport().decision, address: "gates/d41c7709/report.html"), .init(decision: gateReport(promoted: false).decision),
      ],
      versions: [
        ModelVersion(
          id: "9f2c41d07ab35e68", deployment: "helpdesk", basePath: "b", baseDigest: "5d0c", adapterPath: "a", adapterDigest: "11", status: .retired,
          createdAt: day(1), promotedAt: day(1)),
        ModelVersion(
          id: "b7710e4c9d2f8a13", deployment: "helpdesk", basePath: "b", baseDigest: "5d0c", adapterPath: "a", adapterDigest: "12",
          dataset: "77aa02d4c0f19b3e", run: "r1",
          status: .champion, createdAt: day(16.9), promotedAt: day(17.2)),
        ModelVersion(
          id: "0c5be2917f64d3aa", deployment: "helpdesk", basePath: "b", baseDigest: "5d0c", adapterPath: "a", adapterDigest: "13",
          dataset: "90ee02d4c0f19b3e", run: "r2",
          status: .refused, createdAt: day(30.9)),
      ], notes: ["vigil demo --seed 7"], generatedAt: day(41))
  }
}
