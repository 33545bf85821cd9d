package import Records

/// What every report can become. Pure: the same report gives the same bytes, always.
package protocol Report: Sendable {
  /// One sentence, plain text with nothing hidden in it: the title of the page, the subject of a message.
  var headline: String { get }
  /// A self-contained page.
  var html: String { get }
  var markdown: String { get }
  /// For machines: sorted keys, a `schema` with a version, null where a number is undefined.
  var json: JSONValue { get }
}

extension Report {
  /// `json` as bytes of a file.
  package var jsonText: String {
    // A JSONValue has no number that JSON lacks and no key that is not text, so it can always be written.
    guard let text = try? JSONForm.text(json, pretty: true) else { preconditionFailure("a JSONValue can always be encoded") }
    return text + "\n"
  }

  /// The three files of a report by name.
  package var files: [(name: String, contentType: String, text: String)] {
    [
      ("report.html", "text/html; charset=utf-8", html), ("report.md", "text/markdown; charset=utf-8", markdown),
      ("report.json", "application/json", jsonText),
    ]
  }
}
