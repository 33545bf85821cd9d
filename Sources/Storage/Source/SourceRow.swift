package import Foundation
internal import Postgres

/// One row of the source, as it was when it was read.
package struct SourceRow: Sendable, Hashable {
  package var key: String
  /// nil where the column is NULL.
  package var time: Date?
  package var input: String?
  /// Of the whole input in bytes; more than `input` has when it was cut.
  package var inputBytes: Int
  package var label: String?
  package var output: String?
  /// Metadata by column name; a column that is NULL is absent.
  package var columns: [String: String]

  package init(
    key: String, time: Date?, input: String?, inputBytes: Int? = nil, label: String? = nil, output: String? = nil, columns: [String: String] = [:]
  ) {
    self.key = key
    self.time = time
    self.input = input
    self.inputBytes = inputBytes ?? input?.utf8.count ?? 0
    self.label = label
    self.output = output
    self.columns = columns
  }

  /// - columns: the metadata columns, which the query calls `column_0`, `column_1`, ...
  init(_ row: PostgresRow, columns: [String]) throws {
    var values: [String: String] = [:]
    for (index, name) in columns.enumerated() { values[name] = try row.optionalText("column_\(index)") }
    self.init(
      key: try row.text("key"), time: try row.optionalTime("time"), input: try row.optionalText("input"), inputBytes: try row.int("input_bytes"),
      label: try row.optionalText("label"), output: try row.optionalText("output"), columns: values)
  }
}
