import Files
import Foundation
import LanguageModel

/// A training or validation file, read and tokenized.
struct TrainingData: Sendable {
  var examples: [TrainingExample]
  var counts: TrainingRowReader.Counts
  /// SHA-256 of the file.
  var digest: Digest

  /// At most this many faults are listed; the rest are counted.
  private static let faultsShown = 20

  /// - Throws: a `TrainingFault` that names the file and every bad line, or a `FileFault` when it cannot be read.
  init(_ url: URL, reader: TrainingRowReader) throws {
    var reader = reader
    var faults: [String] = []
    var hint: String?
    var examples: [TrainingExample] = []
    let file = try OpenFile(url)
    digest = try Digest.of(file)
    let lines = try JSONLinesReader(url)
    var atEnd = false
    while !atEnd {
      do {
        if let line = try lines.next() {
          examples += try reader.read(try line.value(), line: line.number)
        } else {
          atEnd = true
        }
      } catch let fault as TrainingRowReader.Fault {
        faults.append("\(url.lastPathComponent):\(fault.line): \(fault.problem)")
        hint = hint ?? fault.hint
      } catch let fault as JSONFault {
        // One bad line among others; the reader goes on with the next.
        faults.append(fault.description)
      }
    }
    try file.checkUnchanged()
    guard faults.isEmpty else {
      var shown = faults.prefix(Self.faultsShown)
      if faults.count > shown.count { shown.append("\(url.lastPathComponent): and \(faults.count - Self.faultsShown) more") }
      throw TrainingFault(.data, shown.joined(separator: "\n"), hint: hint)
    }
    guard !examples.isEmpty else { throw TrainingFault(.data, "\(url.lastPathComponent): holds no rows", hint: "one JSON object a line") }
    self.examples = examples
    counts = reader.counts
  }
}
