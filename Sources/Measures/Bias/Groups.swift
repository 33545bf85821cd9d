import Records
import Statistics

/// Labelled rows by the groups of one protected column. A missing value is a group of its own: whoever left the field empty is served too.
struct Groups {
  let column: String
  /// Groups with at least one labelled row, sorted.
  let names: [Text]
  private let rows: Labelled
  private let group: [Int]

  init(_ rows: Labelled, column: String) {
    let values = rows.columns.map { $0[column].map(Text.init) ?? .missing }
    let names = Set(values).sorted()
    let codes = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    self.column = column
    self.names = names
    self.rows = rows
    group = values.compactMap { codes[$0] }
  }

  /// The group's rows and everybody else's; the group may be one without labelled rows.
  func split(_ name: Text) -> (inside: Labelled, outside: Labelled) {
    let code = names.firstIndex(of: name) ?? -1
    return (rows.subset(group.indices.filter { group[$0] == code }), rows.subset(group.indices.filter { group[$0] != code }))
  }

  func slice(_ name: Text) -> Slice { Slice([column: name.string]) }

  /// Accuracy by group, for the detail of every bias measure.
  var accuracies: [GroupValue] {
    names.map { name in
      let estimate = Accuracy.estimate(split(name).inside)
      return GroupValue(slice: slice(name), value: estimate?.value, lower: estimate?.lower, upper: estimate?.upper, n: estimate?.n ?? 0)
    }
  }

  /// All groups to report on: those of any row of the window or the reference, labelled or not, so that a group without labels is said to be unmeasured.
  static func all(_ input: MeasureInput, column: String) -> [Text] {
    Set((input.current + input.reference).map { $0.sample.columns[column].map(Text.init) ?? .missing }).sorted()
  }

  /// How many separate comparisons "each group with the rest" are: two groups mirror each other and are one.
  static func comparisons(_ groups: Int) -> Int { groups <= 2 ? 1 : groups }
}

extension MeasureInput {
  /// The gap this model had at its gate, or else on the reference, if that had enough rows.
  func baselineGap(_ measure: String, _ slice: Slice, onReference: () -> Estimate?) -> BaselineValue? {
    baselines.value(measure, slice, model: model) ?? onReference()?.baseline(model)
  }
}
