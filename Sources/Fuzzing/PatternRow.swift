internal import Files
internal import LanguageModel

/// One regular expression over module paths and what it finds, for comparing with Python's `re`: `Fixtures/golden/scripts/path_patterns.py`.
package enum PatternRow {
  /// - line: a JSON object with `pattern` and `paths`.
  /// - Returns: a JSON object with `found`, a number for every path: 2 where it matches from end to end, 1 where the path begins with it, else 0; or with `error`.
  package static func match(_ line: String) -> String {
    var result = JSONObject()
    do {
      let row = try StrictJSON.parse(line)
      let pattern = try PathPattern(row["pattern"]?.stringValue ?? "")
      let paths = row["paths"]?.arrayValue?.compactMap(\.stringValue) ?? []
      result["found"] = .array(paths.map { pattern.matchesWhole($0) ? 2 : pattern.matchesStart($0) ? 1 : 0 })
    } catch {
      result["error"] = .string("\(error)")
    }
    return OrderedJSON.object(result).text()
  }
}
