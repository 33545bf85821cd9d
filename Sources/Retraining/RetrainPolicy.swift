package import Foundation

/// When a retraining may begin.
package struct RetrainPolicy: Sendable, Hashable, Codable {
  /// Time after a decision of the gate before a rule may ask again, seconds.
  package var cooldown: TimeInterval
  /// Labelled production rows that a retraining needs.
  package var minimumRows: Int
  /// With a slice to mend: labelled rows of that slice. A quarter of them go to the gate, which needs 60 to judge the slice.
  package var minimumSliceRows: Int

  package init(cooldown: TimeInterval = 3 * 86400, minimumRows: Int = 300, minimumSliceRows: Int = 280) {
    self.cooldown = cooldown
    self.minimumRows = minimumRows
    self.minimumSliceRows = minimumSliceRows
  }

  /// What the policy says, always with a reason that an alert report can print.
  package enum Answer: Sendable, Hashable {
    case begin
    case wait(String)
  }

  /// - Parameters:
  ///   - rows: labelled production rows since the change began
  ///   - sliceRows: those of the slice to mend; nil when none is named
  ///   - lastDecision: when the gate last decided for this deployment
  package func answer(rows: Int, sliceRows: Int?, lastDecision: Date?, now: Date) -> Answer {
    if let lastDecision, now.timeIntervalSince(lastDecision) < cooldown {
      let until = lastDecision.addingTimeInterval(cooldown)
      return .wait("cooling down until \(Self.text(until)): the gate decided at \(Self.text(lastDecision))")
    }
    if rows < minimumRows { return .wait("waiting for labels: \(rows) of \(minimumRows) labelled rows since the change began") }
    if let sliceRows, sliceRows < minimumSliceRows {
      return .wait("waiting for labels: \(sliceRows) of \(minimumSliceRows) labelled rows of the slice")
    }
    return .begin
  }

  private static func text(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle()) }
}
