import Testing

@testable import HelpDesk

struct SplitMix64Tests {
  @Test func `gives the reference values`() {
    // Java's java.util.SplittableRandom(1234567).nextLong(), as unsigned; also in the test of the C reference by S. Vigna.
    var random = SplitMix64(seed: 1_234_567)
    #expect(
      (0..<5).map { _ in random.next() } == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
      ])
  }

  @Test func `a choice stays in its bounds and reaches both ends`() {
    var random = SplitMix64(seed: 1)
    #expect(Set((0..<500).map { _ in random.below(5) }) == [0, 1, 2, 3, 4])
    #expect(Set((0..<500).map { _ in random.within(-1...1) }) == [-1, 0, 1])
    #expect((0..<500).allSatisfy { _ in (0..<1).contains(random.unit()) })
  }

  @Test func `an item of weight 0 is never picked`() {
    var random = SplitMix64(seed: 1)
    #expect((0..<300).allSatisfy { _ in random.pick([("a", 0.0), ("b", 2.0), ("c", 0.0)]) == "b" })
  }

  @Test func `streams of neighbouring indices and other domains differ`() {
    var first = SplitMix64(seed: 1, domain: "a", index: 1)
    var second = SplitMix64(seed: 1, domain: "a", index: 2)
    var third = SplitMix64(seed: 1, domain: "b", index: 1)
    #expect(Set([first.next(), second.next(), third.next()]).count == 3)
  }
}
