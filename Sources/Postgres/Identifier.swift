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
    var isQuoted = false
    var isClosed = false
    var scalars = text.unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if isQuoted && !isClosed {
        if scalar != "\"" {
          part.append(scalar)
        } else if scalars.first == "\"" {
          part.append(scalars.removeFirst())
        } else {
          isClosed = true
        }
      } else if scalar == "." {
        parts.append(String(part))
        (part, isQuoted, isClosed) = (.init(), false, false)
      } else if scalar == "\"" && part.isEmpty && !isClosed {
        isQuoted = true
      } else if scalar == "\"" || isClosed {
        throw IdentifierError(name: text, reason: "double quotes go around a whole part, and one inside is doubled")
      } else {
        part.append(scalar)
      }
    }
    parts.append(String(part))
    if isQuoted && !isClosed { throw IdentifierError(name: text, reason: "a double quote is not closed") }
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
