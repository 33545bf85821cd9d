/// Makes damaged inputs of good ones.
package struct Mutator {
  private var random: SplitMix64
  private let corpus: [[UInt8]]
  private let words: [[UInt8]]
  /// Whether the first eight bytes are the length of what follows up to the data, as in safetensors; most damage then keeps it true.
  private let hasLength: Bool

  /// Larger inputs only take longer.
  private static let maximumBytes = 1 << 16

  package init(seed: UInt64, corpus: [[UInt8]], words: [String], hasLength: Bool) {
    random = SplitMix64(seed: seed)
    self.corpus = corpus.isEmpty ? [[]] : corpus
    self.words = words.map { Array($0.utf8) }
    self.hasLength = hasLength
  }

  /// The next input.
  package mutating func next() -> [UInt8] {
    let start = random.pick(corpus)
    guard hasLength, start.count >= 8, random.below(4) > 0 else { return damaged(start) }
    let length = min(start[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }, UInt64(start.count - 8))
    let header = damaged(Array(start[8..<(8 + Int(length))]))
    // The data keeps its size, grows or shrinks a little.
    var data = Array(start[(8 + Int(length))...])
    if random.below(8) == 0 { data = random.below(2) == 0 ? data + [0] : Array(data.dropLast()) }
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
  }

  private mutating func damaged(_ input: [UInt8]) -> [UInt8] {
    var bytes = input
    for _ in 0...random.below(4) { change(&bytes) }
    return Array(bytes.prefix(Self.maximumBytes))
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = random.pick(words.isEmpty ? [[0]] : words)
      return
    }
    let place = random.below(bytes.count)
    switch random.below(11) {
    case 0: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes[place] = random.pick([0, 0xFF, 0x7F, 0x80, UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\\")])
    case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(16)))
    case 4:
      let piece = bytes[place..<min(bytes.count, place + 1 + random.below(64))]
      for _ in 0...random.below(3) { bytes.insert(contentsOf: piece, at: place) }
    case 5 where !words.isEmpty: bytes.insert(contentsOf: random.pick(words), at: place)
    case 6:
      // A piece of another input.
      let other = random.pick(corpus)
      guard !other.isEmpty else { return }
      let start = random.below(other.count)
      bytes.insert(contentsOf: other[start..<min(other.count, start + 1 + random.below(128))], at: place)
    case 7: bytes.removeSubrange(place...)
    case 8, 9: changeNumber(&bytes, near: place)
    default: changeString(&bytes, near: place)
    }
  }

  /// Another number for the one at or after a place.
  private mutating func changeNumber(_ bytes: inout [UInt8], near place: Int) {
    guard let start = bytes[place...].firstIndex(where: Self.isDigit) else { return }
    let end = bytes[start...].firstIndex { !Self.isDigit($0) } ?? bytes.count
    let numbers = [
      "0", "1", "-1", "2", "7", "8", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296", "9223372036854775807",
      "9223372036854775808", "18446744073709551615", "18446744073709551616", "1e308", "1e999", "-9223372036854775808", "0.5", "1.0", "100000000",
      "00",
    ]
    bytes.replaceSubrange(start..<end, with: Array(random.pick(numbers).utf8))
  }

  /// Another text for the one at or after a place, or its text for another.
  private mutating func changeString(_ bytes: inout [UInt8], near place: Int) {
    let quote = UInt8(ascii: "\"")
    guard let start = bytes[place...].firstIndex(of: quote), let end = bytes[(start + 1)...].firstIndex(of: quote) else { return }
    let strings = words + ["", "../x", "/etc/passwd", "\\ud800", "\\u0000", "a/b", ".", "__metadata__", "é"].map { Array($0.utf8) }
    bytes.replaceSubrange((start + 1)..<end, with: random.pick(strings))
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
