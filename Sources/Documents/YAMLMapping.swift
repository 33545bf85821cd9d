package import Foundation

/// One mapping of a document, asked key by key. Asking for a key marks it as known; `finish` reports the others.
package final class YAMLMapping {
  private var node: YAMLNode
  private let pairs: [YAMLNode.Pair]
  private var known: [String] = []

  init(node: YAMLNode, pairs: [YAMLNode.Pair]) {
    self.node = node
    self.pairs = pairs
  }

  /// What faults inside say they are inside of.
  package var subject: String? {
    get { node.subject }
    set { node.subject = newValue }
  }

  /// Keys in the file's order.
  package var keys: [String] { pairs.map(\.name) }

  /// Where a key stands, as `file:line`, for messages and reports.
  package func location(_ key: String? = nil) -> String { (pair(key)?.key ?? node).location }

  /// Reports every key that nobody asked for, with a guess at what was meant.
  package func finish() {
    for (name, key, _) in pairs where !known.contains(name) {
      subjected(key).fault("unknown key \"\(name)\"", hint: Guess.hint(for: name, among: known))
    }
  }

  /// Reports a fault at a key's value (or at the mapping itself).
  package func fault(_ key: String? = nil, _ message: String, hint: String? = nil) {
    subjected(pair(key)?.value ?? node).fault(message, hint: hint)
  }

  // MARK: - Values

  package func text(_ key: String) -> String? { optional(key)?.text(key, allowEmpty: true) }

  package func requiredText(_ key: String, hint: String? = nil) -> String? {
    require(key, hint: hint) ? text(key) : nil
  }

  package func number(_ key: String, in range: ClosedRange<Double>? = nil) -> Double? { optional(key)?.number(key, in: range) }

  package func integer(_ key: String, in range: ClosedRange<Int>? = nil) -> Int? { optional(key)?.integer(key, in: range) }

  package func period(_ key: String) -> Period? { optional(key)?.period(key) }

  /// A moment, ISO 8601.
  package func time(_ key: String, parse: (String) -> Date?) -> Date? {
    guard let value = optional(key) else { return nil }
    guard let date = value.scalarText.flatMap(parse) else {
      value.fault("\(key) must be a time such as 2026-01-15 or 2026-01-15T08:00:00Z, got \(value.kind)")
      return nil
    }
    return date
  }

  /// A list of texts; one text alone counts as a list of one.
  package func texts(_ key: String) -> [String]? {
    guard let value = optional(key) else { return nil }
    if let text = value.scalarText { return [text] }
    return value.list(key)?.compactMap { $0.text("an entry of \(key)", allowEmpty: true) }
  }

  /// The entries of a list, whatever they are; one value alone counts as a list of one.
  package func items(_ key: String) -> [YAMLNode]? {
    guard let value = optional(key) else { return nil }
    return value.scalarText == nil && !value.isMapping ? value.list(key) : [value]
  }

  package func mapping(_ key: String) -> YAMLMapping? { optional(key)?.mapping(key) }

  package func requiredMapping(_ key: String, hint: String? = nil) -> YAMLMapping? {
    require(key, hint: hint) ? mapping(key) : nil
  }

  package func mappings(_ key: String) -> [YAMLMapping]? { optional(key)?.list(key)?.compactMap { $0.mapping("an entry of \(key)") } }

  // MARK: - Inside

  private func pair(_ key: String?) -> YAMLNode.Pair? { key.flatMap { key in pairs.first { $0.name == key } } }

  /// A key or value with the subject that was set since it was read.
  private func subjected(_ node: YAMLNode) -> YAMLNode {
    var node = node
    node.subject = subject
    return node
  }

  /// The value at a key, which is known from now on; nil when nothing is there.
  private func optional(_ key: String) -> YAMLNode? {
    if !known.contains(key) { known.append(key) }
    return pair(key).flatMap { $0.value.isNothing ? nil : subjected($0.value) }
  }

  private func require(_ key: String, hint: String?) -> Bool {
    if optional(key) != nil { return true }
    node.fault("\(key) is missing", hint: hint)
    return false
  }
}
