import Records

/// A prediction whose truth has arrived, as whole numbers: what accuracy, F1 and the gaps are computed from.
///
/// Inputs that could not be run have no answer and are left out: `health.failures` counts them.
struct Labelled {
  /// Every label and answer, sorted; codes are places in it.
  let names: [Text]
  let labels: [Int]
  let answers: [Int]
  let columns: [[String: String]]

  var count: Int { labels.count }

  static func of(_ observations: [Observation]) -> Labelled {
    let rows = observations.compactMap { observation -> (Text, Text, [String: String])? in
      guard let label = observation.sample.label, let answer = observation.prediction.answer else { return nil }
      return (Text(label), Text(answer), observation.sample.columns)
    }
    let names = Set(rows.map(\.0)).union(rows.map(\.1)).sorted()
    let codes = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return Labelled(
      names: names, labels: rows.compactMap { codes[$0.0] }, answers: rows.compactMap { codes[$0.1] }, columns: rows.map(\.2))
  }

  func isRight(_ row: Int) -> Bool { labels[row] == answers[row] }

  var right: Int { labels.indices.count { isRight($0) } }

  /// Some of the rows, without their columns, which nobody asks a part for.
  func subset(_ rows: [Int]) -> Labelled {
    Labelled(names: names, labels: rows.map { labels[$0] }, answers: rows.map { answers[$0] }, columns: [])
  }
}
