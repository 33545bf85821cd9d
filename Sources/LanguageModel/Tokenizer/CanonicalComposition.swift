internal import Foundation

/// Unicode normalization form C that knows where every character came from.
///
/// The result is NFC as everywhere; the origins follow the reference implementation (tokenizers' `NormalizedString` over the crate
/// unicode-normalization-alignments): a composed character comes from the first of its parts.
enum CanonicalComposition {
  /// NFC of a text, as scalars with the place of origin of each.
  static func normalize(_ text: [Unicode.Scalar]) -> (scalars: [Unicode.Scalar], origins: [Int]) {
    var out: [Unicode.Scalar] = []
    var origins: [Int] = []
    out.reserveCapacity(text.count)
    origins.reserveCapacity(text.count)
    var start = 0
    while start < text.count {
      var end = start + 1
      while end < text.count, !isBoundary(text[end]) { end += 1 }
      if end == start + 1 && text[start].value < 0xC0 {
        out.append(text[start])
        origins.append(start)
      } else {
        compose(text[start..<end], into: &out, &origins)
      }
      start = end
    }
    return (out, origins)
  }

  static func normalize(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    out.append(contentsOf: normalize(Array(text.unicodeScalars)).scalars)
    return String(out)
  }

  /// A character of a decomposed run; `change` counts, as the reference does, how many more (+1) or fewer (-n) characters there are than before.
  private struct Part {
    var scalar: Unicode.Scalar
    var change: Int
    var combiningClass: UInt8
  }

  private static func compose(_ run: ArraySlice<Unicode.Scalar>, into out: inout [Unicode.Scalar], _ origins: inout [Int]) {
    var parts: [Part] = []
    for scalar in run {
      for (place, part) in decomposition(of: scalar).enumerated() {
        parts.append(Part(scalar: part, change: place == 0 ? 0 : 1, combiningClass: part.properties.canonicalCombiningClass.rawValue))
      }
    }
    sortMarks(&parts)
    var place = run.startIndex
    for part in recompose(parts) {
      out.append(part.scalar)
      if part.change > 0 {
        origins.append(max(run.startIndex, place - 1))
      } else {
        origins.append(min(place, run.endIndex - 1))
        place += 1 - part.change
      }
    }
  }

  /// Canonical ordering: runs of marks sorted by combining class, equal ones left in their order.
  private static func sortMarks(_ parts: inout [Part]) {
    for i in parts.indices.dropFirst() where parts[i].combiningClass != 0 {
      var j = i
      while j > 0, parts[j - 1].combiningClass > parts[j].combiningClass {
        parts.swapAt(j - 1, j)
        j -= 1
      }
    }
  }

  /// Canonical composition (Unicode Standard, D117) of ordered parts.
  private static func recompose(_ parts: [Part]) -> [Part] {
    var result: [Part] = []
    var starter: Int?
    var lastClass: UInt8?
    for part in parts {
      if let place = starter, lastClass.map({ $0 < part.combiningClass }) ?? true, let whole = composite(result[place].scalar, part.scalar) {
        result[place].scalar = whole
        result[place].change += part.change - 1
        continue
      }
      if part.combiningClass == 0 {
        starter = result.count
        lastClass = nil
      } else {
        lastClass = part.combiningClass
      }
      result.append(part)
    }
    return result
  }

  private static func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    scalar.value < 0xC0 ? [scalar] : Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
  }

  /// The one character that two compose to, if there is one.
  private static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    if second.value < 0x300 { return nil }
    // Hangul syllables by arithmetic (Unicode Standard, section 3.12): leading consonant and vowel, or that and a trailing consonant.
    switch (first.value, second.value) {
    case (0x1100...0x1112, 0x1161...0x1175): return Unicode.Scalar(0xAC00 + ((first.value - 0x1100) * 21 + second.value - 0x1161) * 28)
    case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (first.value - 0xAC00) % 28 == 0: return Unicode.Scalar(first.value + second.value - 0x11A7)
    // Pairs that Foundation on Linux leaves apart, although they compose (UnicodeData.txt); the tests know all pairs there are.
    case (0xCCA, 0xCD5): return "\u{CCB}"
    case (0x11131, 0x11127): return "\u{1112E}"
    case (0x11132, 0x11127): return "\u{1112F}"
    default: break
    }
    let whole = (String(first) + String(second)).precomposedStringWithCanonicalMapping.unicodeScalars
    return whole.count == 1 ? whole.first : nil
  }

  /// Whether a scalar can never join what stands before it.
  private static func isBoundary(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x300 { return true }
    if scalar.properties.canonicalCombiningClass != .notReordered { return false }
    return !joiningStarters.contains(scalar.value)
  }

  /// Characters of combining class 0 that compose with the one before them (NFC_Quick_Check=Maybe in Unicode's DerivedNormalizationProps.txt).
  private static let joiningStarters: Set<UInt32> = {
    var set: Set<UInt32> = [
      0x09BE, 0x09D7, 0x0B3E, 0x0B56, 0x0B57, 0x0BBE, 0x0BD7, 0x0CC2, 0x0CD5, 0x0CD6, 0x0D3E, 0x0D57, 0x0DCF, 0x0DDF, 0x102E, 0x1B35, 0x11127,
      0x1133E, 0x11357,
      0x113B8, 0x113BB, 0x113C2, 0x113C5, 0x113C7, 0x113C8, 0x113C9, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930, 0x1611E, 0x1611F, 0x16120, 0x16121,
      0x16122, 0x16123, 0x16124, 0x16125, 0x16126, 0x16127, 0x16128, 0x16129, 0x16D67,
    ]
    set.formUnion(0x1161...0x1175)
    set.formUnion(0x11A8...0x11C2)
    return set
  }()
}
