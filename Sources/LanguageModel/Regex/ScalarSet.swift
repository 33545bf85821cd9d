/// A set of characters, as a class or an escape of a regular expression means it.
indirect enum ScalarSet: Sendable, Hashable {
  case range(UInt32, UInt32)
  case categories(GeneralCategory.Mask)
  case script(UInt8)
  case whiteSpace
  case word
  case alphabetic
  case any
  case not(ScalarSet)
  case union([ScalarSet])
  case intersection([ScalarSet])

  static func scalar(_ scalar: Unicode.Scalar) -> ScalarSet { .range(scalar.value, scalar.value) }

  static let digit = ScalarSet.categories(.init(.nd))
  static let hexDigit = ScalarSet.union([.range(0x30, 0x39), .range(0x41, 0x46), .range(0x61, 0x66)])
  static let newline = ScalarSet.range(0xA, 0xA)

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch self {
    case .range(let lower, let upper): lower <= scalar.value && scalar.value <= upper
    case .categories(let mask): !mask.isDisjoint(with: GeneralCategory.mask(of: scalar))
    case .script(let number): Scripts.number(of: scalar) == number
    case .whiteSpace: scalar.isWhiteSpace
    case .word: ScalarFlags.of(scalar).contains(.regexWord)
    case .alphabetic: ScalarFlags.of(scalar).contains(.alphabetic)
    case .any: true
    case .not(let set): !set.contains(scalar)
    case .union(let sets): sets.contains { $0.contains(scalar) }
    case .intersection(let sets): sets.allSatisfy { $0.contains(scalar) }
    }
  }
}

/// A set with the answers for ASCII worked out beforehand.
struct IndexedSet: Sendable {
  private let set: ScalarSet
  private let ascii: (low: UInt64, high: UInt64)

  init(_ set: ScalarSet) {
    self.set = set
    func bits(_ first: UInt32) -> UInt64 {
      (0..<UInt32(64)).reduce(0) { bits, place in
        Unicode.Scalar(first + place).map(set.contains) == true ? bits | 1 << UInt64(place) : bits
      }
    }
    ascii = (bits(0), bits(64))
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 64 { return ascii.low >> UInt64(scalar.value) & 1 == 1 }
    if scalar.value < 128 { return ascii.high >> UInt64(scalar.value - 64) & 1 == 1 }
    return set.contains(scalar)
  }
}
