import Curation
import Records
import Reports

/// Rows that show a person what an alert is about.
enum ExampleRows {
  /// At most ten: for quality and bias the latest wrong answers (of the slice), for drift of the words those that hold most of the telling words, for
  /// other drift the latest rows of the slice.
  static func typical(of alert: Alert, _ measured: Measured) -> [AlertReport.Example] {
    let inSlice = measured.current.filter { row in
      alert.slice.labels.allSatisfy { name, value in row.sample.columns[name] == nil || row.sample.columns[name] == value }
    }
    let latestFirst = inSlice.sorted { ($0.sample.time, $0.sample.key) > ($1.sample.time, $1.sample.key) }
    let chosen: [Observation]
    if alert.measure.hasPrefix("performance.") || alert.measure.hasPrefix("bias.") {
      chosen = latestFirst.filter { $0.sample.label != nil && $0.sample.label != $0.prediction.answer }
    } else if case .categories(let shares) = measured.measurements.first(where: { $0.measure == "drift.input.tokens" })?.detail,
      alert.measure.hasPrefix("drift.input.")
    {
      let telling = Set(shares.filter { $0.current > $0.reference }.prefix(20).map(\.name))
      chosen = latestFirst.map { row in (row, TextForm.words(row.sample.input).count(where: telling.contains)) }
        .sorted { $0.1 > $1.1 }.map(\.0)
    } else {
      chosen = latestFirst
    }
    return chosen.prefix(AlertReport.exampleLimit).map { row in
      AlertReport.Example(
        key: row.sample.key, time: row.sample.time, text: row.sample.input, columns: row.sample.columns, answer: row.prediction.answer,
        label: row.sample.label)
    }
  }
}
