package import Foundation
import Yams

/// A YAML file read into nodes that know where they stand, and the faults found while reading it: every fault is collected, so that a file is
/// mended in one go. The one place where configuration and suites touch YAML.
package final class YAMLDocument {
  package let file: String
  package private(set) var faults: [DocumentFault] = []
  private let node: Node?

  /// - Parameter file: how messages name the file.
  package init(text: String, file: String) {
    self.file = file
    do {
      node = try Yams.compose(yaml: text)
      if node == nil { faults.append(DocumentFault(file: file, message: "the file is empty", hint: nil)) }
    } catch let error as YamlError {
      node = nil
      faults.append(Self.syntaxFault(error, file: file))
    } catch {
      node = nil
      faults.append(DocumentFault(file: file, message: "not YAML: \(error)"))
    }
  }

  /// The whole document as a mapping; a fault when it is something else.
  package func root() -> YAMLMapping? {
    guard let node else { return nil }
    return mapping(node, "the file")
  }

  /// Throws everything that was found, if anything was.
  package func check() throws {
    if !faults.isEmpty { throw DocumentFaults(faults) }
  }

  func report(_ node: Node?, _ message: String, hint: String? = nil, subject: String? = nil) {
    let mark = node?.mark
    faults.append(DocumentFault(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1, subject: subject, message: message, hint: hint))
  }

  func mapping(_ node: Node, _ what: String, subject: String? = nil) -> YAMLMapping? {
    guard case .mapping(let mapping) = node else {
      report(node, "\(what) must be a mapping of keys to values", subject: subject)
      return nil
    }
    return YAMLMapping(document: self, node: node, pairs: mapping.map { ($0.key, $0.value) }, subject: subject)
  }

  private static func syntaxFault(_ error: YamlError, file: String) -> DocumentFault {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
      return DocumentFault(file: file, line: mark.line, column: mark.column, message: "not YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.map { "\($0)" }.joined(separator: ", ")
      return DocumentFault(file: file, line: context.mark.line, column: context.mark.column, message: "keys stand twice: \(keys)")
    default:
      return DocumentFault(file: file, message: "not YAML: \(error)")
    }
  }
}

