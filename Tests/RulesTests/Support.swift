import Documents
import Foundation
import Records

@testable import Rules

/// The measures that the tests know, with the ranges of their values.
let knownMeasures = MeasureNames(
  [
    "traffic.rows", "drift.input.length", "drift.input.tokens", "drift.input.column", "drift.input.surprisal", "drift.input.embedding",
    "drift.output.labels", "drift.output.confidence", "bias.accuracy_gap", "bias.true_positive_rate_gap", "bias.accuracy_difference",
  ].map { MeasureNames.Entry($0) }
    + ["performance.accuracy", "performance.f1_macro", "performance.label_coverage", "health.failures", "health.production_agreement"].map {
      MeasureNames.Entry($0, range: 0...1)
    })

/// Hour `hours` after the beginning of the tests' time.
func hour(_ hours: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + hours * 3_600) }

func measurement(
  _ measure: String = "performance.accuracy", _ slice: [String: String] = [:], value: Double? = 0.9, lower: Double? = nil, upper: Double? = nil,
  n: Int = 500, reference: Double? = 0.9, effect: Double? = nil, tolerance: Double? = nil, pValue: Double? = nil, eValue: Double? = nil,
  verdict: Verdict = .unchanged, end: Date = hour(0)
) -> Records.Measurement {
  Measurement(
    measure: measure, slice: Slice(slice), window: Window(start: end.addingTimeInterval(-43_200), end: end), value: value, lower: lower, upper: upper,
    n: n, reference: reference, effect: effect, tolerance: tolerance,
    evidence: pValue == nil && eValue == nil ? nil : Evidence(test: "test", statistic: 1, pValue: pValue, eValue: eValue), verdict: verdict,
    signature: "test")
}

/// A rule file with one rule, whose keys are `keys`, one a line.
func oneRule(_ keys: String) -> String {
  let body = keys.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n        ")
  return "groups:\n  - name: g\n    rules:\n      - \(body)\n"
}

func check(_ text: String, path: String = "r.yaml") throws(DocumentFaults) -> RuleSet {
  try RuleChecker(measures: knownMeasures).check([RuleSource(path: path, text: text)])
}

/// What is wrong with a file, as people see it.
func faults(_ text: String, path: String = "r.yaml") -> [String] {
  do {
    _ = try check(text, path: path)
    return []
  } catch {
    return error.faults.map(\.description)
  }
}

/// The folder with the rules that are shipped.
let shippedRules = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Rules")
