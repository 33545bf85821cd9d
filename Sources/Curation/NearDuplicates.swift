/// Finds texts that share most of their word runs, by MinHash signatures and banding.
///
/// A signature keeps, for each of `hashes` permutations, the least value over a text's shingles; two texts agree in one place with probability
/// equal to their Jaccard similarity J (Broder 1997). Texts that agree in all places of any band are candidates, found with probability
/// 1 - (1 - J^rows)^bands; candidates are then confirmed with their exact J, so there are no false ones.
package struct NearDuplicates: Sendable {
  /// Words in a shingle.
  package var shingle = 3
  package var bands = 20
  package var rows = 4
  /// Similarity from which two texts count as near-duplicates, in 0...1; found with probability above 0.999 at 0.8.
  package var threshold = 0.8

  package init() {}

  /// For each text, the lowest index of a text (itself or earlier) that it is a near-duplicate of, following chains.
  package func clusters(_ texts: [String]) -> [Int] {
    let shingles = texts.map { TextForm.shingles(TextForm.words($0), length: shingle) }
    var parent = Array(texts.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parent[index] != index {
        parent[index] = parent[parent[index]]
        index = parent[index]
      }
      return index
    }
    for (a, b) in candidates(shingles) where jaccard(shingles[a], shingles[b]) >= threshold {
      let (x, y) = (root(a), root(b))
      parent[max(x, y)] = min(x, y)
    }
    return texts.indices.map(root)
  }

  /// Indices of `texts` that are near-duplicates of any of `others`, with the index of the other.
  package func matches(_ texts: [String], in others: [String]) -> [Int: Int] {
    let a = texts.map { TextForm.shingles(TextForm.words($0), length: shingle) }
    let b = others.map { TextForm.shingles(TextForm.words($0), length: shingle) }
    var result: [Int: Int] = [:]
    for (x, y) in candidates(b + a) where x < b.count && y >= b.count && jaccard(b[x], a[y - b.count]) >= threshold {
      let index = y - b.count
      result[index] = min(result[index] ?? x, x)
    }
    return result
  }

  private func candidates(_ shingles: [Set<UInt64>]) -> [(Int, Int)] {
    var pairs: [(Int, Int)] = []
    let signatures = shingles.map(signature)
    for band in 0..<bands {
      var buckets: [[UInt64]: [Int]] = [:]
      for (index, signature) in signatures.enumerated() {
        guard let signature else { continue }
        buckets[Array(signature[band * rows..<(band + 1) * rows]), default: []].append(index)
      }
      for bucket in buckets.values where bucket.count > 1 {
        // Against the first of the bucket is enough: clusters are chains, and a large bucket must not cost its square.
        for other in bucket.dropFirst() { pairs.append((bucket[0], other)) }
        for (one, next) in zip(bucket.dropFirst(), bucket.dropFirst(2)) { pairs.append((one, next)) }
      }
    }
    return pairs
  }

  private func signature(_ shingles: Set<UInt64>) -> [UInt64]? {
    guard !shingles.isEmpty else { return nil }
    return (0..<bands * rows).map { place in
      let multiplier = Self.mix(UInt64(place) &* 2 &+ 1) | 1
      let addend = Self.mix(UInt64(place) &* 2 &+ 2)
      return shingles.reduce(UInt64.max) { min($0, Self.mix($1 &* multiplier &+ addend)) }
    }
  }

  private func jaccard(_ a: Set<UInt64>, _ b: Set<UInt64>) -> Double {
    let shared = a.intersection(b).count
    let all = a.count + b.count - shared
    return all == 0 ? 0 : Double(shared) / Double(all)
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  private static func mix(_ value: UInt64) -> UInt64 {
    var value = value &+ 0x9e37_79b9_7f4a_7c15
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
