/// Where and why a text is not the JSON it should be.
public struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// Counted from 1.
  public var line: Int
  /// In bytes, counted from 1.
  public var column: Int
  /// In bytes from the start of the file, counted from 0.
  public var offset: Int
  public var problem: String

  public init(file: String, line: Int, column: Int, offset: Int, problem: String) {
    self.file = file
    self.line = line
    self.column = column
    self.offset = offset
    self.problem = problem
  }

  public var description: String { "\(file):\(line):\(column): \(problem) (byte \(offset))" }
}

/// UTF-8, looked at byte by byte.
public enum UTF8Check {
  /// Offset of the first byte that does not belong to well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF); nil if all do.
  public static func firstInvalid(in bytes: [UInt8], from start: Int = 0) -> Int? {
    var i = start
    let end = bytes.count
    while i < end {
      let lead = bytes[i]
      if lead < 0x80 {
        i += 1
        continue
      }
      let length: Int
      var lower: UInt8 = 0x80
      var upper: UInt8 = 0xBF
      switch lead {
      case 0xC2...0xDF: length = 2
      case 0xE0: (length, lower) = (3, 0xA0)
      case 0xED: (length, upper) = (3, 0x9F)
      case 0xE1...0xEF: length = 3
      case 0xF0: (length, lower) = (4, 0x90)
      case 0xF4: (length, upper) = (4, 0x8F)
      case 0xF1...0xF3: length = 4
      default: return i
      }
      guard i + length <= end, lower <= bytes[i + 1], bytes[i + 1] <= upper else { return i }
      for next in (i + 2)..<max(i + 2, i + length) where bytes[next] & 0xC0 != 0x80 { return i }
      i += length
    }
    return nil
  }
}
