import Foundation
import Records
import Storage

extension CycleStep {
  /// Seals a reference for the champion as soon as its rows are there; until then windows are compared with the last one.
  ///
  /// The first champion's reference is the configured stretch (or the first rows there are). A champion that answers a change is compared with the
  /// world since that change: what was drift to its predecessor is what it was trained for.
  func sealReference(_ champion: Champion, _ counts: inout [String: Int]) async throws {
    let id = "\(name)/\(Self.inputReference)/\(champion.sequence)"
    let settings = deployment.configuration.window
    let sealed = try await context.storage.transaction { tx -> Bool in
      try await tx.jobs.hold(lease)
      if try await tx.references.find(id) != nil { return false }
      guard let window = try await referenceWindow(champion, settings, tx) else { return false }
      let rows = try await tx.samples.count(name, window)
      guard rows >= Self.referenceRowsMin else { return false }
      let record = try await tx.references.seal(
        id: id, deployment: name, purpose: Self.inputReference, model: champion.model.id, window: window, at: slot)
      try await tx.events.append(
        at: slot, deployment: name, actor: "daemon", what: "reference sealed",
        detail: ["reference": .string(id), "rows": .number(Double(record.rows)), "digest": .string(record.digest)])
      return true
    }
    if sealed { counts["references"] = 1 }
  }

  /// The stretch to seal, or nil while it is not over.
  private func referenceWindow(_ champion: Champion, _ settings: WindowConfiguration, _ tx: StorageWriter) async throws -> Window? {
    let start: Date
    if let changed = try await changeSince(champion, tx) {
      start = changed
    } else if champion.sequence == 1, let from = settings.referenceFrom {
      if let until = settings.referenceUntil { return until <= slot ? Window(start: from, end: until) : nil }
      start = from
    } else if champion.sequence == 1 {
      guard let first = try await tx.samples.window(name, Window(start: .distantPast, end: slot)).first else { return nil }
      start = first.time
    } else {
      start = champion.since
    }
    // A reference shorter than a window would be more accidental than what it judges.
    guard slot.timeIntervalSince(start) >= settings.length.timeInterval else { return nil }
    let rows = try await tx.samples.count(name, Window(start: start, end: slot))
    return rows >= settings.referenceRows ? Window(start: start, end: slot) : nil
  }

  /// When the change began that this champion was trained for.
  private func changeSince(_ champion: Champion, _ tx: StorageWriter) async throws -> Date? {
    guard champion.decision != nil, let run = champion.model.run, let record = try await tx.runs.find(run) else { return nil }
    return record.configuration["change_since"]?.stringValue.flatMap(Timestamp.parse)
  }

  /// Detectors compare with at least so many rows.
  private static let referenceRowsMin = 100
}
