import Foundation
import Statistics
import Testing

@Suite struct SpecialFunctionTests {
  @Test func `log-gamma agrees with scipy`() throws {
    for row in try Golden.shared.get().special.lgamma { #expect(close(logGamma(row[0]), row[1], 1e-13), "\(row)") }
  }

  @Test func `both incomplete gamma functions keep their digits from the far tail to the mode`() throws {
    for row in try Golden.shared.get().special.gammainc {
      #expect(close(IncompleteGamma.lower(row[0], row[1]), row[2], 2e-12), "P\(row)")
      #expect(close(IncompleteGamma.upper(row[0], row[1]), row[3], 2e-12) || near(IncompleteGamma.upper(row[0], row[1]), row[3], 1e-15), "Q\(row)")
    }
  }

  @Test func `inverse incomplete gamma functions agree with scipy`() throws {
    for row in try Golden.shared.get().special.gammaincinv {
      #expect(close(IncompleteGamma.inverseLower(row[0], row[1]), row[2], 1e-11), "P\(row)")
      #expect(close(IncompleteGamma.inverseUpper(row[0], row[1]), row[3], 1e-11), "Q\(row)")
    }
  }

  @Test func `the incomplete beta function and its inverse agree with scipy`() throws {
    let golden = try Golden.shared.get().special
    for row in golden.betainc { #expect(close(IncompleteBeta.regularized(row[0], row[1], row[2]), row[3], 1e-11), "\(row)") }
    for row in golden.betaincinv { #expect(close(IncompleteBeta.inverse(row[0], row[1], row[2]), row[3], 1e-11), "\(row)") }
  }

  @Test func `the normal distribution agrees with scipy into both tails`() throws {
    let golden = try Golden.shared.get().special
    for row in golden.ndtr {
      #expect(close(Normal.cdf(row[0]), row[1], 1e-12), "\(row)")
      #expect(close(Normal.survival(-row[0]), row[1], 1e-12), "\(row)")
    }
    for row in golden.ndtri { #expect(close(Normal.quantile(row[0]), row[1], 1e-12) || near(Normal.quantile(row[0]), row[1], 1e-15), "\(row)") }
  }

  @Test func `chi-squared, Student's t and the binomial agree with scipy`() throws {
    let golden = try Golden.shared.get().special
    for row in golden.chi2 {
      #expect(close(ChiSquared.cdf(row[0], df: row[1]), row[2], 1e-12), "\(row)")
      #expect(close(ChiSquared.survival(row[0], df: row[1]), row[3], 1e-12), "\(row)")
      #expect(close(ChiSquared.inverseSurvival(row[3], df: row[1]), row[4], 1e-10), "\(row)")
    }
    for row in golden.ncx2 { #expect(close(ChiSquared.noncentralSurvival(row[0], df: row[1], lambda: row[2]), row[3], 1e-9), "\(row)") }
    for row in golden.t {
      #expect(close(StudentT.cdf(row[0], df: row[1]), row[2], 1e-10), "\(row)")
      #expect(close(StudentT.twoSided(row[0], df: row[1]), row[3], 1e-10), "\(row)")
    }
    for row in golden.tquantile { #expect(close(StudentT.quantile(row[0], df: row[1]), row[2], 1e-10), "\(row)") }
    for row in golden.binom {
      let (k, n) = (Int(row[0]), Int(row[1]))
      #expect(close(Binomial.probability(k, n: n, p: row[2]), row[3], 1e-10), "\(row)")
      #expect(close(Binomial.cdf(k, n: n, p: row[2]), row[4], 1e-10), "\(row)")
      #expect(close(Binomial.survival(k, n: n, p: row[2]), row[5], 1e-10), "\(row)")
    }
  }

  @Test func `a critical non-centrality gives exactly the power asked for`() throws {
    let lambda = try #require(ChiSquared.noncentrality(df: 11, alpha: 1e-4, power: 0.8))
    let critical = try #require(ChiSquared.inverseSurvival(1e-4, df: 11))
    #expect(near(ChiSquared.noncentralSurvival(critical, df: 11, lambda: lambda), 0.8, 1e-8))
  }

  @Test func `what is outside the domain is nil`() {
    #expect(IncompleteGamma.lower(0, 1) == nil)
    #expect(IncompleteGamma.lower(-1, 1) == nil)
    #expect(IncompleteGamma.lower(.nan, 1) == nil)
    #expect(IncompleteGamma.upper(1, -1) == nil)
    #expect(IncompleteGamma.upper(1, .nan) == nil)
    #expect(IncompleteGamma.inverseLower(2, 1.5) == nil)
    #expect(IncompleteBeta.regularized(1, 1, 1.1) == nil)
    #expect(IncompleteBeta.regularized(0, 1, 0.5) == nil)
    #expect(IncompleteBeta.inverse(1, 1, .nan) == nil)
    #expect(Normal.quantile(-0.1) == nil)
    #expect(Normal.quantile(.nan) == nil)
    #expect(ChiSquared.survival(1, df: 0) == nil)
    #expect(StudentT.twoSided(.nan, df: 3) == nil)
    #expect(Binomial.cdf(1, n: 2, p: 1.5) == nil)
  }

  @Test func `ends of the domain are exact`() {
    #expect(IncompleteGamma.lower(2, 0) == 0)
    #expect(IncompleteGamma.upper(2, .infinity) == 0)
    #expect(IncompleteGamma.inverseUpper(2, 0) == .infinity)
    #expect(IncompleteBeta.regularized(2, 3, 0) == 0)
    #expect(IncompleteBeta.regularized(2, 3, 1) == 1)
    #expect(Normal.quantile(0) == -.infinity)
    #expect(Binomial.probability(0, n: 0, p: 0.5) == 1)
    #expect(Binomial.probability(5, n: 3, p: 0.5) == 0)
    #expect(Binomial.cdf(-1, n: 3, p: 0.5) == 0)
    #expect(Binomial.cdf(3, n: 3, p: 0.5) == 1)
    #expect(StudentT.quantile(0.5, df: 3) == 0)
  }
}
