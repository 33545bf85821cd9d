internal import Foundation
internal import Postgres
internal import Records

/// JSON columns hold the records' own Codable form, written by `JSONForm`.
extension PostgresParameter {
  static func encoding(_ value: some Encodable) throws -> Self { .json(try JSONForm.text(value)) }

  static func encodingOptional(_ value: (some Encodable)?) throws -> Self { try value.map { .json(try JSONForm.text($0)) } ?? .null }
}

extension PostgresRow {
  func json<T: Decodable>(_ column: String, as type: T.Type = T.self) throws -> T {
    let text = try text(column)
    do {
      return try JSONForm.decoder().decode(T.self, from: Data(text.utf8))
    } catch {
      throw PostgresDecodingError(column: column, expected: "\(T.self)", found: "JSON (\(error))", value: String(text.prefix(60)), query: "")
    }
  }

  func optionalJSON<T: Decodable>(_ column: String, as type: T.Type = T.self) throws -> T? {
    try optionalText(column) == nil ? nil : json(column, as: T.self)
  }

  /// A column that holds the raw value of an enumeration; the table's CHECK keeps others out.
  func choice<T: RawRepresentable<String>>(_ column: String, as type: T.Type = T.self) throws -> T {
    let text = try text(column)
    guard let value = T(rawValue: text) else {
      throw PostgresDecodingError(column: column, expected: "\(T.self)", found: "text", value: text, query: "")
    }
    return value
  }
}

/// `Float32` in little endian, as `prediction.embedding` holds it.
enum FloatBytes {
  static func encode(_ values: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * 4)
    for value in values {
      let bits = value.bitPattern
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
    }
    return bytes
  }

  /// - bytes: a multiple of four, which the table's CHECK sees to.
  static func decode(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { at in
      let low = UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8
      return Float(bitPattern: low | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24)
    }
  }
}

extension Array {
  /// Pieces of at most `size`, so that one statement stays of reasonable length.
  func chunked(_ size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
