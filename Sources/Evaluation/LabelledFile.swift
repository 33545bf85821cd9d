import Documents
import Files
package import Foundation
import Records

/// One input with its right answer, from a file.
package struct LabelledItem: Sendable, Hashable {
  package var key: String
  package var input: String
  package var label: String
  package var columns: [String: String]

  package init(key: String, input: String, label: String, columns: [String: String] = [:]) {
    self.key = key
    self.input = input
    self.label = label
    self.columns = columns
  }
}

/// Reads JSONL of inputs with right answers: `id` (or `key`), `input`, `label`, and columns either in an object `columns` or as further text members.
package enum LabelledFile {
  /// - Throws: `DocumentFaults` with every bad line; `FileFault` when the file cannot be read.
  package static func read(_ url: URL) throws -> [LabelledItem] {
    let reader = try JSONLinesReader(url)
    var items: [LabelledItem] = []
    var faults: [DocumentFault] = []
    var lineOf: [String: Int] = [:]
    while true {
      do {
        guard let line = try reader.next() else { break }
        let item = try item(line)
        if let earlier = lineOf.updateValue(line.number, forKey: item.key) {
          faults.append(
            DocumentFault(file: url.path, line: line.number, message: "id \"\(item.key)\" stands on line \(earlier) too", hint: "ids must differ"))
        }
        items.append(item)
      } catch let fault as JSONFault {
        faults.append(DocumentFault(file: url.path, line: fault.line, column: fault.column, message: fault.problem))
      } catch let fault as DocumentFault {
        faults.append(fault)
      }
      // A file of another kind altogether has a fault a line; the first ones tell it.
      if faults.count >= 20 { break }
    }
    if !faults.isEmpty { throw DocumentFaults(faults) }
    return items
  }

  private static func item(_ line: JSONLine) throws -> LabelledItem {
    func fault(_ message: String, hint: String? = nil) -> DocumentFault {
      DocumentFault(file: line.file, line: line.number, message: message, hint: hint)
    }
    guard let object = try line.value().objectValue else { throw fault("a line must be one JSON object") }
    let key = object["id"] ?? object["key"]
    guard let key = key?.stringValue ?? key?.intValue.map(String.init) else {
      throw fault("\"id\" is missing", hint: "every item needs an id, so that results can be paired")
    }
    guard let input = object["input"]?.stringValue else { throw fault("\"input\" is missing or not text") }
    guard let label = object["label"]?.stringValue else { throw fault("\"label\" is missing or not text") }
    var columns: [String: String] = [:]
    for (name, value) in (object["columns"]?.objectValue ?? object).members where !["id", "key", "input", "label", "columns"].contains(name) {
      if let text = value.stringValue { columns[name] = text }
    }
    return LabelledItem(key: key, input: input, label: label, columns: columns)
  }
}
