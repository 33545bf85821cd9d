internal import Files
internal import Foundation
internal import LanguageModel

/// One template and what it makes of its variables, for comparing with Jinja: `Fixtures/golden/scripts/chat_template_fuzz.py`.
package enum TemplateRow {
  /// The clock of `strftime_now`, the same for both sides.
  private static let now = Date(timeIntervalSince1970: 1_784_650_000)

  /// - line: a JSON object with `template` and `context`.
  /// - Returns: a JSON object with `text` or `error`.
  package static func render(_ line: String) -> String {
    var result = JSONObject()
    do {
      let row = try StrictJSON.parse(line)
      let template = try ChatTemplate(row["template"]?.stringValue ?? "")
      result["text"] = .string(try template.render(row["context"]?.objectValue ?? JSONObject(), now: now, timeZone: .gmt))
    } catch {
      result["error"] = .string("\(error)")
    }
    return OrderedJSON.object(result).text()
  }
}
