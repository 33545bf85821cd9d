internal import Files
internal import Foundation

/// What `tokenizer_config.json` adds to `tokenizer.json`: the named special tokens as plain text, and the chat templates.
struct TokenizerConfiguration {
  /// `bos_token`, `eos_token`, … to their text; what templates are given.
  var specials = JSONObject()
  /// Chat templates by name; "default" is the one that is used without tools.
  var templates: [(name: String, source: String, file: String)] = []

  private static let names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]

  /// Reads `tokenizer_config.json`, `special_tokens_map.json` and `chat_template.jinja` of a folder, as far as they are there.
  static func open(_ folder: URL) throws -> TokenizerConfiguration {
    var result = TokenizerConfiguration()
    let main = folder.appendingPathComponent("tokenizer_config.json")
    for url in [main, folder.appendingPathComponent("special_tokens_map.json")] where FileManager.default.fileExists(atPath: url.path) {
      var reader = try ConfigurationReader(url)
      for name in names where result.specials[name] == nil {
        guard let value = reader[name] else { continue }
        // Written as text or as an added token; templates get the text either way.
        guard let text = value.stringValue ?? value["content"]?.stringValue else {
          reader.faults.add("\(name) must be text or an object with content, found \(value.text().prefix(80))")
          continue
        }
        result.specials[name] = .string(text)
      }
      if url == main { result.readTemplates(&reader) }
      try reader.faults.throwIfAny()
    }
    let jinja = folder.appendingPathComponent("chat_template.jinja")
    if FileManager.default.fileExists(atPath: jinja.path) {
      let bytes = try OpenFile(jinja).readAll()
      if let bad = UTF8Check.firstInvalid(in: bytes) {
        throw FileFault(file: jinja.path, problem: "byte \(bad) is not UTF-8", hint: "convert the file to UTF-8")
      }
      // The file wins over tokenizer_config.json, as in transformers.
      result.templates.removeAll { $0.name == "default" }
      result.templates.append(("default", String(decoding: bytes, as: UTF8.self), jinja.path))
    }
    return result
  }

  private mutating func readTemplates(_ reader: inout ConfigurationReader) {
    guard let value = reader["chat_template"] else { return }
    if let source = value.stringValue {
      templates.append(("default", source, reader.path))
      return
    }
    for entry in value.arrayValue ?? [] {
      guard let name = entry["name"]?.stringValue, let source = entry["template"]?.stringValue else {
        reader.faults.add("chat_template has an entry without name or template: \(entry.text().prefix(80))")
        continue
      }
      templates.append((name, source, reader.path))
    }
    if value.arrayValue == nil { reader.faults.add("chat_template must be text or a list, found \(value.kindName)") }
  }
}
