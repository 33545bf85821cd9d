/// Lower case, character by character, of Rust's standard library.
enum Lowercase {
  private static let table: [UInt32: [Unicode.Scalar]] = {
    var table: [UInt32: [Unicode.Scalar]] = [:]
    var reader = TableReader(LowercaseTable.entries)
    var value = 0
    while let distance = reader.next(), let count = reader.next() {
      value += distance
      table[UInt32(value)] = (0..<count).compactMap { _ in reader.nextSigned().flatMap { Unicode.Scalar(UInt32(value + $0)) } }
    }
    return table
  }()

  /// The lower case of a scalar; nil where it is its own.
  static func of(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
    if scalar.value < 0x80 { return ("A"..."Z").contains(scalar) ? [Unicode.Scalar(UInt8(scalar.value) + 32)] : nil }
    return table[scalar.value]
  }
}
