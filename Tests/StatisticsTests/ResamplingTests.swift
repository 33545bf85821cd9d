import Foundation
import Statistics
import Testing

@Suite struct ResamplingTests {
  @Test func `generators give their authors' numbers`() {
    var split = SplitMix64(seed: 1_234_567)
    #expect(split.next() == 6_457_827_717_110_365_317)
    #expect(split.next() == 3_203_168_211_198_807_973)
    // xoshiro256** from the state that SplitMix64(0) gives, with its first output by the published formula.
    var seeder = SplitMix64(seed: 0)
    _ = seeder.next()
    let s1 = seeder.next()
    let product = s1 &* 5
    var generator = Xoshiro256(seed: 0)
    #expect(generator.next() == ((product << 7) | (product >> 57)) &* 9)
  }

  @Test func `draws are uniform, normal and without repeats`() {
    var generator = Xoshiro256(seed: 3)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.index(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
    let normal = Moments((0..<20_000).map { _ in generator.normal() })
    #expect(near(normal.mean, 0, 0.03) && near(normal.sampleVariance, 1, 0.05) && near(normal.skewness, 0, 0.08))
    var items = Array(0..<50)
    generator.drawToFront(&items, count: 20)
    #expect(Set(items).count == 50)
    #expect(Seed.derive(1, "a") != Seed.derive(1, "b") && Seed.derive(1, "a") != Seed.derive(2, "a"))
  }

  @Test func `the bootstrap interval of a mean is Student's, nearly, and comes from its seed`() throws {
    var generator = Xoshiro256(seed: 5)
    let values = (0..<400).map { _ in generator.normal() }
    func mean(_ indices: [Int]) -> Double? { indices.reduce(0) { $0 + values[$1] } / Double(indices.count) }
    let a = try #require(Bootstrap.percentile(count: 400, replicates: 2000, seed: 1, statistic: mean))
    let b = try #require(Bootstrap.percentile(count: 400, replicates: 2000, seed: 1, statistic: mean))
    let t = try #require(Moments(values).meanInterval())
    #expect(a == b)
    #expect(abs(a.lower - t.lower) < 0.02 && abs(a.upper - t.upper) < 0.02)
    #expect(Bootstrap.percentile(count: 0, seed: 1, statistic: mean) == nil)
    #expect(Bootstrap.percentile(count: 5, seed: 1) { _ in .nan } == nil)
  }

  @Test func `the paired bootstrap sees what is common to both and leaves it out`() throws {
    var generator = Xoshiro256(seed: 8)
    let a = (0..<200).map { _ in generator.normal() * 5 }
    let b = a.map { $0 - 0.1 + generator.normal() * 0.1 }
    let better = try #require(Bootstrap.paired(a, b, seed: 2))
    #expect(better.interval.lower > 0.05 && better.interval.upper < 0.15 && better.pValue < 0.002)
    let same = try #require(Bootstrap.paired(a, a, seed: 2))
    #expect(same.difference == 0 && same.pValue == 1)
    #expect(Bootstrap.paired([1], [1, 2], seed: 1) == nil)
    #expect(Bootstrap.paired([], [], seed: 1) == nil)
    #expect(Bootstrap.paired([.nan], [1], seed: 1) == nil)
  }

  @Test func `linear-time MMD is the unbiased U-statistic over pairs`() throws {
    var generator = Xoshiro256(seed: 11)
    let (n, m, d) = (30, 45, 5)
    let current = (0..<n * d).map { _ in Float(generator.normal() + 0.5) }
    let reference = (0..<m * d).map { _ in Float(generator.normal()) }
    let rows = reference + current
    var errors = Moments()
    for seed in 1...20 as ClosedRange<UInt64> {
      let mmd = try #require(
        MaximumMeanDiscrepancy(reference: reference, current: current, dimension: d, frequencies: 64, permutations: 1, seed: seed))
      let bandwidth = try #require(RandomFourierFeatures.medianBandwidth(rows, dimension: d, seed: Seed.derive(seed, "pairs")))
      func kernel(_ i: Int, _ j: Int) -> Double {
        var square = 0.0
        for k in 0..<d {
          let difference = Double(rows[i * d + k] - rows[j * d + k])
          square += difference * difference
        }
        return exp(-square / (2 * bandwidth * bandwidth))
      }
      var within = (0.0, 0.0)
      var between = 0.0
      for i in 0..<m { for j in 0..<m where i != j { within.0 += kernel(i, j) } }
      for i in m..<(m + n) { for j in m..<(m + n) where i != j { within.1 += kernel(i, j) } }
      for i in 0..<m { for j in m..<(m + n) { between += kernel(i, j) } }
      let exact = within.0 / Double(m * (m - 1)) + within.1 / Double(n * (n - 1)) - 2 * between / Double(n * m)
      #expect(exact > 0.02)
      errors.add(mmd.squared - exact)
    }
    // The features are unbiased for the kernel: over seeds the error averages out.
    let (mean, deviation) = (try #require(errors.mean), try #require(errors.sampleDeviation))
    #expect(abs(mean) < 3 * deviation / 20.0.squareRoot() && deviation < 0.02, "\(mean) ± \(deviation)")
  }

  @Test func `MMD finds a small shift, not a clean window, and knows what it could see`() throws {
    var generator = Xoshiro256(seed: 21)
    func sample(_ n: Int, _ shift: Double) -> [Float] { (0..<n * 16).map { Float(generator.normal() + ($0 % 16 < 4 ? shift : 0)) } }
    let reference = sample(800, 0)
    let clean = try #require(MaximumMeanDiscrepancy(reference: reference, current: sample(400, 0), dimension: 16, alpha: 1e-4, seed: 1))
    let moved = try #require(MaximumMeanDiscrepancy(reference: reference, current: sample(400, 0.5), dimension: 16, alpha: 1e-4, seed: 1))
    #expect(clean.pValue > 0.01 && clean.effect < 0.1)
    #expect(moved.pValue < 1e-6 && moved.permutationP <= 1.0 / 201 && moved.effect > 0.15)
    #expect(moved.effectInterval.contains(moved.effect) && clean.effectInterval.lower == 0)
    let detectable = try #require(moved.detectableEffect)
    #expect(detectable < moved.effect && detectable > 0.02)
  }

  @Test func `MMD refuses what it cannot compare`() {
    #expect(MaximumMeanDiscrepancy(reference: [1, 2], current: [1], dimension: 1, seed: 1) == nil)
    #expect(MaximumMeanDiscrepancy(reference: [1, 1, 1], current: [1, 1, 1], dimension: 1, seed: 1) == nil)
    #expect(MaximumMeanDiscrepancy(reference: [1, 2, 3], current: [1, .nan, 2], dimension: 1, seed: 1) == nil)
    #expect(MaximumMeanDiscrepancy(reference: [1, 2, 3], current: [1, 2], dimension: 2, seed: 1) == nil)
    #expect(MaximumMeanDiscrepancy(reference: [1, 2], current: [3, 4], dimension: 0, seed: 1) == nil)
  }

  @Test(arguments: [0.2, 0.5, 0.7, 0.95]) func `the tail of a weighted sum of chi-squares is right to a factor of two at 2e-4`(ratio: Double) throws {
    // Σ λ χ²₁ is the shape of every such null; its 2e-4 point comes from 200,000 draws (40 of them lie beyond it, so within a third or so).
    let weights = (0..<12).map { Float(pow(ratio, Double($0))) }
    var covariance = [Float](repeating: 0, count: 144)
    for i in 0..<12 { covariance[i * 13] = weights[i] }
    let tail = try #require(PearsonIII(covariance: covariance, size: 12, factor: 1))
    var generator = Xoshiro256(seed: 31)
    let draws = (0..<200_000).map { _ in
      weights.reduce(0.0) { sum, w in
        let z = generator.normal()
        return sum + Double(w) * z * z
      }
    }.sorted()
    let factor = tail.survival(draws[draws.count - 41]) / 2e-4
    #expect(factor > 0.5 && factor < 2, "\(factor)")
    let point = try #require(tail.inverseSurvival(1e-4))
    #expect(close(tail.survival(point), 1e-4, 1e-9))
  }

  @Test func `permutation p-values are never zero, and a constant null is no evidence`() throws {
    let wide = try #require(PearsonIII(mean: 50, deviation: 30, skewness: 0))
    let null = try #require(PermutationNull((0..<100).map { Double($0) }, tail: wide))
    #expect(null.permutationP(1e9) == 1.0 / 101 && null.pValue(1e9) < 1e-100)
    #expect(null.pValue(-1) == 1 && null.pValue(50) == 51.0 / 101 && null.pValue(100) == 1.0 / 101)
    let constant = try #require(PearsonIII(mean: 2, deviation: 0, skewness: 0))
    #expect(constant.survival(2) == 1 && constant.survival(3) == 0 && constant.inverseSurvival(0.1) == 2)
    #expect(PermutationNull([], tail: wide) == nil && PermutationNull([1, .nan], tail: wide) == nil)
    #expect(PearsonIII(mean: .nan, deviation: 1, skewness: 0) == nil && PearsonIII(mean: 0, deviation: -1, skewness: 0) == nil)
  }

  @Test func `a test at the printed detectable effect has eighty percent power`() throws {
    let delta = try #require(DetectableEffect.proportions(baseline: 0.9, rows: 300, referenceRows: 1000, alpha: 0.01))
    var generator = Xoshiro256(seed: 77)
    func successes(_ n: Int, _ p: Double) -> Int { (0..<n).count { _ in generator.uniform() < p } }
    let found = (0..<1000).count { _ in
      let p = TwoProportions.z(successes1: successes(1000, 0.9), trials1: 1000, successes2: successes(300, 0.9 - delta), trials2: 300)?.pValue
      return (p ?? 1) <= 0.01
    }
    #expect((750...850).contains(found), "\(found)")
    #expect(DetectableEffect.proportions(baseline: 0.9, rows: 2, referenceRows: 2, alpha: 1e-4) == nil)
    let rows = try #require(DetectableEffect.rowsForProportions(baseline: 0.9, changed: 0.9 - delta, referenceRows: 1000, alpha: 0.01))
    #expect((299...301).contains(rows), "\(rows)")
    #expect(DetectableEffect.rowsForProportions(baseline: 0.9, changed: 0.89, referenceRows: 100, alpha: 0.01) == nil)
    let shift = try #require(DetectableEffect.means(rows: 200, referenceRows: 1000, alpha: 0.01))
    #expect(DetectableEffect.rowsForMeans(effect: shift, referenceRows: 1000, alpha: 0.01) == 200)
    #expect(DetectableEffect.rowsForMeans(effect: 0.01, referenceRows: 1000, alpha: 0.01) == nil)
    #expect(DetectableEffect.means(rows: 0, referenceRows: 10, alpha: 0.01) == nil)
  }
}