/// One mapping of a document. Asking for a key marks it as known; `finish` reports the others.
package final class YAMLMapping {
  private let document: YAMLDocument
  private let node: Node
  private let pairs: [(key: Node, value: Node)]
  private var known: [String] = []
  /// What faults inside say they are inside of.
  package var subject: String?

  init(document: YAMLDocument, node: Node, pairs: [(Node, Node)], subject: String?) {
    self.document = document
    self.node = node
    self.pairs = pairs
    self.subject = subject
  }

  /// Keys in the file's order.
  package var keys: [String] { pairs.compactMap { $0.key.scalar?.string } }

  /// Where a key's value stands, as `file:line`, for messages and reports.
  package func location(_ key: String? = nil) -> String {
    let place = key.flatMap { key in pairs.first { $0.key.scalar?.string == key }?.key } ?? node
    return "\(document.file):\(place.mark?.line ?? 1)"
  }

  package func has(_ key: String) -> Bool { pairs.contains { $0.key.scalar?.string == key } }

  /// Reports every key that nobody asked for, with a guess at what was meant.
  package func finish() {
    for (key, _) in pairs {
      guard let name = key.scalar?.string else {
        document.report(key, "a key must be plain text", subject: subject)
        continue
      }
      if !known.contains(name) {
        document.report(key, "unknown key \"\(name)\"", hint: Guess.hint(for: name, among: known), subject: subject)
      }
    }
  }

  /// Reports a fault at a key (or at the mapping itself).
  package func fault(_ key: String? = nil, _ message: String, hint: String? = nil) {
    let place = key.flatMap { key in pairs.first { $0.key.scalar?.string == key }?.value } ?? node
    document.report(place, message, hint: hint, subject: subject)
  }

  // MARK: - Values

  package func text(_ key: String) -> String? {
    guard let value = optional(key) else { return nil }
    guard let scalar = value.scalar else {
      document.report(value, "\(key) must be text", subject: subject)
      return nil
    }
    return scalar.string
  }

  package func requiredText(_ key: String, hint: String? = nil) -> String? {
    require(key, hint: hint) ? text(key) : nil
  }

  package func number(_ key: String, in range: ClosedRange<Double>? = nil) -> Double? {
    guard let value = optional(key) else { return nil }
    guard let text = value.scalar?.string, let number = Double(text), number.isFinite else {
      document.report(value, "\(key) must be a number\(Self.shown(value))", subject: subject)
      return nil
    }
    if let range, !range.contains(number) {
      document.report(
        value, "\(key) must lie between \(Self.plain(range.lowerBound)) and \(Self.plain(range.upperBound)), got \(text)", subject: subject)
      return nil
    }
    return number
  }

  package func integer(_ key: String, in range: ClosedRange<Int>? = nil) -> Int? {
    guard let value = optional(key) else { return nil }
    guard let text = value.scalar?.string, let number = Int(text) else {
      document.report(value, "\(key) must be a whole number\(Self.shown(value))", subject: subject)
      return nil
    }
    if let range, !range.contains(number) {
      document.report(value, "\(key) must lie between \(range.lowerBound) and \(range.upperBound), got \(number)", subject: subject)
      return nil
    }
    return number
  }

  package func flag(_ key: String) -> Bool? {
    guard let value = optional(key) else { return nil }
    switch value.scalar?.string {
    case "true": return true
    case "false": return false
    default:
      document.report(value, "\(key) must be true or false\(Self.shown(value))", subject: subject)
      return nil
    }
  }

  package func period(_ key: String) -> Period? {
    guard let value = optional(key) else { return nil }
    do {
      return try Period(parsing: value.scalar?.string ?? "")
    } catch {
      document.report(value, "\(key): \(error.message)", hint: error.hint, subject: subject)
      return nil
    }
  }

  /// A moment, ISO 8601.
  package func time(_ key: String, parse: (String) -> Date?) -> Date? {
    guard let value = optional(key) else { return nil }
    guard let text = value.scalar?.string, let date = parse(text) else {
      document.report(value, "\(key) must be a time such as 2026-01-15 or 2026-01-15T08:00:00Z\(Self.shown(value))", subject: subject)
      return nil
    }
    return date
  }

  /// A list of texts; one text alone counts as a list of one.
  package func texts(_ key: String) -> [String]? {
    guard let value = optional(key) else { return nil }
    if let scalar = value.scalar { return [scalar.string] }
    guard let sequence = value.sequence else {
      document.report(value, "\(key) must be a list", subject: subject)
      return nil
    }
    return sequence.compactMap { item in
      if let text = item.scalar?.string { return text }
      document.report(item, "an entry of \(key) must be text", subject: subject)
      return nil
    }
  }

  package func mapping(_ key: String) -> YAMLMapping? {
    guard let value = optional(key) else { return nil }
    return document.mapping(value, key, subject: subject)
  }

  package func requiredMapping(_ key: String, hint: String? = nil) -> YAMLMapping? {
    require(key, hint: hint) ? mapping(key) : nil
  }

  package func mappings(_ key: String) -> [YAMLMapping]? {
    guard let value = optional(key) else { return nil }
    guard let sequence = value.sequence else {
      document.report(value, "\(key) must be a list", subject: subject)
      return nil
    }
    return sequence.compactMap { document.mapping($0, "an entry of \(key)", subject: subject) }
  }

  /// The value as JSON text would hold it, for parts that have readers of their own.
  package func anything(_ key: String) -> Any? { optional(key)?.any }

  // MARK: - Inside

  private func optional(_ key: String) -> Node? {
    if !known.contains(key) { known.append(key) }
    guard let value = pairs.first(where: { $0.key.scalar?.string == key })?.value else { return nil }
    if case .scalar(let scalar) = value, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) { return nil }
    return value
  }

  private func require(_ key: String, hint: String?) -> Bool {
    if optional(key) != nil { return true }
    document.report(node, "\(key) is missing", hint: hint, subject: subject)
    return false
  }

  private static func shown(_ value: Node) -> String { value.scalar.map { ", got \"\($0.string.prefix(60))\"" } ?? "" }

  private static func plain(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value) }
}
