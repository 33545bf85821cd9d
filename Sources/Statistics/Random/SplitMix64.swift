/// Steele, Lea and Flood's SplitMix64: 64 bits of state, every value once a period; good for seeding and for deriving seeds.
///
/// Source: S. Vigna's `splitmix64.c`; from seed 1234567 the first value is 6457827717110365317.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return SplitMix64.mix(state)
  }

  /// The output function: a bijection of 64 bits that scatters neighbours.
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Seeds for parts of a computation, so that one part's draws do not move when another part draws more.
public enum Seed {
  /// A seed from another seed and a name: FNV-1a over the name's UTF-8, mixed with the seed. The same on every machine.
  public static func derive(_ seed: UInt64, _ name: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return SplitMix64.mix(hash ^ SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15))
  }
}
