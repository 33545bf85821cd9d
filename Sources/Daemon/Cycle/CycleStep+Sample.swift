import Evaluation
import Foundation
import Records
import Storage

extension CycleStep {
  /// Draws from every row that has become visible since the last time. Seen = sampled + skipped, per reason; counts and position are written with
  /// the samples, so nothing is drawn twice and nothing is left out.
  func sample(_ counts: inout [String: Int]) async throws {
    let position = try await context.storage.read { try await $0.sourcePositions.load(name) }
    let seen = try await deployment.source.withIncrement(since: position) { increment in
      if let reason = increment.restarted {
        context.logger.notice("the source is read again from its lower bound", metadata: ["deployment": "\(name)", "reason": "\(reason)"])
      }
      // A transaction that is run again reads the same snapshot again and draws the same rows.
      return try await context.storage.transaction { tx in
        try await tx.jobs.hold(lease)
        var counts = SampleCounts()
        for try await page in increment { try await draw(page, tx, &counts) }
        try await tx.sampleCounts.add(counts, deployment: name, slot: slot)
        try await tx.sourcePositions.store(increment.position, deployment: name)
        return counts
      }
    }
    counts["seen"] = seen.seen
    counts["sampled"] = seen.sampled
  }

  private func draw(_ page: [SourceRow], _ tx: StorageWriter, _ counts: inout SampleCounts) async throws {
    let known = try await tx.samples.existing(name, keys: page.map(\.key))
    var drawn: [Sample] = []
    var inPage: Set<String> = []
    for row in page {
      counts.seen += 1
      if let reason = skip(row, known: known.contains(row.key) || !inPage.insert(row.key).inserted) {
        counts.skipped[reason, default: 0] += 1
        continue
      }
      guard let time = row.time, let input = row.input else { preconditionFailure("a row without time or input has been skipped") }
      switch deployment.configuration.sampling.decide(key: row.key, columns: row.columns) {
      case .notDrawn: counts.skipped[.notDrawn, default: 0] += 1
      case .drawn(let stratum, let probability):
        drawn.append(
          Sample(
            key: row.key, deployment: name, time: time,
            input: deployment.configuration.source.storesRawText ? input : Redaction.redact(input), columns: row.columns,
            productionAnswer: row.output, stratum: stratum,
            inclusionProbability: probability, label: row.label, labelledAt: row.label == nil ? nil : slot))
      }
    }
    let new = try await tx.samples.insert(drawn)
    counts.sampled += new.count
    counts.skipped[.alreadySeen, default: 0] += drawn.count - new.count
  }

  private func skip(_ row: SourceRow, known: Bool) -> SkipReason? {
    if known { return .alreadySeen }
    if row.time == nil { return .noTime }
    let hasText = row.input.map { $0.unicodeScalars.contains { !$0.properties.isWhitespace } } ?? false
    return hasText ? nil : .emptyInput
  }

  /// Asks the source for the labels of all samples that may still get one or have theirs corrected.
  func refreshLabels(_ counts: inout [String: Int]) async throws {
    guard deployment.configuration.source.label != nil else { return }
    let horizon = slot.addingTimeInterval(-deployment.configuration.source.labelHorizon.timeInterval)
    let open = try await context.storage.read { reader in
      try await reader.samples.window(name, Window(start: horizon, end: .distantFuture))
    }
    counts["labels"] = try await LabelRefresh(context: context, deployment: deployment, source: deployment.source).run(open, at: slot, lease: lease)
  }
}

/// Reads labels of samples again, as they are now.
struct LabelRefresh: Sendable {
  let context: DaemonContext
  let deployment: Deployment
  let source: SourceReader

  /// Returns how many samples have another label than before.
  func run(_ samples: [Sample], at time: Date, lease: JobLease) async throws -> Int {
    var changed = 0
    for start in stride(from: 0, to: samples.count, by: Self.batch) {
      let part = samples[start..<min(start + Self.batch, samples.count)]
      let labels = try await source.labels(for: part.map(\.key))
      let new = part.reduce(into: [String: String]()) { new, sample in
        if let label = labels[sample.key], label != sample.label { new[sample.key] = label }
      }
      if new.isEmpty { continue }
      changed += try await context.storage.transaction { tx in
        try await tx.jobs.hold(lease)
        return try await tx.samples.setLabels(deployment.name, new, at: time)
      }
    }
    return changed
  }

  private static let batch = 2_000
}
