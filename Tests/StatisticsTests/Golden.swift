import Foundation
import Testing

/// `Fixtures/golden/statistics.json`, made by `Fixtures/golden/scripts/golden_statistics.py` with scipy 1.17.1 and numpy 2.4.6, seed 20260115.
struct Golden: Decodable {
  struct Special: Decodable {
    var lgamma, gammainc, gammaincinv, betainc, betaincinv, ndtr, ndtri, chi2, ncx2, t, tquantile, binom: [[Double]]
  }
  struct Pair: Decodable {
    var name: String
    var a, b: [Double]?
    var ks, mannwhitney, moments: [Double]
    var wasserstein: Double
    var welch: [Double]?
  }
  struct Samples: Decodable {
    var pairs: [Pair]
    var kstwo: [[Double]]
  }
  struct Table: Decodable {
    var name: String
    var a, b, chi2, uncorrected, js: [Double]
    var tv, hellinger, psi: Double
  }
  struct Known: Decodable {
    var bins: Int
    var reference, current: [Double]
    var psi, js, js2: Double
  }
  struct Tables: Decodable {
    var cases: [Table]
    var known: Known
  }
  struct Holm: Decodable { var p, adjusted: [Double] }
  struct Proportions: Decodable {
    var intervals, two, fisher, mcnemar: [[Double]]
    var holm: Holm
  }
  var special: Special
  var samples: Samples
  var tables: Tables
  var proportions: Proportions

  static let shared: Result<Golden, any Error> = Result {
    var folder = URL(fileURLWithPath: #filePath)
    if let named = ProcessInfo.processInfo.environment["VIGIL_FIXTURES"] {
      folder = URL(fileURLWithPath: named)
    } else {
      while !FileManager.default.fileExists(atPath: folder.appending(path: "Fixtures").path), folder.path != "/" { folder.deleteLastPathComponent() }
      folder.append(path: "Fixtures")
    }
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appending(path: "golden/statistics.json")))
  }
}

/// Whether two numbers agree to `tolerance`, relative above 1 in magnitude and for tiny probabilities alike, with an absolute floor at the smallest doubles.
func close(_ a: Double?, _ b: Double, _ tolerance: Double = 1e-9) -> Bool {
  guard let a else { return false }
  return a == b || abs(a - b) <= tolerance * max(abs(a), abs(b)) || abs(a - b) < 1e-290
}

/// Agreement in absolute terms, for differences of near-equal numbers, whose last digits are rounding.
func near(_ a: Double?, _ b: Double, _ tolerance: Double) -> Bool { a.map { abs($0 - b) <= tolerance } ?? false }
