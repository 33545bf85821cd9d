/// Unicode's normalization forms, with the reference's account of which character comes from which.
///
/// Source: the crate unicode-normalization-alignments (decompose.rs, recompose.rs): the first character of a decomposition replaces, the others are new; a composed
/// character sums up what became of its parts.
enum UnicodeForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  func apply(to text: inout NormalizedText) {
    // Below U+00A0 nothing is decomposed; below U+0300 nothing that is composed joins anything, so NFC leaves it.
    let stable: UInt32 = self == .nfc ? 0x300 : 0xA0
    if text.scalars.allSatisfy({ $0.value < stable }) { return }
    var parts = decompose(text.scalars)
    Self.sortMarks(&parts)
    let isComposed = self == .nfc || self == .nfkc
    let changes = (isComposed ? Self.recompose(parts) : parts).map { (scalar: $0.scalar, change: $0.change) }
    if changes.count == text.scalars.count, zip(changes, text.scalars).allSatisfy({ $0.change == 0 && $0.scalar == $1 }) { return }
    text.transform(changes)
  }

  private struct Part {
    var scalar: Unicode.Scalar
    var change: Int
    var combiningClass: UInt8

    init(_ scalar: Unicode.Scalar, _ change: Int) {
      self.scalar = scalar
      self.change = change
      combiningClass = scalar.value < 0x300 ? 0 : Decomposition.combiningClass(scalar)
    }
  }

  private func decompose(_ scalars: [Unicode.Scalar]) -> [Part] {
    let table = self == .nfkc || self == .nfkd ? Decomposition.compatible : Decomposition.canonical
    var parts: [Part] = []
    parts.reserveCapacity(scalars.count)
    for scalar in scalars {
      if let whole = table.parts(of: scalar) {
        for (place, part) in whole.enumerated() { parts.append(Part(part, place == 0 ? 0 : 1)) }
      } else {
        parts.append(Part(scalar, 0))
      }
    }
    return parts
  }

  /// Canonical ordering: runs of marks sorted by combining class, equal ones left in their order.
  private static func sortMarks(_ parts: inout [Part]) {
    var start = 0
    while start < parts.count {
      guard parts[start].combiningClass != 0 else {
        start += 1
        continue
      }
      var end = start + 1
      var isSorted = true
      while end < parts.count, parts[end].combiningClass != 0 {
        isSorted = isSorted && parts[end - 1].combiningClass <= parts[end].combiningClass
        end += 1
      }
      if !isSorted {
        // Swift's sort is stable, but does not promise it; the place makes it so.
        let sorted = parts[start..<end].enumerated().sorted { ($0.element.combiningClass, $0.offset) < ($1.element.combiningClass, $1.offset) }
        parts.replaceSubrange(start..<end, with: sorted.map(\.element))
      }
      start = end
    }
  }

  /// Canonical composition (Unicode Standard, D117) of ordered parts.
  private static func recompose(_ parts: [Part]) -> [Part] {
    var result: [Part] = []
    result.reserveCapacity(parts.count)
    var starter: Int?
    var lastClass: UInt8?
    for part in parts {
      if let place = starter, lastClass.map({ $0 < part.combiningClass }) ?? true,
        let whole = Decomposition.composite(result[place].scalar, part.scalar)
      {
        result[place].scalar = whole
        result[place].change += part.change - 1
        continue
      }
      if part.combiningClass == 0 {
        starter = result.count
        lastClass = nil
      } else if starter != nil {
        lastClass = part.combiningClass
      }
      result.append(part)
    }
    return result
  }
}
