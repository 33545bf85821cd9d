import Records

/// Deterministic hash sampling with strata: whether a row is drawn depends on its key and the seed alone, so every worker and every replay
/// draws the same rows, and the probability with which a row could have been drawn is known and stored.
///
/// Follows the Bernoulli form of Poisson sampling (Särndal, Swensson, Wretman 1992, section 3.2) with a hash in place of the random number.
package struct SamplingPlan: Sendable, Hashable, Codable {
  /// Share of the rows that are drawn, in 0 < rate <= 1.
  package var rate: Double
  /// Columns whose values make strata.
  package var strata: [String]
  /// Another rate for a stratum, keyed by its slice text.
  package var rates: [String: Double]
  package var seed: UInt64

  package init(rate: Double, strata: [String] = [], rates: [String: Double] = [:], seed: UInt64 = 0) {
    self.rate = rate
    self.strata = strata
    self.rates = rates
    self.seed = seed
  }

  package enum Decision: Sendable, Hashable {
    case drawn(stratum: String, probability: Double)
    case notDrawn
  }

  package func decide(key: String, columns: [String: String]) -> Decision {
    let stratum = Slice(columns.filter { strata.contains($0.key) }).text
    let probability = rates[stratum] ?? rate
    return Self.uniform(key: key, seed: seed) < probability ? .drawn(stratum: stratum, probability: probability) : .notDrawn
  }

  /// A number in 0 ..< 1 from a key: FNV-1a over its UTF-8, then the finaliser of MurmurHash3, then the top 53 bits.
  package static func uniform(key: String, seed: UInt64) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (seed &* 0x9e37_79b9_7f4a_7c15)
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash ^= hash >> 33
    hash = hash &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
    hash = hash &* 0xc4ce_b9fe_1a85_ec53
    hash ^= hash >> 33
    return Double(hash >> 11) / 9_007_199_254_740_992
  }
}
