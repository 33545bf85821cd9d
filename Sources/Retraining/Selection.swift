package import Curation
package import Records

/// What to train on: recent labelled production rows, and a replay of older rows so that nothing learnt before is lost.
///
/// Replay of a small share of earlier data is what keeps a continually tuned model from forgetting (Scialom et al. 2022, arXiv 2205.12393;
/// Ibrahim et al. 2024, arXiv 2403.08763).
package struct Selection: Sendable {
  /// Replayed rows as a share of all training rows, in 0 ..< 1.
  package var replayShare: Double
  /// The most production rows to take; the newest win.
  package var maximumRows: Int
  /// The most a row of a small slice may count, at least 1.
  package var maximumWeight: Double
  package var seed: UInt64

  package init(replayShare: Double = 0.4, maximumRows: Int = 2_000, maximumWeight: Double = 4, seed: UInt64 = 0) {
    self.replayShare = replayShare
    self.maximumRows = maximumRows
    self.maximumWeight = maximumWeight
    self.seed = seed
  }

  /// The newest production rows.
  package func recent(_ production: [TrainingRow]) -> [TrainingRow] {
    let newestFirst = production.sorted { a, b in
      let (x, y) = (a.time?.timeIntervalSince1970 ?? 0, b.time?.timeIntervalSince1970 ?? 0)
      return x == y ? a.key < b.key : x > y
    }
    return newestFirst.prefix(maximumRows).sorted { $0.key < $1.key }
  }

  /// Replayed rows for so many production rows, spread evenly over the labels.
  package func replay(_ pool: [TrainingRow], besides production: Int) -> [TrainingRow] {
    let wanted = Int((Double(production) * replayShare / (1 - replayShare)).rounded())
    let byLabel = Dictionary(grouping: pool, by: \.label).mapValues { rows in
      rows.sorted { SampleOrder.place($0.key, seed) < SampleOrder.place($1.key, seed) }
    }
    var taken: [TrainingRow] = []
    var depth = 0
    while taken.count < wanted {
      let layer = byLabel.keys.sorted().compactMap { label in byLabel[label].flatMap { $0.indices.contains(depth) ? $0[depth] : nil } }
      if layer.isEmpty { break }
      taken.append(contentsOf: layer.prefix(wanted - taken.count))
      depth += 1
    }
    return taken
  }

  /// Weights that give each value of the slice's columns the same say, within `maximumWeight`; with no slice every row counts once.
  package func weigh(_ rows: [TrainingRow], rebalancing slice: Slice?) -> [WeightedRow] {
    guard let slice, !slice.labels.isEmpty else { return rows.map { WeightedRow(row: $0) } }
    let inside = rows.filter { Self.matches($0, slice) }.count
    let outside = rows.count - inside
    guard inside > 0, outside > inside else { return rows.map { WeightedRow(row: $0) } }
    let weight = min(Double(outside) / Double(inside), maximumWeight)
    return rows.map { WeightedRow(row: $0, weight: Self.matches($0, slice) ? weight : 1) }
  }

  package static func matches(_ row: TrainingRow, _ slice: Slice) -> Bool {
    slice.labels.allSatisfy { row.columns[$0.key] == $0.value }
  }
}

/// A fixed random order of keys.
enum SampleOrder {
  static func place(_ key: String, _ seed: UInt64) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (seed &* 0x9e37_79b9_7f4a_7c15)
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    return hash ^ (hash >> 31)
  }
}
