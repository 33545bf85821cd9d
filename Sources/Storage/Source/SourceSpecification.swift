/// Which table is read, and what its columns mean. Names as in `Identifier`: letter for letter, `schema.table`.
package struct SourceSpecification: Sendable, Hashable {
  package var table: String
  /// The primary key, or another column that names a row for ever.
  package var key: String
  /// When the row's event happened (`timestamptz`, `timestamp` read as UTC, or `date`).
  package var time: String
  /// The model's input.
  package var input: String
  /// The true answer, NULL until it arrives.
  package var label: String?
  /// What production answered.
  package var output: String?
  /// When the row was inserted: default `now()`, never set by the application, indexed. The lower bound of each read.
  package var inserted: String
  /// Metadata columns, read as text.
  package var columns: [String]
  /// How late a commit can become visible, where transactions of others cannot be seen (no `pg_read_all_stats`, or a view).
  package var lag: Duration
  /// What of an input is read, in characters; beyond it is cut on the server.
  package var inputCharactersMax: Int

  package init(
    table: String, key: String, time: String, input: String, label: String? = nil, output: String? = nil, inserted: String, columns: [String] = [],
    lag: Duration = .seconds(3600), inputCharactersMax: Int = 65_536
  ) {
    self.table = table
    self.key = key
    self.time = time
    self.input = input
    self.label = label
    self.output = output
    self.inserted = inserted
    self.columns = columns
    self.lag = lag
    self.inputCharactersMax = inputCharactersMax
  }

  /// Every column that is read, with what it is for.
  var roles: [(role: String, column: String)] {
    var roles = [("key", key), ("time", time), ("input", input), ("inserted", inserted)]
    if let label { roles.append(("label", label)) }
    if let output { roles.append(("output", output)) }
    return roles + columns.map { ("columns", $0) }
  }
}
