package import Records

/// A value that a measure had when the model was new: on the gate's items or on the reference.
package struct BaselineValue: Sendable, Hashable, Codable {
  package var measure: String
  package var slice: Slice
  package var value: Double
  /// 95% interval.
  package var lower: Double?
  package var upper: Double?
  /// Rows it rests on; it is itself an estimate, and comparisons count its error too.
  package var n: Int
  package var model: String

  package init(measure: String, slice: Slice = .all, value: Double, lower: Double? = nil, upper: Double? = nil, n: Int, model: String) {
    self.measure = measure
    self.slice = slice
    self.value = value
    self.lower = lower
    self.upper = upper
    self.n = n
    self.model = model
  }
}

/// Baseline values by measure and slice; the last one given for a name counts.
package struct Baselines: Sendable, Hashable, Codable {
  package private(set) var values: [BaselineValue]

  package init(_ values: [BaselineValue] = []) { self.values = values }

  package func value(_ measure: String, _ slice: Slice = .all, model: String) -> BaselineValue? {
    values.last { $0.measure == measure && $0.slice == slice && $0.model == model }
  }
}

package enum Baseline {
  /// Accuracy, macro F1 and the gaps of every protected group on labelled observations of one model, with their n: what later windows compare with.
  /// Groups below `minimumGroupRows` have no gap yet and are left out.
  package static func compute(_ observations: [Observation], model: String, _ settings: MeasureSettings) -> Baselines {
    let sorted = MeasureInput.sorted(observations.filter { $0.prediction.model == model })
    let answers = Labelled.of(sorted)
    var values: [BaselineValue] = []
    for estimate in [Accuracy.estimate(answers), MacroF1.estimate(answers, seed: settings.seed)].compactMap(\.self) {
      values.append(estimate.baseline(model))
    }
    for column in settings.protectedColumns {
      let groups = Groups(answers, column: column)
      for name in groups.names {
        let (inside, outside) = groups.split(name)
        guard min(inside.count, outside.count) >= settings.minimumGroupRows else { continue }
        let slice = Slice([column: name.string])
        for gap in [
          AccuracyGap.estimate(inside, outside, slice),
          TruePositiveRateGap.estimate(inside, outside, slice, settings),
        ].compactMap(\.self) {
          values.append(gap.baseline(model))
        }
      }
    }
    return Baselines(values)
  }
}

/// A value with its interval and rows, before it is compared with anything.
struct Estimate {
  var measure: String
  var slice: Slice = .all
  var value: Double
  var lower: Double?
  var upper: Double?
  var n: Int

  func baseline(_ model: String) -> BaselineValue {
    BaselineValue(measure: measure, slice: slice, value: value, lower: lower, upper: upper, n: n, model: model)
  }
}
