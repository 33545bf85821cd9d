internal import CLibPQ
package import Foundation

/// A value bound to `$1`, `$2`, ... Values are bound, never pasted into SQL.
///
/// All but bytes travel as text with their type left open, so that the statement decides it: `$1::bigint`, `insert ... values ($1)`.
package enum PostgresParameter: Sendable, Hashable {
  case null
  case text(String)
  case integer(Int)
  /// NaN and the infinities too.
  case double(Double)
  case bool(Bool)
  /// `timestamptz`, rounded to the microsecond.
  case time(Date)
  case uuid(UUID)
  case bytes([UInt8])
  /// JSON text for a `json` or `jsonb` parameter.
  case json(String)
  case texts([String?])
  case integers([Int])
  case doubles([Double])
  case times([Date?])
  /// One JSON text a row, for `$1::text[]` and a cast of its elements, or `$1::jsonb[]`.
  case jsons([String])
  /// `bytea[]`.
  case byteArrays([[UInt8]])
  /// One array literal a row, for `$1::text[]` and a cast of its elements: PostgreSQL's own arrays of arrays must be rectangular and unnest flat.
  case doubleArrays([[Double]])
}

extension PostgresParameter {
  package static func optional(_ value: String?) -> Self { value.map { .text($0) } ?? .null }
  package static func optional(_ value: Int?) -> Self { value.map { .integer($0) } ?? .null }
  package static func optional(_ value: Double?) -> Self { value.map { .double($0) } ?? .null }
  package static func optional(_ value: Bool?) -> Self { value.map { .bool($0) } ?? .null }
  package static func optional(_ value: Date?) -> Self { value.map { .time($0) } ?? .null }
  package static func optional(_ value: UUID?) -> Self { value.map { .uuid($0) } ?? .null }
  /// Whole milliseconds or finer, for `make_interval(secs => $1)`.
  package static func seconds(_ value: Duration) -> Self {
    .double(Double(value.components.seconds) + Double(value.components.attoseconds) / 1e18)
  }

  /// The value as the server reads it; nil for NULL.
  var textBytes: [UInt8]? {
    switch self {
    case .null: nil
    case .text(let value): TextRepair.encode(value)
    case .integer(let value): Array(String(value).utf8)
    case .double(let value): Array(value.description.utf8)
    case .bool(let value): Array((value ? "t" : "f").utf8)
    case .time(let value): Array(PostgresTime.text(value).utf8)
    case .uuid(let value): Array(value.uuidString.utf8)
    case .bytes(let value): Array("\\x".utf8) + Hexadecimal.text(value)
    case .json(let value): TextRepair.encodeJSON(value)
    case .texts(let values): TextRepair.encode(PostgresArray.text(values))
    case .integers(let values): Array(PostgresArray.text(values).utf8)
    case .doubles(let values): Array(PostgresArray.text(values).utf8)
    case .times(let values): Array(PostgresArray.text(values.map { $0.map(PostgresTime.text) }).utf8)
    case .jsons(let values): Array(PostgresArray.text(values.map { String(decoding: TextRepair.encodeJSON($0), as: UTF8.self) as String? }).utf8)
    case .byteArrays(let values):
      Array(PostgresArray.text(values.map { "\\x" + String(decoding: Hexadecimal.text($0), as: UTF8.self) as String? }).utf8)
    case .doubleArrays(let values): Array(PostgresArray.text(values.map { PostgresArray.text($0) as String? }).utf8)
    }
  }
}

extension PostgresParameter: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .double(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(nilLiteral: ()) { self = .null }
}

/// Parameters laid out as `PQexecParams` wants them: one buffer, each value with a NUL after it.
struct ParameterBlock {
  private var bytes: [UInt8] = []
  private var starts: [Int?] = []
  private var lengths: [CInt] = []
  private var formats: [CInt] = []
  private var types: [Oid] = []

  /// The protocol counts parameters in 16 bits.
  static let parametersMax = 65_535
  private static let bytea: Oid = 17

  init(_ parameters: [PostgresParameter]) {
    for parameter in parameters {
      if case .bytes(let value) = parameter {
        append(value, format: 1, type: Self.bytea)
      } else {
        append(parameter.textBytes, format: 0, type: 0)
      }
    }
  }

  private mutating func append(_ value: [UInt8]?, format: CInt, type: Oid) {
    starts.append(value == nil ? nil : bytes.count)
    bytes.append(contentsOf: value ?? [])
    bytes.append(0)
    lengths.append(CInt(clamping: value?.count ?? 0))
    formats.append(format)
    types.append(type)
  }

  /// Calls `body` with count, types, values, lengths and formats.
  func withPointers<T>(
    _ body: (CInt, UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?) throws -> T
  ) rethrows -> T {
    try bytes.withUnsafeBytes { buffer in
      let base = buffer.baseAddress
      let values = starts.map { start in start.flatMap { base?.advanced(by: $0).assumingMemoryBound(to: CChar.self) } }
      return try body(CInt(starts.count), types, values, lengths, formats)
    }
  }
}

/// `bytea` in text, as `bytea_output = hex` has it.
enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  static func text(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }

  /// The bytes behind `\x0aff`; nil when it is not that.
  static func parse(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { utf8 -> [UInt8]? in
      guard utf8.count >= 2, utf8.count.isMultiple(of: 2), utf8[0] == UInt8(ascii: "\\"), utf8[1] == UInt8(ascii: "x") else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(utf8.count / 2 - 1)
      for index in stride(from: 2, to: utf8.count, by: 2) {
        guard let high = value(utf8[index]), let low = value(utf8[index + 1]) else { return nil }
        bytes.append(high << 4 | low)
      }
      return bytes
    }
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 48...57: digit - 48
    case 97...102: digit - 87
    case 65...70: digit - 55
    default: nil
    }
  }
}
