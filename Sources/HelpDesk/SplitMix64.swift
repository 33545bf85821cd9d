import Foundation

/// A small seeded generator: every choice of the help desk comes from one of these, so that a seed and an index give the same message on any machine.
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014), with the finaliser of Java's `SplittableRandom`.
package struct SplitMix64: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A stream of its own for each (seed, domain, index): neighbouring indices share nothing.
  package init(seed: UInt64, domain: String, index: Int) {
    // FNV-1a over the domain's bytes, then one finaliser between each ingredient.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in domain.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixer = SplitMix64(seed: seed)
    mixer.state = mixer.next() ^ hash
    mixer.state = mixer.next() ^ UInt64(bitPattern: Int64(index))
    state = mixer.next()
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// In 0..<1, with 53 random bits.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// In 0..<bound; `bound` at least 1. The bias of the multiply-shift is below 2^-50 for our bounds.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a choice needs at least one alternative")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// In the closed range.
  package mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  package mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  package mutating func pick<T>(_ items: [T]) -> T { items[below(items.count)] }

  /// An item with probability proportional to its weight; weights at least 0, not all 0.
  package mutating func pick<T>(_ items: [(T, Double)]) -> T {
    let total = items.reduce(0) { $0 + $1.1 }
    precondition(total > 0, "weights that are all 0 choose nothing")
    var point = unit() * total
    for (item, weight) in items {
      point -= weight
      if point < 0 { return item }
    }
    return items[items.count - 1].0
  }

  /// Standard normal, by Box and Muller's transform.
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * Double.pi * unit())
  }

  /// The items in a random order (Fisher and Yates).
  package mutating func shuffled<T>(_ items: [T]) -> [T] {
    var items = items
    for i in stride(from: items.count - 1, to: 0, by: -1) { items.swapAt(i, below(i + 1)) }
    return items
  }
}
