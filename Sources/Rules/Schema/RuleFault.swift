/// One thing that is wrong in a rule file, with where it is and how to mend it.
package struct RuleFault: Error, Sendable, Hashable, Codable {
  package var file: String
  /// Counted from 1.
  package var line: Int
  /// Counted from 1, in Unicode scalars.
  package var column: Int
  /// `rule "name"` or `test "name"`, where the fault is inside one.
  package var subject: String?
  package var message: String
  package var hint: String?

  package init(file: String, line: Int = 1, column: Int = 1, subject: String? = nil, message: String, hint: String? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.subject = subject
    self.message = message
    self.hint = hint
  }
}

extension RuleFault: CustomStringConvertible {
  /// `file:line:column: rule "x": what`, and the hint on a line of its own.
  package var description: String {
    let place = "\(file):\(line):\(column): " + (subject.map { "\($0): " } ?? "")
    return place + message + (hint.map { "\nhint: \($0)" } ?? "")
  }
}

extension RuleFault: Comparable {
  package static func < (a: RuleFault, b: RuleFault) -> Bool {
    (a.file, a.line, a.column, a.message) < (b.file, b.line, b.column, b.message)
  }
}

/// Everything that is wrong in a set of rule files, in reading order; never empty.
package struct RuleFaults: Error, Sendable, Hashable, CustomStringConvertible {
  package var faults: [RuleFault]

  package init(_ faults: [RuleFault]) { self.faults = faults.sorted() }

  package var description: String { faults.map(\.description).joined(separator: "\n") }
}
