package import Foundation
import Measures
package import Records

/// One item's answer.
package struct SuiteAnswer: Sendable, Hashable {
  package var item: LabelledItem
  package var prediction: Prediction

  package init(item: LabelledItem, prediction: Prediction) {
    self.item = item
    self.prediction = prediction
  }

  package var answer: String? { prediction.answer }
  package var correct: Bool { answer == item.label }

  /// As detectors see it; time and deployment play no part in scores.
  var observation: Observation {
    Observation(
      sample: Sample(
        key: item.key, deployment: "", time: .distantPast, input: item.input, columns: item.columns, inclusionProbability: 1, label: item.label,
        labelledAt: .distantPast),
      prediction: prediction)
  }
}

/// A suite as one model answered it.
package struct SuiteResult: Sendable {
  package var suite: Suite
  package var model: String
  package var answers: [SuiteAnswer]

  package init(suite: Suite, model: String, answers: [SuiteAnswer]) {
    self.suite = suite
    self.model = model
    self.answers = answers
  }

  /// `suite.NAME.METRIC` over everything, and over each slice the suite asks for. A suite has no reference: it is judged by rules on its value, and
  /// compared pair by pair at the gate.
  package func measurements(at time: Date) -> [Records.Measurement] {
    let groups: [(Slice, [SuiteAnswer])] =
      [(.all, answers)]
      + suite.slices.flatMap { column in
        Dictionary(grouping: answers.filter { $0.item.columns[column] != nil }) { Slice([column: $0.item.columns[column]!]) }
          .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      }
    return groups.flatMap { slice, answers in suite.metrics.map { measurement($0, slice, answers, at: time) } }
  }

  private func measurement(_ metric: Suite.Metric, _ slice: Slice, _ answers: [SuiteAnswer], at time: Date) -> Records.Measurement {
    let score = Measures.Baseline.compute(answers.map(\.observation), model: model, MeasureSettings()).value(metric.measure, model: model)
    return Records.Measurement(
      measure: "suite.\(suite.name).\(metric.rawValue)", slice: slice, window: Window(start: time, end: time), value: score?.value,
      lower: score?.lower,
      upper: score?.upper, n: answers.count, verdict: score == nil ? .insufficient : .unchanged,
      signature: "\(metric.rawValue)|suite:\(suite.name)@\(suite.digest.short)|v1", model: model)
  }
}

extension Suite.Metric {
  /// The measure of production rows that is computed the same way.
  fileprivate var measure: String { "performance.\(rawValue)" }
}

/// Runs suites on a predictor.
package enum SuiteRunner {
  package static func run(_ suite: Suite, on predictor: any Predictor) async throws -> SuiteResult {
    let predictions = try await predictor.predict(suite.items.map { PredictionRequest(key: $0.key, input: $0.input) })
    let answers = zip(suite.items, predictions).map { SuiteAnswer(item: $0, prediction: $1) }
    return SuiteResult(suite: suite, model: predictor.model, answers: answers)
  }
}
