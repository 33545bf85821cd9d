/// How measures decide; one for a deployment, the same for every window.
package struct MeasureSettings: Sendable, Hashable, Codable {
  /// The false-alarm probability that each look at each measurement may have. The default, 1e-4, is for a dozen measurements looked at once or twice a
  /// day for a quarter: about 2,000 looks, of which 0.2 would alarm by chance (fewer, since windows overlap and the effect must reach its tolerance too).
  package var alpha: Double
  /// Tolerances that differ from `defaultTolerances`, by measure.
  package var tolerances: [String: Double]
  /// Fewer rows in the window than this: `insufficient`.
  package var minimumRows: Int
  /// Fewer rows in the reference than this: `insufficient`.
  package var minimumReferenceRows: Int
  /// Fewer labelled rows in a group (or in the rest) than this: `insufficient`. At 60 rows a 20-point gap is just visible at alpha 1e-4.
  package var minimumGroupRows: Int
  /// A label enters the true-positive rate gap only with this many true cases in the group and as many in the rest.
  package var minimumPositives: Int
  /// The columns that bias is measured over.
  package var protectedColumns: [String]
  /// The metadata columns that drift is measured over; nil means every column that the reference or the window has.
  package var columns: [String]?
  /// The task's labels; their order is the order of `Prediction.probabilities`.
  package var taskLabels: [String]
  /// Seeds every resampling; the same seed and rows give the same bytes.
  package var seed: UInt64

  package init(
    alpha: Double = 1e-4, tolerances: [String: Double] = [:], minimumRows: Int = 50, minimumReferenceRows: Int = 100, minimumGroupRows: Int = 60,
    minimumPositives: Int = 5, protectedColumns: [String] = [], columns: [String]? = nil, taskLabels: [String] = [], seed: UInt64 = 1
  ) {
    self.alpha = alpha
    self.tolerances = tolerances
    self.minimumRows = minimumRows
    self.minimumReferenceRows = minimumReferenceRows
    self.minimumGroupRows = minimumGroupRows
    self.minimumPositives = minimumPositives
    self.protectedColumns = protectedColumns
    self.columns = columns
    self.taskLabels = taskLabels
    self.seed = seed
  }

  /// The smallest effects that matter, in each measure's own unit of effect.
  package static let defaultTolerances: [String: Double] = [
    // Standard deviations of the reference; a fifth of one is Cohen's "small".
    "drift.input.length": 0.2,
    "drift.input.surprisal": 0.2,
    // Jensen-Shannon distance (natural logarithm). The field's 0.1 is for distances that still hold their sampling noise; ours has it taken off, and clean
    // windows of 250 messages stay below 0.04. A word that turns up in every fifteenth place of a third of the messages is at about 0.09.
    "drift.input.tokens": 0.06,
    // Total variation: one row in ten has changed category.
    "drift.input.column": 0.1,
    "drift.output.labels": 0.1,
    // Distance of means in kernel space over the reference's spread.
    "drift.input.embedding": 0.1,
    // Mean distance of confidences, in units of probability.
    "drift.output.confidence": 0.05,
    // Points of accuracy or F1 lost.
    "performance.accuracy": 0.05,
    "performance.f1_macro": 0.05,
    // Points by which a group is served worse than the rest.
    "bias.accuracy_gap": 0.08,
    "bias.true_positive_rate_gap": 0.08,
    // Shares of rows.
    "health.failures": 0.02,
    "health.production_agreement": 0.05,
  ]

  /// The tolerance in force; nil for measures that only inform.
  package func tolerance(_ measure: String) -> Double? { tolerances[measure] ?? MeasureSettings.defaultTolerances[measure] }
}
