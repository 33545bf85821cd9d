import Documents
import Records

/// A `*.test.yaml`: rules, made-up series, and which alerts they must lead to. promtool's `test rules` with measurements instead of metrics.
///
///     rule_files: [quality.yaml]
///     evaluation_interval: 12h
///     tests:
///       - name: a fall fires after the hold
///         interval: 12h                 # between samples; defaults to evaluation_interval
///         input_series:
///           - measure: performance.accuracy
///             slice: {region: north}
///             values: "0.93x3 0.70x3 _ insufficient error"
///             verdict: "unchangedx3 changedx3 unchangedx2 unchanged"
///             n: 400
///         alert_rule_test:
///           - eval_time: 2d
///             alertname: AccuracyFell
///             exp_alerts:
///               - slice: {region: north}
///                 state: firing
///
/// Time starts at 0. The sample at place k is measured at k × interval and is what every evaluation sees until the next; after the last there is none.
/// `n reference lower upper effect tolerance verdict p_value e_value` are series too: one sample stands for all, or there is one for each value.
/// Left out, `n` is 1000, `verdict` is `unchanged`, and the others are not measured.
/// `exp_alerts` lists the alerts of that name: every one must be there in its `state` (firing, when left out), and none may fire that is not listed.
package struct RuleTestFile: Sendable {
  package var path: String
  /// As written, relative to the test file.
  package var ruleFiles: [String]
  package var tests: [RuleTest]
}

package struct RuleTest: Sendable {
  struct Series: Sendable {
    var measure: String
    var slice: Slice
    var values: [SeriesItem]
    /// Other fields by name, each with one sample or as many as `values`.
    var fields: [String: [SeriesItem]]
  }

  /// One alert that must be there.
  struct ExpectedAlert: Sendable {
    /// nil when only labels are given.
    var slice: Slice?
    var labels: [String: String]
    var annotations: [String: String]
    var state: AlertState
  }

  struct Expectation: Sendable {
    var time: Period
    var alert: String
    var alerts: [ExpectedAlert]
    var line: Int
  }

  var name: String
  var line: Int
  var interval: Period
  var evaluationInterval: Period
  var series: [Series]
  var expectations: [Expectation]

  /// More evaluations than this are a slip of the pen.
  static let evaluationsMax = 100_000
}
