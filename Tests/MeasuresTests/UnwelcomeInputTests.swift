import Foundation
import Records
import Statistics
import Testing

@testable import Measures

@Suite struct UnwelcomeInputTests {
  static func observations(_ n: Int, _ edit: (inout Observation) -> Void = { _ in }) -> [Observation] {
    var world = World(seed: 41)
    return world.observations(n).map { observation in
      var edited = observation
      edit(&edited)
      return edited
    }
  }

  static func measure(_ reference: [Observation], _ current: [Observation]) -> [Measurement] {
    Detectors.measure(World.input(reference: reference, current: current), World.settings)
  }

  /// Whatever comes in, what goes out can be stored: no NaN, intervals in order, p in 0...1.
  static func check(_ measurements: [Measurement], _ name: String) throws {
    #expect(!measurements.isEmpty)
    for m in measurements {
      let numbers = [m.value, m.lower, m.upper, m.reference, m.effect, m.tolerance, m.detectableEffect, m.evidence?.statistic, m.evidence?.pValue]
      #expect(numbers.allSatisfy { $0?.isFinite ?? true }, "\(name): \(m)")
      if let lower = m.lower, let upper = m.upper { #expect(lower <= upper, "\(name): \(m.measure)") }
      if let p = m.evidence?.pValue { #expect(p >= 0 && p <= 1, "\(name): \(m.measure)") }
      if m.verdict == .insufficient { #expect((m.rowsNeeded ?? 0) > 0, "\(name): \(m.measure)") }
      _ = try JSONForm.text(m)
    }
  }

  @Test func `nothing against nothing is insufficient everywhere`() throws {
    let found = Self.measure([], [])
    try Self.check(found, "empty")
    #expect(found.allSatisfy { $0.verdict == .insufficient || $0.measure == "traffic.rows" })
  }

  @Test func `an empty window, an empty reference and single rows never crash`() throws {
    let some = Self.observations(200)
    for (name, reference, current) in [
      ("empty window", some, []), ("empty reference", [], some), ("one row", some, Array(some.prefix(1))),
      ("one reference row", Array(some.prefix(1)), some),
      ("one and one", Array(some.prefix(1)), Array(some.prefix(1))), ("two and two", Array(some.prefix(2)), Array(some.prefix(2))),
    ] {
      let found = Self.measure(reference, current)
      try Self.check(found, name)
      #expect(found.changed.isEmpty, "\(name)")
    }
    #expect(Self.measure(some, Array(some.prefix(30))).of("drift.input.tokens")?.rowsNeeded == 20)
    #expect(Self.measure(Array(some.prefix(60)), some).of("drift.input.tokens")?.rowsNeeded == 40)
  }

  @Test func `one class only, constant inputs and equal embeddings are unchanged`() throws {
    let same = Self.observations(200) { observation in
      observation.sample.label = "billing"
      observation.prediction.answer = "billing"
      observation.sample.input = "same"
      observation.sample.columns = ["speech": "standard"]
      observation.prediction.embedding = [1, 2, 3]
      observation.prediction.inputSurprisal = 1
      observation.prediction.probabilities = [1]
      observation.sample.productionAnswer = "billing"
    }
    let found = Self.measure(same, same)
    try Self.check(found, "constant")
    #expect(found.changed.isEmpty)
    #expect(found.of("performance.accuracy")?.value == 1 && found.of("performance.f1_macro")?.value == 1)
  }

  @Test func `two heaps of equal embeddings and of equal texts are as different as can be`() throws {
    let before = Self.observations(200) {
      $0.prediction.embedding = [0, 0]
      $0.sample.input = "alpha"
    }
    let now = Self.observations(200) {
      $0.prediction.embedding = [1, 0]
      $0.sample.input = "beta"
    }
    let found = Self.measure(before, now)
    try Self.check(found, "heaps")
    #expect(found.of("drift.input.embedding")?.verdict == .changed && found.of("drift.input.tokens")?.verdict == .changed)
  }

  @Test func `numbers that are not numbers are left out and not counted`() throws {
    let reference = Self.observations(200)
    let broken = Self.observations(200) { observation in
      observation.prediction.probabilities = [.nan, .nan]
      observation.prediction.inputSurprisal = .infinity
      observation.prediction.embedding[0] = .nan
      observation.sample.inclusionProbability = 0
    }
    let found = Self.measure(reference, broken)
    try Self.check(found, "NaN")
    #expect(found.of("drift.output.confidence")?.n == 0 && found.of("drift.input.embedding")?.n == 0 && found.of("drift.input.surprisal")?.n == 0)
  }

  @Test func `messages that are empty, huge or full of control characters are measured`() throws {
    let odd = ["", "\u{0}\u{1}\r\n\t", String(repeating: "x", count: 1_000_000), String(repeating: "é👩‍👩‍👧 ", count: 5000), "\u{202E}\u{FEFF}"]
    var index = 0
    let current = Self.observations(100) { observation in
      observation.sample.input = odd[index % odd.count]
      index += 1
    }
    let found = Self.measure(Self.observations(150), current)
    try Self.check(found, "odd")
    #expect(found.of("drift.input.tokens")?.verdict == .changed)
  }

  @Test func `embeddings of another size and rows without any are left out`() throws {
    let reference = Self.observations(200)
    var index = 0
    let mixed = Self.observations(200) { observation in
      if index % 2 == 0 { observation.prediction.embedding = index % 4 == 0 ? [] : [1, 2, 3] }
      index += 1
    }
    #expect(Self.measure(reference, mixed).of("drift.input.embedding")?.n == 100)
  }

  @Test func `the order of observations changes nothing, not a byte`() throws {
    var world = World(seed: 55)
    let reference = world.observations(300)
    let current = world.observations(150, World.Traffic(newProductShare: 0.2))
    let one = try JSONForm.text(Self.measure(reference, current))
    let two = try JSONForm.text(Self.measure(reference.reversed(), current.reversed()))
    #expect(one == two)
    #expect(try JSONForm.text(Self.measure(reference, current)) == one)
  }

  @Test func `words are lower-cased runs with digits as zeros, byte for byte`() {
    #expect(Words.of("Hello, WORLD-7 x42y!").map(\.string) == ["hello", "world", "0", "x00y"])
    #expect(Words.of("...").map(\.string) == ["(no words)"])
    #expect(Words.of("").map(\.string) == ["(no words)"])
    #expect(Words.of("ÄÖ ٣٤").map(\.string) == ["äö", "00"])
    #expect(Text("e\u{301}") != Text("é") && Set([Text("e\u{301}"), Text("é")]).count == 2)
    #expect(Words.of(String(repeating: "a ", count: 1000)).count == Words.wordsMax)
  }

  @Test func `every name is in the catalog once, and suite measures match by their shape`() throws {
    #expect(Set(MeasureCatalog.names).count == MeasureCatalog.names.count)
    #expect(Set(Detectors.all.flatMap(\.measures)) == Set(MeasureCatalog.names))
    for name in MeasureSettings.defaultTolerances.keys { #expect(MeasureCatalog.contains(name), "\(name)") }
    #expect(MeasureCatalog.information(of: "suite.core.accuracy")?.direction == .down)
    #expect(MeasureCatalog.contains("suite.core.f1_macro"))
    for wrong in ["suite.core", "suite..accuracy", "suite.core.", "drift.input.lenght", "", "suites.a.b"] {
      #expect(!MeasureCatalog.contains(wrong), "\(wrong)")
    }
  }
}
