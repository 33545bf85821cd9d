/// PostgreSQL's one-dimensional array literals, `{a,"b c",NULL}`.
enum PostgresArray {
  static func text(_ elements: some Sequence<String?>) -> String {
    "{" + elements.map { $0.map(quoted) ?? "NULL" }.joined(separator: ",") + "}"
  }

  /// Numbers need no quotes; `nan`, `inf` and `-inf` are spelt as PostgreSQL reads them.
  static func text(_ numbers: some Sequence<some LosslessStringConvertible>) -> String {
    "{" + numbers.map(\.description).joined(separator: ",") + "}"
  }

  /// The elements; nil when it is not such a literal.
  static func parse(_ text: String) -> [String?]? {
    let bytes = Array(text.utf8)
    guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count >= 2 else { return nil }
    if bytes.count == 2 { return [] }
    var elements: [String?] = []
    var index = 1
    while index < bytes.count {
      var element: [UInt8] = []
      let isQuoted = bytes[index] == UInt8(ascii: "\"")
      if isQuoted {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          if bytes[index] == UInt8(ascii: "\\") { index += 1 }
          guard index < bytes.count else { return nil }
          element.append(bytes[index])
          index += 1
        }
        index += 1
      } else {
        while index < bytes.count, bytes[index] != UInt8(ascii: ","), bytes[index] != UInt8(ascii: "}") {
          // A nested array is not one-dimensional.
          guard bytes[index] != UInt8(ascii: "{") else { return nil }
          element.append(bytes[index])
          index += 1
        }
      }
      let value = String(decoding: element, as: UTF8.self)
      elements.append(!isQuoted && value == "NULL" ? nil : value)
      guard index < bytes.count else { return nil }
      if bytes[index] == UInt8(ascii: "}") { return index == bytes.count - 1 ? elements : nil }
      guard bytes[index] == UInt8(ascii: ",") else { return nil }
      index += 1
    }
    return nil
  }

  private static func quoted(_ element: String) -> String {
    "\"" + element.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
