/// A strict pull parser for JSON (RFC 8259), for files that must mean exactly what they say: safetensors headers, tokenizers, model configurations.
///
/// Refused, with line, column and byte offset: bytes that are not UTF-8, lone surrogates, control characters in strings, keys written twice (by `value()` and
/// `skip()`; a caller that pulls keys itself checks them), nesting beyond the limit, anything after the end. A byte order mark at the start is passed over.
///
/// Pulling goes like this, and builds nothing that is not asked for:
///
///     try scanner.beginObject()
///     while let key = try scanner.nextKey() { if key == "vocab" { … } else { try scanner.skip() } }
///     try scanner.end()
///
/// Linear in the length of the text.
public struct JSONScanner {
  public enum Kind: Sendable { case null, bool, number, string, array, object }

  public let file: String
  public let maximumDepth: Int
  let bytes: [UInt8]
  var position: Int
  /// One entry for every open object or array: true until its first member has been pulled.
  private var isFirst: [Bool] = []
  private let firstLine: Int
  private let baseOffset: Int

  /// - firstLine, baseOffset: where `bytes` begin in `file`, for messages.
  public init(_ bytes: [UInt8], file: String, firstLine: Int = 1, baseOffset: Int = 0, maximumDepth: Int = 128) throws(JSONFault) {
    self.bytes = bytes
    self.file = file
    self.firstLine = firstLine
    self.baseOffset = baseOffset
    self.maximumDepth = maximumDepth
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if let bad = UTF8Check.firstInvalid(in: bytes) {
      throw fault("byte 0x\(String(bytes[bad], radix: 16, uppercase: true)) is not UTF-8 here", at: bad)
    }
  }

  // MARK: - Pulling

  /// What kind of value comes next.
  public mutating func peek() throws(JSONFault) -> Kind {
    skipSpace()
    guard position < bytes.count else { throw fault("the text ends where a value was expected: it is cut short, copy it again whole") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw fault("a value was expected, found \(found)")
    }
  }

  public mutating func beginObject() throws(JSONFault) {
    try expect(UInt8(ascii: "{"), "an object was expected")
    try open()
  }

