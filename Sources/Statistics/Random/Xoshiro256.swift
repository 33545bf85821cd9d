/// Blackman and Vigna's xoshiro256**: the generator of every resampling here. Seeded through SplitMix64, as its authors ask.
///
/// The draws below are our own and not the standard library's, whose algorithms may change between releases: the same seed must give the same
/// measurement for years.
/// Source: D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators" (2021), `xoshiro256starstar.c`.
public struct Xoshiro256: RandomNumberGenerator, Sendable {
  private var s0, s1, s2, s3: UInt64

  public init(seed: UInt64) {
    var seeder = SplitMix64(seed: seed)
    s0 = seeder.next()
    s1 = seeder.next()
    s2 = seeder.next()
    s3 = seeder.next()
  }

  public mutating func next() -> UInt64 {
    let product = s1 &* 5
    let result = ((product << 7) | (product >> 57)) &* 9
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << 45) | (s3 >> 19)
    return result
  }

  /// Uniform in 0 ..< 1, of 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in 0 ..< bound, without bias; `bound` at least 1.
  ///
  /// Source: D. Lemire, "Fast random integer generation in an interval" (2019).
  public mutating func index(below bound: Int) -> Int {
    precondition(bound > 0, "an index is drawn from at least one place")
    let range = UInt64(bound)
    var (high, low) = next().multipliedFullWidth(by: range)
    if low < range {
      let threshold = (0 &- range) % range
      while low < threshold { (high, low) = next().multipliedFullWidth(by: range) }
    }
    return Int(high)
  }

  /// A standard normal draw, by inversion: one draw in, one out, so streams stay in step.
  public mutating func normal() -> Double {
    // The middle of the 53-bit cell, so never 0 or 1.
    Normal.quantile((Double(next() >> 11) + 0.5) * 0x1p-53) ?? 0
  }

  /// Moves a uniformly drawn subset of `count` elements to the front (partial Fisher-Yates); with `count` = all, a shuffle.
  public mutating func drawToFront<T>(_ items: inout [T], count: Int) {
    precondition(count <= items.count, "a subset is not larger than its set")
    for i in 0..<count { items.swapAt(i, i + index(below: items.count - i)) }
  }
}
