import Foundation
import Records
import Statistics
import Testing

@testable import Measures

/// How often clean windows alarm. Windows are drawn anew from the same world; reference and settings are the shipped ones but for alpha.
@Suite struct CalibrationTests {
  static let windows = 300

  @Test func `clean windows hardly ever alarm at one in a thousand`() throws {
    let settings = MeasureSettings(alpha: 1e-3, protectedColumns: ["speech", "region"], seed: 3)
    var world = World(seed: 900, dimension: 16)
    var alarms: [String: Int] = [:]
    var significant: [String: Int] = [:]
    var trials: [String: Int] = [:]
    var reference: [Observation] = []
    for index in 0..<Self.windows {
      // Now and then another reference, since its luck is part of the null.
      if index % 10 == 0 { reference = world.observations(400) }
      let measurements = Detectors.measure(World.input(reference: reference, current: world.observations(120)), settings)
      for measurement in measurements {
        trials[measurement.measure, default: 0] += 1
        if measurement.verdict == .changed { alarms[measurement.measure, default: 0] += 1 }
        if let p = measurement.evidence?.pValue, p <= 0.01, measurement.verdict != .insufficient { significant[measurement.measure, default: 0] += 1 }
      }
    }
    let total = alarms.values.reduce(0, +)
    #expect(total <= 6, "\(alarms)")
    // Without the tolerance, at p ≤ 0.01, no test may reject much more often than it says: of 300, 3 are expected, and more than 10 has probability 0.0003.
    for (measure, count) in significant {
      let expected = 0.01 * Double(trials[measure] ?? 0)
      #expect(Double(count) <= expected + 4.5 * max(1, expected).squareRoot(), "\(measure): \(count) of \(trials[measure] ?? 0)")
    }
  }
}