  /// The next key of the object that was begun last, its colon taken; nil when the object ends.
  public mutating func nextKey() throws(JSONFault) -> String? {
    guard try nextMember(closing: UInt8(ascii: "}")) else { return nil }
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw fault("a key in quotes was expected, found \(found)") }
    let key = try string()
    try expect(UInt8(ascii: ":"), "a colon was expected after the key \"\(key.prefix(60))\"")
    return key
  }

  public mutating func beginArray() throws(JSONFault) {
    try expect(UInt8(ascii: "["), "a list was expected")
    try open()
  }

  /// Whether the list that was begun last has another element; false when it ends.
  public mutating func nextElement() throws(JSONFault) -> Bool { try nextMember(closing: UInt8(ascii: "]")) }

  public mutating func null() throws(JSONFault) { try word("null") }

  public mutating func bool() throws(JSONFault) -> Bool {
    skipSpace()
    if position < bytes.count, bytes[position] == UInt8(ascii: "t") {
      try word("true")
      return true
    }
    try word("false")
    return false
  }

  public mutating func int() throws(JSONFault) -> Int {
    skipSpace()
    let start = position
    let number = try number()
    guard let value = number.int else { throw fault("a whole number was expected, found \(number.text.prefix(40))", at: start) }
    return value
  }

  public mutating func number() throws(JSONFault) -> JSONNumber {
    skipSpace()
    let start = position
    take(UInt8(ascii: "-"))
    guard let first = current, isDigit(first) else { throw fault("a number was expected, found \(found)", at: start) }
    position += 1
    if first == UInt8(ascii: "0") {
      if let next = current, isDigit(next) { throw fault("a number may not begin with 0", at: start) }
    } else {
      takeDigits()
    }
    if take(UInt8(ascii: ".")) {
      guard let next = current, isDigit(next) else { throw fault("a digit was expected after the point, found \(found)") }
      takeDigits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { take(UInt8(ascii: "-")) }
      guard let next = current, isDigit(next) else { throw fault("a digit was expected in the exponent, found \(found)") }
      takeDigits()
    }
    return JSONNumber(text: String(decoding: bytes[start..<position], as: UTF8.self))
  }

  public mutating func string() throws(JSONFault) -> String {
    try expect(UInt8(ascii: "\""), "a string was expected")
    let start = position
    // The common case has no escape and becomes a string in one step.
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      position += 1
    }
    return try stringWithEscapes(from: start)
  }

  /// The next value, whole.
  public mutating func value() throws(JSONFault) -> OrderedJSON {
    switch try peek() {
    case .null:
      try null()
      return .null
    case .bool: return .bool(try bool())
    case .number: return .number(try number())
    case .string: return .string(try string())
    case .array:
      try beginArray()
      var values: [OrderedJSON] = []
      while try nextElement() { values.append(try value()) }
      return .array(values)
    case .object:
      try beginObject()
      var object = JSONObject()
      while let key = try nextKey() {
        let place = position
        let value = try value()
        guard object.appendIfNew(key, value) else { throw fault("the key \"\(key.prefix(60))\" is there twice", at: place) }
      }
      return .object(object)
    }
  }

  /// Passes over the next value, checking it as `value()` would.
  public mutating func skip() throws(JSONFault) { _ = try value() }

  /// Throws unless only white space is left.
  public mutating func end() throws(JSONFault) {
    skipSpace()
    guard position == bytes.count else { throw fault("the text should end here, found \(found)") }
  }

  // MARK: - Faults

  /// A fault at the scanner's place or at a byte offset of its text.
  public func fault(_ problem: String, at offset: Int? = nil) -> JSONFault {
    let place = min(offset ?? position, bytes.count)
    var line = firstLine
    var lineStart = 0
    for i in 0..<place where bytes[i] == 0x0A {
      line += 1
      lineStart = i + 1
    }
    return JSONFault(file: file, line: line, column: place - lineStart + 1, offset: baseOffset + place, problem: problem)
  }

  // MARK: - Private

  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  var found: String {
    guard let byte = current else { return "the end of the text" }
    if byte < 0x20 || byte == 0x7F { return "the control character 0x\(String(byte, radix: 16, uppercase: true))" }
    let piece = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
    return "\"\(piece.unicodeScalars.first.map(String.init) ?? "")\""
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  @discardableResult
  mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeDigits() {
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
  }

  private mutating func expect(_ byte: UInt8, _ complaint: String) throws(JSONFault) {
    skipSpace()
    guard take(byte) else { throw fault("\(complaint), found \(found)") }
  }

  private mutating func word(_ word: StaticString) throws(JSONFault) {
    skipSpace()
    let expected = Array("\(word)".utf8)
    guard bytes[position...].starts(with: expected) else {
      let letters = bytes[position...].prefix(20).prefix { $0 | 0x20 >= UInt8(ascii: "a") && $0 | 0x20 <= UInt8(ascii: "z") }
      throw fault("\(word) was expected, found \(letters.isEmpty ? found : "\"\(String(decoding: letters, as: UTF8.self))\"")")
    }
    position += expected.count
  }

  private mutating func open() throws(JSONFault) {
    guard isFirst.count < maximumDepth else { throw fault("nested more than \(maximumDepth) deep") }
    isFirst.append(true)
  }

  private mutating func nextMember(closing: UInt8) throws(JSONFault) -> Bool {
    precondition(!isFirst.isEmpty, "a member was pulled where no object or array is open")
    skipSpace()
    if take(closing) {
      isFirst.removeLast()
      return false
    }
    if isFirst[isFirst.count - 1] {
      isFirst[isFirst.count - 1] = false
      guard position < bytes.count else { throw fault("the text ends inside an object or a list: it is cut short, copy it again whole") }
      return true
    }
    guard take(UInt8(ascii: ",")) else {
      throw fault(
        position < bytes.count
          ? "a comma or \(Character(UnicodeScalar(closing))) was expected, found \(found)"
          : "the text ends inside an object or a list: it is cut short, copy it again whole")
    }
    return true
  }
}
