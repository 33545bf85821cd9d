/// Decompositions, compositions and combining classes of unicode-normalization-alignments, the library under the reference's NFC, NFD, NFKC and NFKD.
struct Decomposition: Sendable {
  static let canonical = Decomposition(DecompositionTable.canonical)
  /// Those of `canonical` and the compatibility ones.
  static let compatible = Decomposition(DecompositionTable.compatible, over: canonical)

  private var parts: [UInt32: [Unicode.Scalar]] = [:]
  /// Scalars below it have no decomposition.
  private var first: UInt32 = .max

  private init(_ table: String, over base: Decomposition? = nil) {
    if let base { self = base }
    var reader = TableReader(table)
    var value = 0
    while let distance = reader.next(), let count = reader.next() {
      value += distance
      parts[UInt32(value)] = (0..<count).compactMap { _ in reader.nextSigned().flatMap { Unicode.Scalar(UInt32(value + $0)) } }
      first = min(first, UInt32(value))
    }
  }

  /// The whole decomposition of a scalar; nil where it has none.
  func parts(of scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
    if scalar.value < first { return nil }
    if Hangul.isSyllable(scalar) { return Hangul.parts(of: scalar) }
    return parts[scalar.value]
  }

  // MARK: - The way back

  private static let compositions: [UInt64: Unicode.Scalar] = {
    var table: [UInt64: Unicode.Scalar] = [:]
    var reader = TableReader(DecompositionTable.compositions)
    var value = 0
    while let distance = reader.next(), let first = reader.nextSigned(), let second = reader.next() {
      value += distance
      table[UInt64(value + first) << 32 | UInt64(second)] = Unicode.Scalar(UInt32(value))
    }
    return table
  }()

  /// The one character that two compose to, if there is one.
  static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    if second.value < 0x300 { return nil }
    return Hangul.composite(first, second) ?? compositions[UInt64(first.value) << 32 | UInt64(second.value)]
  }

  private static let combiningClasses = TableReader.expand(CombiningClassTable.runs)

  static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 { combiningClasses[Int(scalar.value)] }
}

/// Hangul syllables by arithmetic (Unicode Standard, section 3.12).
enum Hangul {
  static func isSyllable(_ scalar: Unicode.Scalar) -> Bool { 0xAC00...0xD7A3 ~= scalar.value }

  static func parts(of syllable: Unicode.Scalar) -> [Unicode.Scalar] {
    let place = syllable.value - 0xAC00
    let values = [0x1100 + place / 588, 0x1161 + place % 588 / 28, 0x11A7 + place % 28]
    return values.prefix(place % 28 == 0 ? 2 : 3).compactMap(Unicode.Scalar.init)
  }

  /// Leading consonant and vowel, or that and a trailing consonant.
  static func composite(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    switch (first.value, second.value) {
    case (0x1100...0x1112, 0x1161...0x1175): Unicode.Scalar(0xAC00 + ((first.value - 0x1100) * 21 + second.value - 0x1161) * 28)
    case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (first.value - 0xAC00) % 28 == 0: Unicode.Scalar(first.value + second.value - 0x11A7)
    default: nil
    }
  }
}
