/// Merges by pair: (left id, right id) to (rank, merged id). Open addressing over powers of two, at most half full.
struct MergeTable: Sendable {
  private var keys: [UInt64]
  private var values: [UInt64]
  private let mask: Int

  /// The key no pair has: ids are below 2^31.
  private static let empty = UInt64.max

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    keys = Array(repeating: Self.empty, count: size)
    values = Array(repeating: 0, count: size)
    mask = size - 1
  }

  /// A pair that is there already gets the new rank, as a hash map in the reference implementation does.
  mutating func insert(_ left: Int32, _ right: Int32, rank: Int, merged: Int32) {
    let key = Self.key(left, right)
    var place = Self.hash(key) & mask
    while keys[place] != Self.empty && keys[place] != key { place = (place + 1) & mask }
    keys[place] = key
    values[place] = UInt64(rank) << 32 | UInt64(UInt32(merged))
  }

  /// Rank in the upper half, merged id in the lower; `UInt64.max` if the two do not merge.
  func merge(_ left: Int32, _ right: Int32) -> UInt64 {
    let key = Self.key(left, right)
    var place = Self.hash(key) & mask
    while true {
      let found = keys[place]
      if found == key { return values[place] }
      if found == Self.empty { return .max }
      place = (place + 1) & mask
    }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 { UInt64(UInt32(left)) << 32 | UInt64(UInt32(right)) }

  private static func hash(_ key: UInt64) -> Int {
    let mixed = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: mixed >> 20)
  }
}

/// Token ids by the bytes they stand for, in one arena.
struct ByteStringTable: Sendable {
  private var arena: [UInt8] = []
  private var slots: [(start: Int, length: Int, id: Int32)]
  private var mask: Int
  private var count = 0

  init(capacity: Int) {
    var size = 16
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: (0, -1, -1), count: size)
    mask = size - 1
  }

  /// False if the bytes are there already.
  mutating func insert(_ bytes: [UInt8], id: Int32) -> Bool {
    if 2 * (count + 1) > slots.count { grow() }
    var place = Self.hash(bytes[...]) & mask
    while slots[place].length >= 0 {
      if matches(slots[place], bytes[...]) { return false }
      place = (place + 1) & mask
    }
    slots[place] = (arena.count, bytes.count, id)
    count += 1
    arena += bytes
    return true
  }

  private mutating func grow() {
    let old = slots
    slots = Array(repeating: (0, -1, -1), count: old.count * 2)
    mask = slots.count - 1
    for slot in old where slot.length >= 0 {
      var place = Self.hash(arena[slot.start..<(slot.start + slot.length)]) & mask
      while slots[place].length >= 0 { place = (place + 1) & mask }
      slots[place] = slot
    }
  }

  func id(_ bytes: ArraySlice<UInt8>) -> Int32? {
    var place = Self.hash(bytes) & mask
    while slots[place].length >= 0 {
      if matches(slots[place], bytes) { return slots[place].id }
      place = (place + 1) & mask
    }
    return nil
  }

  private func matches(_ slot: (start: Int, length: Int, id: Int32), _ bytes: ArraySlice<UInt8>) -> Bool {
    slot.length == bytes.count && arena[slot.start..<(slot.start + slot.length)].elementsEqual(bytes)
  }

  /// FNV-1a, finished so that the low bits depend on all bytes.
  private static func hash(_ bytes: ArraySlice<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF)
  }
}
