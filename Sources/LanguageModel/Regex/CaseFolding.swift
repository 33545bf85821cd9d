/// Case under `(?i)`, for ASCII: the letters, and the two characters beyond ASCII that fold to one of them.
enum CaseFolding {
  /// The characters that are the same but for case; nil for a character beyond ASCII.
  static func set(_ scalar: Unicode.Scalar) -> ScalarSet? {
    guard scalar.value < 0x80 else { return nil }
    let lower = scalar.value | 0x20
    guard 0x61...0x7A ~= lower, scalar.value >= 0x41 else { return .scalar(scalar) }
    var set: [ScalarSet] = [.range(lower, lower), .range(lower - 0x20, lower - 0x20)]
    if lower == 0x6B { set.append(.scalar("\u{212A}")) }
    if lower == 0x73 { set.append(.scalar("\u{17F}")) }
    return .union(set)
  }
}

/// Letters one after the other under `(?i)`, watched for pairs that Oniguruma also matches with a single character (ß for ss, the ligatures for ff, fi, fl, st).
struct FoldedLetters {
  private var last: UInt32 = 0

  /// False if the letter and the one before it are such a pair.
  mutating func append(_ scalar: Unicode.Scalar) -> Bool {
    let letter = scalar.value | 0x20
    defer { last = letter }
    switch (last, letter) {
    case (0x73, 0x73), (0x73, 0x74), (0x66, 0x66), (0x66, 0x69), (0x66, 0x6C): return false
    default: return true
    }
  }
}
