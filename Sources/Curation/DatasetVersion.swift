package import Foundation
package import Records

/// What a row is for. Rows of one cluster of near-duplicates always share a part, so no part knows the answers of another.
package enum DatasetPart: String, Sendable, Hashable, Codable, CaseIterable {
  case train
  /// For validation loss and early stopping.
  case valid
  /// For the gate; never seen by training.
  case gate
}

/// Where the rows of a dataset came from and what was done to them.
package struct Lineage: Sendable, Hashable, Codable {
  package var deployment: String
  /// Why it was made: `rule:quality-accuracy`, `manual:NAME`.
  package var reason: String
  /// Event time of the production rows.
  package var productionFrom: Date?
  package var productionUntil: Date?
  /// Rows of each origin that were kept.
  package var origins: [String: Int]
  /// The version whose rows were replayed, and the champion at that time.
  package var parent: String?
  package var champion: String?
  /// The slice that was weighted up, as text.
  package var rebalanced: String?
  package var seed: UInt64

  package init(
    deployment: String, reason: String, productionFrom: Date?, productionUntil: Date?, origins: [String: Int] = [:], parent: String?,
    champion: String?, rebalanced: String?, seed: UInt64
  ) {
    self.deployment = deployment
    self.reason = reason
    self.productionFrom = productionFrom
    self.productionUntil = productionUntil
    self.origins = origins
    self.parent = parent
    self.champion = champion
    self.rebalanced = rebalanced
    self.seed = seed
  }
}

/// An immutable list of training rows. Its identity is the hash of its bytes, so the same rows are the same version.
package struct DatasetVersion: Sendable {
  package var rows: [DatasetPart: [WeightedRow]]
  package var audit: AuditReport
  package var lineage: Lineage

  package init(rows: [DatasetPart: [WeightedRow]], audit: AuditReport, lineage: Lineage) {
    self.rows = rows
    self.audit = audit
    self.lineage = lineage
  }
}

package struct WeightedRow: Sendable, Hashable, Codable {
  package var row: TrainingRow
  /// How much the row counts in the loss, above 0.
  package var weight: Double

  package init(row: TrainingRow, weight: Double = 1) {
    self.row = row
    self.weight = weight
  }
}

/// Shares of production rows that go to each part; what replays goes to training and validation alone.
package struct SplitPlan: Sendable, Hashable, Codable {
  /// In 0 ..< 1, together below 1.
  package var valid = 0.1
  package var gate = 0.25

  package init(valid: Double = 0.1, gate: Double = 0.25) {
    self.valid = valid
    self.gate = gate
  }

  /// Splits by a hash of each row's cluster, so that the same row lands in the same part in every version.
  package func split(_ rows: [TrainingRow], seed: UInt64) -> [DatasetPart: [TrainingRow]] {
    let clusters = NearDuplicates().clusters(rows.map(\.input))
    var parts: [DatasetPart: [TrainingRow]] = [:]
    for (index, row) in rows.enumerated() {
      let head = TextForm.normalised(rows[clusters[index]].input)
      let place = Self.uniform(head, seed: seed)
      let replayed = row.origin != TrainingRow.production
      let part: DatasetPart
      if place < valid {
        part = .valid
      } else if place < valid + gate, !replayed {
        part = .gate
      } else {
        part = .train
      }
      parts[part, default: []].append(row)
    }
    return parts
  }

  private static func uniform(_ bytes: [UInt8], seed: UInt64) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (seed &* 0x9e37_79b9_7f4a_7c15)
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    return Double((hash ^ (hash >> 31)) >> 11) / 9_007_199_254_740_992
  }
}

extension TrainingRow {
  package static let production = "production"
  package static let original = "original"
}
