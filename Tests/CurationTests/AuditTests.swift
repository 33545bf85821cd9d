import Curation
import Records
import Testing

@Suite struct AuditTests {
  private let audit = Audit(
    labels: ["billing", "network"], protected: [ProtectedTexts(name: "suite core", texts: ["My router drops the line every evening at nine, why?"])])

  private func row(_ key: String, _ input: String, _ label: String) -> TrainingRow {
    TrainingRow(key: key, input: input, label: label, origin: TrainingRow.production)
  }

  @Test func `every row is kept or left out for a reason`() {
    let rows = [
      row("1", "I was charged twice for March", "billing"), row("2", "  ...!? ", "billing"), row("3", "no signal at all", ""),
      row("4", "please call me", "unheard-of"), row("5", "I WAS charged twice, for march!", "billing"),
      row("6", "the line is dead", "network"), row("7", "The line is dead.", "billing"),
      row("8", "my router drops the line every evening at nine why", "network"),
    ]
    let (kept, report) = audit.inspect(rows)
    #expect(kept.map(\.key) == ["1"])
    #expect(report.rows == report.kept + report.faults.values.reduce(0, +))
    #expect(
      report.faults == [
        "empty_input": 1, "empty_label": 1, "unknown_label": 1, "duplicate": 1, "contradictory": 2, "contaminated": 1,
      ])
  }

  @Test func `a text with one word changed is a near-duplicate, and under another label it is kept`() {
    let long = "good morning I would like to know why the last invoice of my broadband contract is higher than the one before it"
    let rows = [row("1", long, "billing"), row("2", long + " thanks", "billing"), row("3", long + " please", "network")]
    let (kept, report) = audit.inspect(rows)
    #expect(kept.map(\.key) == ["1", "3"])
    #expect(report.faults == ["near_duplicate": 1])
  }

  @Test func `thirteen words shared with a suite are contamination, twelve are not`() {
    let words = (1...30).map { "word\($0)" }
    let audit = Audit(labels: [], protected: [ProtectedTexts(name: "s", texts: [words.joined(separator: " ")])])
    let thirteen = (["a", "b", "c", "d", "e", "f", "g", "h"] + words[0..<13]).joined(separator: " ")
    let twelve = (["a", "b", "c", "d", "e", "f", "g", "h"] + words[0..<12]).joined(separator: " ")
    let (kept, report) = audit.inspect([row("1", thirteen, "x"), row("2", twelve, "x")])
    #expect(kept.map(\.key) == ["2"])
    #expect(report.examples.first?.note == "s holds a run of 13 words")
  }

  @Test func `no rows are no faults`() {
    let (kept, report) = audit.inspect([])
    #expect(kept.isEmpty && report.faults.isEmpty)
  }
}

@Suite struct SplitTests {
  @Test func `near-duplicates land in the same part and replayed rows never in the gate's`() {
    var rows: [TrainingRow] = []
    for number in 0..<400 {
      let text =
        "message number \(number) says that device \(number * 7) of customer \(number * 13) shows colour \(number % 5) since day \(number % 11)"
      rows.append(TrainingRow(key: "a\(number)", input: text, label: "x", origin: TrainingRow.production))
      rows.append(
        TrainingRow(key: "b\(number)", input: text.uppercased(), label: "x", origin: number % 2 == 0 ? TrainingRow.original : TrainingRow.production))
    }
    let parts = SplitPlan().split(rows, seed: 3)
    #expect(parts.values.map(\.count).reduce(0, +) == rows.count)
    #expect(parts[.gate]!.allSatisfy { $0.origin == TrainingRow.production })
    let trained = Set((parts[.train]! + parts[.valid]!).filter { $0.origin == TrainingRow.production }.map { TextForm.normalised($0.input) })
    let judged = Set(parts[.gate]!.map { TextForm.normalised($0.input) })
    #expect(trained.isDisjoint(with: judged))
    let share = Double(parts[.gate]!.count) / Double(rows.count { $0.origin == TrainingRow.production })
    #expect(abs(share - 0.25) < 0.08)
  }
}
