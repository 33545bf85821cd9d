/// Names of schemas, tables and columns from a configuration, made safe to stand in SQL.
///
/// A name is taken letter for letter, so `Tickets` means `"Tickets"` (not `tickets`, as unquoted SQL would have it); a dot separates schema and
/// name unless it stands in double quotes.
package struct Identifier: Sendable, Hashable {
  /// At least one, the last is the object itself.
  package let parts: [String]

  /// - Throws: `IdentifierError` for empty parts, NUL, an open quote, and names longer than PostgreSQL keeps.
  package init(_ text: String) throws(IdentifierError) {
    var parts: [String] = []
    var part = String.UnicodeScalarView()
    var inQuotes = false
    var scalars = text.unicodeScalars.makeIterator()
    var current = scalars.next()
    while let scalar = current {
      current = scalars.next()
      switch scalar {
      case "\"" where inQuotes && current == "\"":
        part.append("\"")
        current = scalars.next()
      case "\"": inQuotes.toggle()
      case "." where !inQuotes:
        parts.append(String(part))
        part = .init()
      default: part.append(scalar)
      }
    }
    parts.append(String(part))
    if inQuotes { throw IdentifierError(name: text, reason: "a double quote is not closed") }
    for part in parts {
      if part.isEmpty { throw IdentifierError(name: text, reason: "a part is empty") }
      if part.unicodeScalars.contains("\0") { throw IdentifierError(name: text, reason: "NUL cannot stand in a name") }
      if part.utf8.count > 63 { throw IdentifierError(name: text, reason: "PostgreSQL keeps 63 bytes of a name, this has \(part.utf8.count)") }
    }
    self.parts = parts
  }

  /// As it may stand in SQL: `"public"."tickets"`.
  package var quoted: String { parts.map(Self.quote).joined(separator: ".") }

  /// The text of a name, quoted: `Identifier.quoted("public.tickets")`.
  package static func quoted(_ text: String) throws(IdentifierError) -> String { try Identifier(text).quoted }

  private static func quote(_ part: String) -> String { "\"" + part.replacing("\"", with: "\"\"") + "\"" }
}

/// A name that cannot be one.
package struct IdentifierError: Error, Sendable, Hashable, CustomStringConvertible {
  package var name: String
  package var reason: String

  package var description: String { "\"\(name)\" cannot name a table or column: \(reason)" }
}
