import Foundation
import Statistics
import Testing

@Suite struct CategoricalTests {
  @Test func `contingency tables agree with scipy`() throws {
    for table in try Golden.shared.get().tables.cases {
      let corrected = try #require(ChiSquareContingency.test(table.a, table.b))
      let plain = try #require(ChiSquareContingency.test(table.a, table.b, correction: false))
      #expect(close(corrected.statistic, table.chi2[0], 1e-11) && close(corrected.pValue, table.chi2[1], 1e-10), "\(table.name)")
      #expect(Double(corrected.degreesOfFreedom) == table.chi2[2] && close(corrected.smallestExpected, table.chi2[3], 1e-12), "\(table.name)")
      #expect(close(plain.statistic, table.uncorrected[0], 1e-11) && close(plain.pValue, table.uncorrected[1], 1e-10), "\(table.name)")
    }
  }

  @Test func `distances agree with scipy and their formulas`() throws {
    for table in try Golden.shared.get().tables.cases {
      #expect(near(CategoricalDistance.jensenShannon(table.a, table.b), table.js[0], 1e-9), "\(table.name)")
      #expect(near(CategoricalDistance.jensenShannon(table.a, table.b, base: .two), table.js[1], 1e-9), "\(table.name)")
      #expect(near(CategoricalDistance.totalVariation(table.a, table.b), table.tv, 1e-12), "\(table.name)")
      #expect(near(CategoricalDistance.hellinger(table.a, table.b), table.hellinger, 1e-9), "\(table.name)")
      #expect(near(CategoricalDistance.populationStability(table.a, table.b), table.psi, 1e-10), "\(table.name)")
    }
  }

