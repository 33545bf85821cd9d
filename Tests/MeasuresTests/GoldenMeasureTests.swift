import Foundation
import Records
import Statistics
import Testing

@testable import Measures

/// Against scikit-learn 1.9.1 and fairlearn 0.15.0: `Fixtures/golden/scripts/golden_statistics.py`, seed 20260115, section "classification".
@Suite struct GoldenMeasureTests {
  struct File: Decodable { var classification: Classification }
  struct Classification: Decodable {
    var labels, answers, groups: [String]
    var accuracy, f1_macro, accuracy_difference: Double
    var by_group: [String: Double]
    var gaps: [String: [Double]]
  }

  static func golden() throws -> Classification {
    var folder = URL(fileURLWithPath: #filePath)
    if let named = ProcessInfo.processInfo.environment["VIGIL_FIXTURES"] {
      folder = URL(fileURLWithPath: named)
    } else {
      while !FileManager.default.fileExists(atPath: folder.appending(path: "Fixtures").path), folder.path != "/" { folder.deleteLastPathComponent() }
      folder.append(path: "Fixtures")
    }
    return try JSONDecoder().decode(File.self, from: Data(contentsOf: folder.appending(path: "golden/statistics.json"))).classification
  }

  static func observations(_ golden: Classification) -> [Observation] {
    golden.labels.indices.map { i in
      Observation(
        sample: Sample(
          key: String(i), deployment: "d", time: World.start, input: "x", columns: ["g": golden.groups[i]], inclusionProbability: 1,
          label: golden.labels[i]),
        prediction: Prediction(key: String(i), model: World.model, answer: golden.answers[i], probabilities: [1], logProbability: 0, tokens: 1))
    }
  }

  @Test func `accuracy, macro F1 and Fairlearn's difference agree`() throws {
    let golden = try Self.golden()
    let settings = MeasureSettings(minimumGroupRows: 1, protectedColumns: ["g"])
    let input = World.input(reference: [], current: Self.observations(golden))
    let found = Detectors.measure(input, settings)
    func value(_ name: String, _ slice: Slice = .all) throws -> Double { try #require(found.of(name, slice)?.value) }
    #expect(abs(try value("performance.accuracy") - golden.accuracy) < 1e-12)
    #expect(abs(try value("performance.f1_macro") - golden.f1_macro) < 1e-12)
    let difference = try #require(found.of("bias.accuracy_difference", Slice(["attribute": "g"])))
    #expect(abs(try #require(difference.value) - golden.accuracy_difference) < 1e-12)
    guard case .groups(let groups) = difference.detail else {
      Issue.record("no groups")
      return
    }
    for group in groups {
      let (value, expected) = (try #require(group.value), try #require(golden.by_group[group.slice.labels["g"] ?? ""]))
      #expect(abs(value - expected) < 1e-12)
    }
    for (group, gaps) in golden.gaps {
      #expect(abs(try value("bias.accuracy_gap", Slice(["g": group])) - gaps[0]) < 1e-12)
      #expect(abs(try value("bias.true_positive_rate_gap", Slice(["g": group])) - gaps[1]) < 1e-12)
    }
  }

  @Test func `a baseline holds what windows compare with`() throws {
    let golden = try Self.golden()
    let settings = MeasureSettings(minimumGroupRows: 30, protectedColumns: ["g"])
    let baselines = Baseline.compute(Self.observations(golden), model: World.model, settings)
    let accuracy = try #require(baselines.value("performance.accuracy", model: World.model))
    #expect(accuracy.value == golden.accuracy && accuracy.n == 400)
    #expect(baselines.value("performance.accuracy", model: "other") == nil)
    let gap = try #require(baselines.value("bias.accuracy_gap", Slice(["g": "c"]), model: World.model))
    #expect(abs(gap.value - (try #require(golden.gaps["c"]?.first))) < 1e-12)
    let found = Detectors.measure(World.input(reference: [], current: Self.observations(golden), baselines: baselines), settings)
    let now = try #require(found.of("performance.accuracy"))
    #expect(now.verdict == .unchanged && now.effect == 0 && now.evidence?.pValue == 1)
    #expect(found.of("bias.accuracy_gap", Slice(["g": "c"]))?.reference == gap.value)
    #expect(Baseline.compute([], model: World.model, settings).values.isEmpty)
  }
}
