package import Foundation
package import Records

/// What Vigil did, as its own records tell it: all that the comparison with the planted changes looks at.
package struct ObservedRun: Sendable, Hashable, Codable {
  /// An alert began to fire.
  package struct Firing: Sendable, Hashable, Codable {
    package var at: Date
    package var rule: String
    package var measure: String
    package var slice: Slice

    package init(at: Date, rule: String, measure: String, slice: Slice) {
      self.at = at
      self.rule = rule
      self.measure = measure
      self.slice = slice
    }
  }

  /// The gate decided.
  package struct Decision: Sendable, Hashable, Codable {
    package var at: Date
    package var promoted: Bool
    /// `rule:AccuracyFell`, `manual:operator`.
    package var reason: String
    package var summary: String
    /// The measure that was to improve, before and after.
    package var targetBefore: Double?
    package var targetAfter: Double?

    package init(at: Date, promoted: Bool, reason: String, summary: String, targetBefore: Double?, targetAfter: Double?) {
      self.at = at
      self.promoted = promoted
      self.reason = reason
      self.summary = summary
      self.targetBefore = targetBefore
      self.targetAfter = targetAfter
    }
  }

  package var firings: [Firing]
  package var decisions: [Decision]

  package init(firings: [Firing], decisions: [Decision]) {
    self.firings = firings
    self.decisions = decisions
  }
}

/// One line of the table at the end of the demo: what was planted, and what Vigil found.
package struct PlantedAndFound: Sendable, Hashable, Codable {
  package var change: String
  package var description: String
  /// Day it began, counted from 1.
  package var began: Double
  /// Day of the first alert that it caused.
  package var noticed: Double?
  /// `measure{slice}` of every alert that it caused, in the order of their firing.
  package var by: [String]
  package var done: String
  package var expected: String
  package var met: Bool
}

/// The whole table, and whether everything that must happen has happened.
package struct DemoOutcome: Sendable, Hashable, Codable {
  package var schema = "vigil.demo/1"
  package var seed: UInt64
  package var changes: [PlantedAndFound]
  package var falseAlarms: Int
  package var falseAlarmNames: [String]
  package var promoted: Int
  package var refused: Int
  package var met: Bool

  /// Compares what was planted with what was found.
  ///
  /// An alert belongs to the latest harmful change that had begun when it fired, for as long as `attributionDays` after that change; any other
  /// alert is a false alarm, as is one of the harmless change's days.
  package init(seed: UInt64, planted: [PlantedChange], observed: ObservedRun) {
    self.seed = seed
    let harmful = planted.filter { !$0.harmless }
    func owner(_ day: Double) -> PlantedChange? {
      harmful.last { Double($0.day) <= day && day < Double($0.day) + Self.attributionDays }
    }
    let firings = observed.firings.sorted { ($0.at, $0.measure, $0.slice.text) < ($1.at, $1.measure, $1.slice.text) }
    let falseAlarms = firings.filter { owner(Self.day($0.at)) == nil }
    changes = planted.map { change in
      let end = planted.first { $0.day > change.day && !$0.harmless }.map { Double($0.day) } ?? Double(World.days + 1)
      let mine =
        change.harmless
        ? firings.filter { Double(change.day) <= Self.day($0.at) && Self.day($0.at) < end } : firings.filter { owner(Self.day($0.at)) == change }
      // A retraining belongs to the change whose alert asked for it; one by hand, to the change it fell into.
      let decisions = observed.decisions.filter { decision in
        let asked = firings.last { decision.reason == "rule:\($0.rule)" && $0.at <= decision.at }
        if let asked { return owner(Self.day(asked.at)) == change }
        return Double(change.day) <= Self.day(decision.at) && Self.day(decision.at) < end
      }
      return Self.line(change, mine, decisions)
    }
    self.falseAlarms = falseAlarms.count
    falseAlarmNames = falseAlarms.map { "day \(Self.text(Self.day($0.at))): \($0.measure)\($0.slice == .all ? "" : $0.slice.text)" }
    promoted = observed.decisions.count(where: \.promoted)
    refused = observed.decisions.count - promoted
    met = changes.allSatisfy(\.met) && falseAlarms.isEmpty
  }

  /// Days after its beginning in which a change is held to cause alerts.
  package static let attributionDays = 8.0

  /// Days since the start, counted from 1: noon of the first day is 1.5.
  package static func day(_ time: Date) -> Double { time.timeIntervalSince(World.start) / 86_400 + 1 }

  private static func line(_ change: PlantedChange, _ firings: [ObservedRun.Firing], _ decisions: [ObservedRun.Decision]) -> PlantedAndFound {
    var seen: Set<String> = []
    let by = firings.map { "\($0.measure)\($0.slice == .all ? "" : $0.slice.text)" }.filter { seen.insert($0).inserted }
    let done = decisions.map(sentence).joined(separator: "; ")
    let expected: String
    let met: Bool
    switch change.name {
    case "volume":
      expected = "no alert"
      met = firings.isEmpty
    case "new_product":
      expected = "input drift and quality, promoted"
      met =
        firings.contains { $0.measure.hasPrefix("drift.input.") } && firings.contains { $0.measure.hasPrefix("performance.") }
        && decisions.contains(where: \.promoted)
    case "regional_speech":
      expected = "the gap of the regional variety, promoted"
      met = firings.contains { $0.measure.hasPrefix("bias.") && $0.slice.labels["speech"] == "regional" } && decisions.contains(where: \.promoted)
    case "wrong_labels":
      expected = "the challenger refused"
      met = !decisions.isEmpty && decisions.allSatisfy { !$0.promoted }
    default:
      expected = change.harmless ? "no alert" : "an alert"
      met = firings.isEmpty == change.harmless
    }
    return PlantedAndFound(
      change: change.name, description: change.description, began: Double(change.day), noticed: firings.first.map { day($0.at) }, by: by,
      done: done.isEmpty ? "nothing" : done, expected: expected, met: met)
  }

  private static func sentence(_ decision: ObservedRun.Decision) -> String {
    let verb = decision.promoted ? "promoted" : "refused"
    let what = decision.reason.hasPrefix("manual") ? "retrained by hand" : "retrained"
    let target: String
    if let before = decision.targetBefore, let after = decision.targetAfter {
      target = ", target \(percent(before)) -> \(percent(after))"
    } else {
      target = ""
    }
    return "\(what), \(verb) on day \(text(day(decision.at)))\(target)"
  }

  package static func text(_ day: Double) -> String { String(format: "%.1f", day) }
  private static func percent(_ share: Double) -> String { String(format: "%.1f%%", share * 100) }
}
