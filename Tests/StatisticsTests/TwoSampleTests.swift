import Foundation
import Statistics
import Testing

@Suite struct TwoSampleTests {
  /// The field's pair of samples that needs no generator (monitoring notes, scipy 1.17).
  static let reference = (1...1200).map { fraction(43758.5453 * sin(12.9898 * Double($0))) }
  static let current = (1...900).map { pow(fraction(43758.5453 * sin(78.233 * Double($0))), 1.3) }
  static func fraction(_ x: Double) -> Double { x - x.rounded(.down) }

  func samples(_ pair: Golden.Pair) -> ([Double], [Double]) { (pair.a ?? Self.reference, pair.b ?? Self.current) }

  @Test func `Kolmogorov-Smirnov agrees with scipy, with ties, tiny, constant and unequal samples`() throws {
    for pair in try Golden.shared.get().samples.pairs {
      let (a, b) = samples(pair)
      let result = try #require(KolmogorovSmirnov.test(a, b))
      // scipy rounds D to whole steps after the fact: the last digit may differ.
      #expect(close(result.statistic, pair.ks[0], 1e-12), "\(pair.name)")
      #expect(close(result.pValue, pair.ks[1], 1e-9), "\(pair.name): \(result.pValue) \(pair.ks[1])")
    }
  }

  @Test func `the known pair gives the known numbers`() throws {
    let result = try #require(KolmogorovSmirnov.test(Self.reference, Self.current))
    #expect(near(result.statistic, 0.153888888889, 1e-11))
    #expect(near(result.pValue, 4.423612e-11, 1e-16))
    #expect(near(Wasserstein.distance(Self.reference, Self.current), 0.083400621453, 1e-11))
  }

  @Test func `the asymptotic tail agrees with scipy's kstwo where it is used`() throws {
    for row in try Golden.shared.get().samples.kstwo {
      let n = (row[0] * row[1] / (row[0] + row[1])).rounded(.toNearestOrEven)
      #expect(
        near(KolmogorovDistribution.survival(row[2], n: Int(n)), row[3], 1e-9)
          && close(KolmogorovDistribution.survival(row[2], n: Int(n)), row[3], 1e-7), "\(row)")
    }
  }

  @Test func `exact and asymptotic p-values meet for large samples`() throws {
    let exact = try #require(KolmogorovSmirnov.test(Self.reference, Self.current, method: .exact))
    let asymptotic = try #require(KolmogorovSmirnov.test(Self.reference, Self.current, method: .asymptotic))
    #expect(abs(log(exact.pValue) - log(asymptotic.pValue)) < 0.2)
  }

  @Test func `Wasserstein, Mann-Whitney and Welch agree with scipy`() throws {
    for pair in try Golden.shared.get().samples.pairs {
      let (a, b) = samples(pair)
      #expect(close(Wasserstein.distance(a, b), pair.wasserstein, 1e-10), "\(pair.name)")
      let mw = try #require(MannWhitney.test(a, b))
      #expect(close(mw.statistic, pair.mannwhitney[0], 1e-12) && close(mw.pValue, pair.mannwhitney[1], 1e-9), "\(pair.name)")
      let welch = Welch.test(a, b)
      if let expected = pair.welch {
        let got = try #require(welch)
        for (x, y) in zip([got.statistic, got.pValue, got.degreesOfFreedom, got.interval.lower, got.interval.upper], expected) {
          #expect(close(x, y, 1e-9), "\(pair.name): \(x) \(y)")
        }
      } else {
        #expect(welch == nil, "\(pair.name)")
      }
    }
  }

  @Test func `moments agree with numpy and merge exactly enough`() throws {
    for pair in try Golden.shared.get().samples.pairs {
      let (a, _) = samples(pair)
      var halves = Moments(a.prefix(a.count / 3))
      halves.merge(Moments(a.dropFirst(a.count / 3)))
      for moments in [Moments(a), halves] {
        let got = [moments.mean, moments.populationVariance, moments.sampleVariance, moments.skewness].compactMap(\.self)
        #expect(got.count == pair.moments.count)
        for (x, y) in zip(got, pair.moments) { #expect(close(x, y, 1e-10) || near(x, y, 1e-12), "\(pair.name)") }
      }
    }
  }

  @Test func `moments far from zero do not cancel`() {
    let moments = Moments([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])
    #expect(moments.sampleVariance == 30)
  }

  @Test func `empty and non-finite samples have no test`() {
    for (a, b) in [([], [1.0]), ([1.0], []), ([.nan], [1.0]), ([1.0], [.infinity])] as [([Double], [Double])] {
      #expect(KolmogorovSmirnov.test(a, b) == nil)
      #expect(Wasserstein.distance(a, b) == nil)
      #expect(MannWhitney.test(a, b) == nil)
      #expect(Welch.test(a, b) == nil)
    }
    #expect(Moments().mean == nil)
    #expect(Moments([1]).sampleVariance == nil)
    #expect(Moments([2, 2]).skewness == nil)
    #expect(Quantiles.of([], 0.5) == nil)
    #expect(Quantiles.of([1, .nan], 0.5) == nil)
    #expect(Quantiles.of([4, 1, 3, 2], 0.5) == 2.5)
    #expect(Quantiles.of([7], 1) == 7)
  }
}
