/// Reads the tables beside it: numbers written in printable characters, five bits in each, the lowest first; a sixth bit says that another follows.
struct TableReader: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var place = 0

  init(_ table: String) {
    bytes = table.utf8.filter { $0 != UInt8(ascii: "\n") }
  }

  mutating func next() -> Int? {
    var value = 0
    var shift = 0
    while place < bytes.count {
      let digit = Self.digit(bytes[place])
      place += 1
      value |= (digit & 31) << shift
      if digit < 32 { return value }
      shift += 5
    }
    return nil
  }

  /// A number that may be below zero: twice its value, or one less than twice what it lacks to zero.
  mutating func nextSigned() -> Int? { next().map { $0 & 1 == 0 ? $0 >> 1 : -($0 + 1) >> 1 } }

  private static func digit(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 97 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 48 + 52
    case UInt8(ascii: "-"): 62
    default: 63
    }
  }

  /// One small number for every scalar from U+0000 to U+10FFFF, from runs of length and value.
  static func expand(_ runs: String) -> [UInt8] {
    var table: [UInt8] = []
    table.reserveCapacity(0x110000)
    var reader = TableReader(runs)
    while let length = reader.next(), let value = reader.next() { table.append(contentsOf: repeatElement(UInt8(value), count: length)) }
    precondition(table.count == 0x110000, "a table of characters must cover all of them")
    return table
  }
}
