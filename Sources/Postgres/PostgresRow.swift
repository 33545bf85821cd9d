internal import CLibPQ
package import Foundation

/// One row, with its values by column name.
///
///     let row = try await connection.query("SELECT id, label FROM t WHERE id = $1", [.integer(7)]).first
///     let id = try row.int("id"), label = try row.optionalText("label")
package struct PostgresRow: Sendable {
  let shape: RowShape
  let values: [String?]

  package var columns: [String] { shape.names }

  package func text(_ column: String) throws -> String { try required(column, "text") { $0 } }
  package func optionalText(_ column: String) throws -> String? { try optional(column, "text") { $0 } }

  package func int(_ column: String) throws -> Int { try required(column, "Int") { Int($0) } }
  package func optionalInt(_ column: String) throws -> Int? { try optional(column, "Int") { Int($0) } }

  package func double(_ column: String) throws -> Double { try required(column, "Double", Double.init) }
  package func optionalDouble(_ column: String) throws -> Double? { try optional(column, "Double", Double.init) }

  package func bool(_ column: String) throws -> Bool { try required(column, "Bool", Self.bool) }
  package func optionalBool(_ column: String) throws -> Bool? { try optional(column, "Bool", Self.bool) }

  package func time(_ column: String) throws -> Date { try required(column, "Date", PostgresTime.parse) }
  package func optionalTime(_ column: String) throws -> Date? { try optional(column, "Date", PostgresTime.parse) }

  package func uuid(_ column: String) throws -> UUID { try required(column, "UUID") { UUID(uuidString: $0) } }
  package func optionalUUID(_ column: String) throws -> UUID? { try optional(column, "UUID") { UUID(uuidString: $0) } }

  package func bytes(_ column: String) throws -> [UInt8] { try required(column, "bytes", Hexadecimal.parse) }
  package func optionalBytes(_ column: String) throws -> [UInt8]? { try optional(column, "bytes", Hexadecimal.parse) }

  /// A one-dimensional array without NULLs.
  package func texts(_ column: String) throws -> [String] { try required(column, "array of text") { Self.elements($0) { $0 } } }
  package func doubles(_ column: String) throws -> [Double] { try required(column, "array of Double") { Self.elements($0, Double.init) } }
  package func ints(_ column: String) throws -> [Int] { try required(column, "array of Int") { Self.elements($0) { Int($0) } } }

  private static func bool(_ text: String) -> Bool? { text == "t" ? true : text == "f" ? false : nil }

  private static func elements<T>(_ text: String, _ convert: (String) -> T?) -> [T]? {
    guard let parts = PostgresArray.parse(text) else { return nil }
    var values: [T] = []
    values.reserveCapacity(parts.count)
    for part in parts {
      guard let part, let value = convert(part) else { return nil }
      values.append(value)
    }
    return values
  }

  private func required<T>(_ column: String, _ expected: String, _ convert: (String) -> T?) throws -> T {
    guard let value = try optional(column, expected, convert) else {
      throw PostgresDecodingError(column: column, expected: expected, found: "NULL", query: shape.query)
    }
    return value
  }

  private func optional<T>(_ column: String, _ expected: String, _ convert: (String) -> T?) throws -> T? {
    guard let index = shape.index[column] else {
      let found = "no such column among \(shape.names.joined(separator: ", "))"
      throw PostgresDecodingError(column: column, expected: expected, found: found, query: shape.query)
    }
    guard let text = values[index] else { return nil }
    guard let value = convert(text) else {
      throw PostgresDecodingError(
        column: column, expected: expected, found: RowShape.typeName(shape.types[index]), value: String(text.prefix(60)), query: shape.query)
    }
    return value
  }
}

/// What the rows of one result have in common.
final class RowShape: Sendable {
  let names: [String]
  let types: [UInt32]
  let query: String
  /// The first of several columns with the same name.
  let index: [String: Int]

  init(_ result: ResultHandle, query: String) {
    let columns = 0..<PQnfields(result.raw)
    names = columns.map { trimmed(PQfname(result.raw, $0)) }
    types = columns.map { PQftype(result.raw, $0) }
    index = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    self.query = query
  }

  func row(_ result: ResultHandle, _ number: CInt) -> PostgresRow {
    let values = (0..<CInt(names.count)).map { column -> String? in
      guard PQgetisnull(result.raw, number, column) == 0, let start = PQgetvalue(result.raw, number, column) else { return nil }
      let length = Int(PQgetlength(result.raw, number, column))
      return start.withMemoryRebound(to: UInt8.self, capacity: length) { TextRepair.decode(UnsafeBufferPointer(start: $0, count: length)) }
    }
    return PostgresRow(shape: self, values: values)
  }

  /// The usual types by name; the rest by number.
  static func typeName(_ oid: UInt32) -> String {
    let known: [UInt32: String] = [
      16: "boolean", 17: "bytea", 20: "bigint", 21: "smallint", 23: "integer", 25: "text", 114: "json", 700: "real", 701: "double precision",
      1009: "text[]", 1022: "double precision[]", 1043: "varchar", 1082: "date", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric",
      2950: "uuid",
      3802: "jsonb",
    ]
    return known[oid] ?? "type \(oid)"
  }
}
