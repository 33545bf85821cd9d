/// Whether something has changed; with too little data, that is the answer.
public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  /// The evidence is there and the effect exceeds the tolerance.
  case changed
  case unchanged
  /// Too few rows to tell; `Measurement.rowsNeeded` says how many more, or `cannotMeasure` why none would be enough.
  case insufficient
}

/// What speaks against "nothing changed".
public struct Evidence: Sendable, Hashable, Codable {
  /// The test, as the field names it: `ks_2samp`, `chi2_contingency`, `two_proportion_z`.
  public var test: String
  public var statistic: Double
  /// In 0...1, after the correction named in the measurement's signature.
  public var pValue: Double?
  /// At least 0; 1/e bounds the false-alarm probability at any stopping time.
  public var eValue: Double?

  public init(test: String, statistic: Double, pValue: Double? = nil, eValue: Double? = nil) {
    self.test = test
    self.statistic = statistic
    self.pValue = pValue
    self.eValue = eValue
  }
}

/// One value of a measure for one window and slice, with all that is needed to believe it.
public struct Measurement: Sendable, Hashable, Codable {
  /// `drift.input.length`, `performance.accuracy`, `bias.accuracy_difference`, `suite.core.accuracy`.
  public var measure: String
  public var slice: Slice
  public var window: Window
  /// nil where undefined (never NaN).
  public var value: Double?
  /// 95% interval around `value`.
  public var lower: Double?
  public var upper: Double?
  /// Rows the value rests on.
  public var n: Int
  /// The baseline: the same quantity measured on the reference, where there is one.
  public var reference: Double?
  public var referenceN: Int?
  /// Size of the change, in the unit that the signature names; compared with `tolerance`.
  public var effect: Double?
  /// The smallest effect that matters.
  public var tolerance: Double?
  public var evidence: Evidence?
  public var verdict: Verdict
  /// The smallest effect that 80% power would have seen with these rows.
  public var detectableEffect: Double?
  /// With `insufficient`: how many more rows are needed; nil where no number of rows would help.
  public var rowsNeeded: Int?
  /// Why this model cannot be measured so, whatever the rows; then there is no value, and the verdict is `insufficient`.
  public var cannotMeasure: String?
  /// Pins the definition: numbers with different signatures are never compared.
  public var signature: String
  /// Identity of the model the number is about; empty for measures of inputs alone.
  public var model: String
  public var detail: MeasurementDetail?

  public init(
    measure: String, slice: Slice = .all, window: Window, value: Double?, lower: Double? = nil, upper: Double? = nil, n: Int,
    reference: Double? = nil, referenceN: Int? = nil, effect: Double? = nil, tolerance: Double? = nil, evidence: Evidence? = nil, verdict: Verdict,
    detectableEffect: Double? = nil, rowsNeeded: Int? = nil, cannotMeasure: String? = nil, signature: String, model: String = "",
    detail: MeasurementDetail? = nil
  ) {
    self.measure = measure
    self.slice = slice
    self.window = window
    self.value = value
    self.lower = lower
    self.upper = upper
    self.n = n
    self.reference = reference
    self.referenceN = referenceN
    self.effect = effect
    self.tolerance = tolerance
    self.evidence = evidence
    self.verdict = verdict
    self.detectableEffect = detectableEffect
    self.rowsNeeded = rowsNeeded
    self.cannotMeasure = cannotMeasure
    self.signature = signature
    self.model = model
    self.detail = detail
  }
}

/// What a report draws beside the number.
public enum MeasurementDetail: Sendable, Hashable, Codable {
  /// Shares of each category, largest change first; what is left out is in the last, "(other)".
  case categories([CategoryShare])
  /// Counts a bin; `edges` has one more element than each count array.
  case histogram(edges: [Double], reference: [Double], current: [Double])
  /// One row a group.
  case groups([GroupValue])
}

public struct CategoryShare: Sendable, Hashable, Codable {
  public var name: String
  /// In 0...1.
  public var reference: Double
  public var current: Double

  public init(name: String, reference: Double, current: Double) {
    self.name = name
    self.reference = reference
    self.current = current
  }
}

public struct GroupValue: Sendable, Hashable, Codable {
  public var slice: Slice
  public var value: Double?
  public var lower: Double?
  public var upper: Double?
  public var n: Int

  public init(slice: Slice, value: Double?, lower: Double?, upper: Double?, n: Int) {
    self.slice = slice
    self.value = value
    self.lower = lower
    self.upper = upper
    self.n = n
  }
}