  @Test func `Sturges' bins over both samples give the field's known PSI and Jensen-Shannon distance`() throws {
    let known = try Golden.shared.get().tables.known
    let all = TwoSampleTests.reference + TwoSampleTests.current
    let bins = Histogram.sturges(all.count)
    #expect(bins == 13 && known.bins == 13)
    let (low, high) = (try #require(all.min()), try #require(all.max()))
    let histogram = try #require(Histogram(low: low, high: high, bins: bins))
    let (r, c) = (histogram.counts(TwoSampleTests.reference), histogram.counts(TwoSampleTests.current))
    #expect(r == known.reference && c == known.current)
    #expect(near(CategoricalDistance.populationStability(r, c), 0.142031344757, 1e-11))
    #expect(near(CategoricalDistance.jensenShannon(r, c), 0.131816793257, 1e-11))
    #expect(near(CategoricalDistance.jensenShannon(r, c, base: .two), 0.158328104236, 1e-11))
  }

  @Test func `rare categories merge until their expected count is enough, and nothing is lost`() {
    let (a, b) = ChiSquareContingency.pooled([1000, 900, 3, 2, 1, 0], [100, 90, 1, 0, 1, 0])
    #expect(a.reduce(0, +) == 1906 && b.reduce(0, +) == 192)
    #expect(a == [1000, 906] && b == [100, 92])
    let kept = ChiSquareContingency.pooled([50, 50, 30], [50, 50, 30])
    #expect(kept.first == [50, 50, 30])
    let alone = ChiSquareContingency.pooled([5, 0], [0, 1])
    #expect(alone.first == [5] && alone.second == [1])
  }

  @Test func `one category, an empty side and bad counts have no test`() {
    #expect(ChiSquareContingency.test([5], [7]) == nil)
    #expect(ChiSquareContingency.test([5, 0], [7, 0]) == nil)
    #expect(ChiSquareContingency.test([5, 1], [0, 0]) == nil)
    #expect(ChiSquareContingency.test([5, 1], [1]) == nil)
    #expect(ChiSquareContingency.test([-1, 5], [3, 4]) == nil)
    #expect(ChiSquareContingency.test([.nan, 5], [3, 4]) == nil)
    for distance in [CategoricalDistance.totalVariation, CategoricalDistance.hellinger, CategoricalDistance.jensenShannonDivergence] {
      #expect(distance([0, 0], [1, 1]) == nil)
      #expect(distance([], []) == nil)
      #expect(distance([1], [1, 1]) == nil)
      #expect(distance([1, -1], [1, 1]) == nil)
      #expect(distance([3, 1], [6, 2]) == 0)
    }
    #expect(close(CategoricalDistance.jensenShannon([1, 0], [0, 1], base: .two), 1, 1e-12))
  }

  @Test func `intervals for proportions agree with scipy`() throws {
    for row in try Golden.shared.get().proportions.intervals {
      let (k, n) = (Int(row[0]), Int(row[1]))
      let wilson = try #require(ProportionInterval.wilson(successes: k, trials: n))
      let exact = try #require(ProportionInterval.clopperPearson(successes: k, trials: n))
      #expect(near(wilson.lower, row[2], 1e-12) && near(wilson.upper, row[3], 1e-12), "\(row)")
      #expect(near(exact.lower, row[4], 1e-10) && near(exact.upper, row[5], 1e-10), "\(row)")
    }
  }

  @Test func `two proportions agree with scipy, and Newcombe with his paper`() throws {
    for row in try Golden.shared.get().proportions.two {
      let (a, n, b, m) = (Int(row[0]), Int(row[1]), Int(row[2]), Int(row[3]))
      let z = try #require(TwoProportions.z(successes1: a, trials1: n, successes2: b, trials2: m))
      let interval = try #require(ProportionInterval.newcombe(successes1: a, trials1: n, successes2: b, trials2: m))
      #expect(near(z.statistic, row[4], 1e-11) && close(z.pValue, row[5], 1e-9), "\(row)")
      #expect(near(interval.lower, row[6], 1e-11) && near(interval.upper, row[7], 1e-11), "\(row)")
    }
    let paper = try #require(ProportionInterval.newcombe(successes1: 56, trials1: 70, successes2: 48, trials2: 80))
    #expect(near(paper.lower, 0.0524, 5e-5) && near(paper.upper, 0.3339, 5e-5))
  }

  @Test func `Fisher, McNemar and Holm agree with scipy and their formulas`() throws {
    let golden = try Golden.shared.get().proportions
    for row in golden.fisher {
      let t = row.map { Int($0) }
      #expect(close(FisherExact.test(t[0], t[1], t[2], t[3])?.pValue, row[4], 1e-9), "\(row)")
    }
    for row in golden.mcnemar {
      #expect(close(McNemar.exact(Int(row[0]), Int(row[1])), row[2], 1e-10), "\(row)")
      #expect(close(McNemar.midP(Int(row[0]), Int(row[1])), row[3], 1e-10), "\(row)")
    }
    #expect(McNemar.exact(5, 15) == 0.04138946533203125 || close(McNemar.exact(5, 15), 0.04138946533203125, 1e-13))
    let holm = try #require(MultipleTesting.holm(golden.holm.p))
    for (x, y) in zip(holm, golden.holm.adjusted) { #expect(close(x, y, 1e-14)) }
    #expect(MultipleTesting.bonferroni([0.01, 0.6]) == [0.02, 1])
    #expect(MultipleTesting.holm([.nan]) == nil)
    #expect(MultipleTesting.holm([]) == [])
  }

  @Test func `impossible counts have no answer`() {
    #expect(ProportionInterval.wilson(successes: 0, trials: 0) == nil)
    #expect(ProportionInterval.wilson(successes: 3, trials: 2) == nil)
    #expect(ProportionInterval.clopperPearson(successes: -1, trials: 2) == nil)
    #expect(TwoProportions.z(successes1: 0, trials1: 0, successes2: 1, trials2: 2) == nil)
    #expect(FisherExact.test(-1, 1, 1, 1) == nil)
    #expect(McNemar.exact(-1, 2) == nil)
    #expect(TwoProportions.test(successes1: 1, trials1: 40, successes2: 0, trials2: 40)?.test == "fisher_exact")
    #expect(TwoProportions.test(successes1: 20, trials1: 40, successes2: 10, trials2: 40)?.test == "two_proportion_z")
  }
}
