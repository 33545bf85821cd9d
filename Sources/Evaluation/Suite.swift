import Documents
package import Files
package import Foundation

/// A versioned set of evaluation items with the metrics they are scored by.
package struct Suite: Sendable, Hashable {
  /// What measures are named after: `suite.NAME.METRIC`.
  package var name: String
  package var version: String
  package var items: [LabelledItem]
  package var metrics: [Metric]
  /// Columns by which results are also shown.
  package var slices: [String]
  /// The loss of accuracy that the gate may fail to exclude, at least 0; nil for the gate's own. A small or noisy suite needs a larger one, or equal models fail.
  package var margin: Double?
  /// Over the suite's own bytes: a suite that was edited is another suite.
  package var digest: Digest

  package enum Metric: String, Sendable, Hashable, CaseIterable {
    case accuracy
    case f1Macro = "f1_macro"
  }

  /// Reads a suite file and the items beside it.
  ///
  ///     suite: core
  ///     version: 1
  ///     task: classify
  ///     items: core.jsonl
  ///     metrics: [accuracy, f1_macro]
  ///     slices: [speech]
  ///     margin: 0.05
  ///
  /// - Throws: `DocumentFaults` naming every fault with file and line; `FileFault` when a file cannot be read.
  package static func read(_ url: URL) throws -> Suite {
    let bytes = try OpenFile(url).readAll()
    let document = YAMLDocument(text: String(decoding: bytes, as: UTF8.self), file: url.path)
    guard let root = document.root() else {
      try document.check()
      throw DocumentFaults([DocumentFault(file: url.path, message: "the file is empty")])
    }
    let name = root.requiredText("suite", hint: "the name that measures carry: suite.NAME.accuracy")
    if let name, !isName(name) {
      root.fault("suite", "a suite's name has letters, digits, - and _ only, got \"\(name)\"")
    }
    let version = root.text("version") ?? "1"
    let task = root.text("task") ?? "classify"
    if task != "classify" { root.fault("task", "unknown task \"\(task)\"", hint: "known are: classify") }
    let itemsName = root.requiredText("items", hint: "the JSONL file of the items, beside the suite")
    let metrics = (root.texts("metrics") ?? ["accuracy"]).compactMap { text -> Metric? in
      if let metric = Metric(rawValue: text) { return metric }
      root.fault("metrics", "unknown metric \"\(text)\"", hint: Guess.hint(for: text, among: Metric.allCases.map(\.rawValue)))
      return nil
    }
    let slices = root.texts("slices") ?? []
    let margin = root.number("margin", in: 0...1)
    root.finish()
    try document.check()
    guard let name, let itemsName else { throw DocumentFaults([DocumentFault(file: url.path, message: "the suite is incomplete")]) }

    let itemsURL = url.deletingLastPathComponent().appending(path: itemsName)
    let items = try LabelledFile.read(itemsURL)
    guard !items.isEmpty else {
      throw DocumentFaults([DocumentFault(file: itemsURL.path, message: "the suite has no items", hint: "one JSON object a line: id, input, label")])
    }
    let digest = Digest.of(try bytes + [0] + OpenFile(itemsURL).readAll())
    return Suite(name: name, version: version, items: items, metrics: metrics, slices: slices, margin: margin, digest: digest)
  }

  private static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "-_".unicodeScalars.contains($0))
      }
  }
}
