import Foundation
import Records
import Statistics
import Testing

@testable import Measures

@Suite struct PlantedChangeTests {
  static let reference: [Observation] = {
    var world = World(seed: 100)
    return world.observations(1500)
  }()

  static func measure(_ traffic: World.Traffic, rows: Int = 500) -> [Measurement] {
    var world = World(seed: 200)
    return Detectors.measure(World.input(reference: reference, current: world.observations(rows, traffic)), World.settings)
  }

  @Test func `a clean window has every measure and no change`() throws {
    let measurements = Self.measure(World.Traffic())
    #expect(measurements.changed.isEmpty)
    #expect(Set(measurements.map(\.measure)) == Set(MeasureCatalog.names))
    for measurement in measurements {
      #expect(measurement.value != nil && measurement.n > 0 && !measurement.signature.isEmpty, "\(measurement.measure)")
      let (lower, upper) = (try #require(measurement.lower), try #require(measurement.upper))
      let value = try #require(measurement.value)
      #expect(lower <= value && value <= upper, "\(measurement.measure) \(lower) \(value) \(upper)")
      let about = try #require(MeasureCatalog.information(of: measurement.measure)).aboutModel
      #expect(measurement.model == (about ? World.model : ""), "\(measurement.measure)")
    }
  }

  @Test func `a third of messages with a new product is found by the words, which head the list`() throws {
    let found = Self.measure(World.Traffic(newProductShare: 0.33))
    let tokens = try #require(found.of("drift.input.tokens"))
    #expect(tokens.verdict == .changed)
    #expect(try #require(tokens.evidence?.pValue) < 1e-8)
    guard case .categories(let words) = tokens.detail else {
      Issue.record("no words")
      return
    }
    #expect(Set(words.prefix(4).map(\.name)) == ["nimbus", "stratus", "router", "firmware"])
    #expect(words[0].reference == 0 && words[0].current > 0.01 && words.last?.name == "(other)")
    #expect(abs(words.reduce(0) { $0 + $1.current } - 1) < 1e-9)
    #expect(found.of("drift.input.column", Slice(["column": "channel"]))?.verdict == .unchanged)
  }

  @Test func `moved hidden states are found by the embedding alone`() throws {
    let found = Self.measure(World.Traffic(movedShare: 0.3))
    #expect(found.changed == ["drift.input.embedding"])
  }

  @Test func `a shift of answers is found with its queue`() throws {
    let found = Self.measure(World.Traffic(firstQueueShare: 0.35))
    let labels = try #require(found.of("drift.output.labels"))
    #expect(labels.verdict == .changed)
    guard case .categories(let shares) = labels.detail else {
      Issue.record("no shares")
      return
    }
    #expect(shares.first?.name == "billing")
  }

  @Test func `a confidence drop, longer inputs and surprising inputs are each found by their own measure`() {
    #expect(Self.measure(World.Traffic(confidence: 0.85)).changed == ["drift.output.confidence"])
    #expect(Self.measure(World.Traffic(lengthFactor: 1.4)).changed.contains("drift.input.length"))
    #expect(Self.measure(World.Traffic(surprisal: 3.3)).changed == ["drift.input.surprisal"])
  }

  @Test func `a column that turns NULL is a finding, at sixty percent and at a hundred`() throws {
    for share in [0.6, 1.0] {
      let found = Self.measure(World.Traffic(channelMissingShare: share))
      #expect(found.changed == ["drift.input.column{column=\"channel\"}"])
      guard case .categories(let shares) = found.of("drift.input.column", Slice(["column": "channel"]))?.detail else {
        Issue.record("no shares")
        continue
      }
      #expect(shares.first?.name == "(missing)" && shares.first?.reference == 0)
    }
  }

  @Test func `an accuracy drop is found against the gate's value as against the reference`() throws {
    let traffic = World.Traffic(accuracy: 0.75, regionalAccuracy: 0.75)
    let againstReference = try #require(Self.measure(traffic).of("performance.accuracy"))
    #expect(againstReference.verdict == .changed)
    #expect(Self.measure(traffic).of("performance.f1_macro")?.verdict == .changed)
    var world = World(seed: 200)
    let baselines = Baselines([
      BaselineValue(measure: "performance.accuracy", value: 0.78, n: 400, model: World.model),
      BaselineValue(measure: "performance.accuracy", value: 0.1, n: 400, model: "another"),
    ])
    let input = World.input(reference: Self.reference, current: world.observations(500, traffic), baselines: baselines)
    let againstGate = try #require(Detectors.measure(input, World.settings).of("performance.accuracy"))
    #expect(againstGate.verdict == .unchanged && againstGate.reference == 0.78 && againstGate.referenceN == 400)
    // A rise is no alarm.
    #expect(!Self.measure(World.Traffic(accuracy: 1, regionalAccuracy: 1)).changed.contains("performance.accuracy"))
  }

  @Test func `a gap of twenty points is found with eighty rows in the group, and named`() throws {
    var world = World(seed: 300)
    let regional = world.observations(80, World.Traffic(regionalShare: 1, regionalAccuracy: 0.72))
    let standard = world.observations(320, World.Traffic(regionalShare: 0, accuracy: 0.94))
    let found = Detectors.measure(World.input(reference: Self.reference, current: regional + standard), World.settings)
    let gap = try #require(found.of("bias.accuracy_gap", Slice(["speech": "regional"])))
    #expect(gap.verdict == .changed && gap.n == 80)
    #expect(try #require(gap.value) > 0.1)
    #expect(found.of("bias.accuracy_gap", Slice(["speech": "standard"]))?.verdict == .unchanged)
    #expect(found.of("bias.true_positive_rate_gap", Slice(["speech": "regional"]))?.verdict == .changed)
    #expect(!found.changed.contains { $0.contains("region=") })
    let difference = try #require(found.of("bias.accuracy_difference", Slice(["attribute": "speech"])))
    #expect(difference.value == gap.value && difference.verdict == .unchanged)
  }

  @Test func `a small group is insufficient and says how many rows it lacks`() throws {
    var world = World(seed: 301)
    let current =
      world.observations(23, World.Traffic(regionalShare: 1, regionalAccuracy: 0.2)) + world.observations(300, World.Traffic(regionalShare: 0))
    let found = Detectors.measure(World.input(reference: Self.reference, current: current), World.settings)
    let gap = try #require(found.of("bias.accuracy_gap", Slice(["speech": "regional"])))
    #expect(gap.verdict == .insufficient && gap.rowsNeeded == 37)
    let difference = try #require(found.of("bias.accuracy_difference", Slice(["attribute": "speech"])))
    #expect(difference.verdict == .insufficient && difference.value == nil && difference.rowsNeeded == 37)
  }

  @Test func `failures and lost agreement are found`() {
    #expect(Self.measure(World.Traffic(failureShare: 0.1)).changed == ["health.failures"])
    #expect(Self.measure(World.Traffic(productionAgreement: 0.8)).changed == ["health.production_agreement"])
  }

  @Test func `twice the traffic is a number, not a change`() throws {
    let found = Self.measure(World.Traffic(), rows: 3000)
    #expect(found.changed.isEmpty)
    let rows = try #require(found.of("traffic.rows"))
    // 3,000 rows at inclusion probability ½ over two days; the reference's 1,500 over ten.
    #expect(rows.value == 3000 && rows.reference == 300 && rows.verdict == .unchanged)
  }

  @Test func `predictions of another model are nobody's evidence about this one`() throws {
    let found = Self.measure(World.Traffic(confidence: 0.5, accuracy: 0.2, regionalAccuracy: 0.2, model: "m0"))
    #expect(found.changed.isEmpty)
    for name in ["performance.accuracy", "drift.output.confidence", "drift.input.embedding"] {
      let measurement = try #require(found.of(name))
      #expect(measurement.verdict == .insufficient && measurement.n == 0 && measurement.rowsNeeded == 50, "\(name)")
    }
    #expect(found.of("drift.input.tokens")?.verdict == .unchanged)
  }
}
