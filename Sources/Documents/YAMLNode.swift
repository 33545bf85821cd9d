import Yams

/// A value of a document with its place: asked for what it should be, it gives that, or reports a fault and gives nil.
///
/// In all of its methods `what` is how messages name the value.
package struct YAMLNode {
  private let document: YAMLDocument
  private let node: Node
  /// What faults here, and in what is taken out of here, say they are inside of: `rule "name"`.
  package var subject: String?

  init(document: YAMLDocument, node: Node, subject: String? = nil) {
    self.document = document
    self.node = node
    self.subject = subject
  }

  /// Counted from 1.
  package var line: Int { node.mark?.line ?? 1 }
  /// `file:line`, for messages and reports.
  package var location: String { "\(document.file):\(line)" }

  package var isMapping: Bool { node.mapping != nil }

  /// Whether nothing is written, or a word for nothing.
  package var isNothing: Bool {
    guard let scalar = node.scalar else { return false }
    return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// The text at a key, if this is a mapping with that key and it is text there; never a fault.
  package func peek(_ key: String) -> String? { node.mapping?.first { $0.key.scalar?.string == key }?.value.scalar?.string }

  /// - Parameter offset: where in the node's text the fault is, in Unicode scalars; nil for the node itself.
  package func fault(_ message: String, hint: String? = nil, offset: Int? = nil) {
    document.report(node, message, hint: hint, subject: subject, offset: offset)
  }

  // MARK: - Mappings and lists

  /// The entries of a mapping; unknown keys, keys that are not text and a node that is no mapping are faults.
  ///
  /// - Parameters:
  ///   - known: the keys that may be there; nil for any.
  ///   - foreign: keys of other programs' files, and what to write instead.
  package func entries(_ what: String, known: [String]?, foreign: [String: String] = [:]) -> [(key: String, node: YAMLNode)]? {
    pairs(what)?.compactMap { name, key, value in
      if let known, !known.contains(name) {
        key.fault("unknown key \"\(name)\" in \(what)", hint: foreign[name] ?? Guess.hint(for: name, among: known))
        return nil
      }
      return (name, value)
    }
  }

  /// A mapping to be asked key by key.
  package func mapping(_ what: String) -> YAMLMapping? { pairs(what).map { YAMLMapping(node: self, pairs: $0) } }

  typealias Pair = (name: String, key: YAMLNode, value: YAMLNode)

  private func pairs(_ what: String) -> [Pair]? {
    guard let mapping = node.mapping else {
      fault("\(what) must be a mapping (key: value), got \(kind)")
      return nil
    }
    return mapping.compactMap { keyNode, value in
      let key = inside(keyNode)
      guard let name = key.scalarText, !name.isEmpty else {
        key.fault("a key of \(what) must be text, got \(key.kind)")
        return nil
      }
      // The first of two equal keys, already reported.
      if name.unicodeScalars.contains(where: YAMLDocument.marks.contains) { return nil }
      return (name, key, inside(value))
    }
  }

  package func list(_ what: String) -> [YAMLNode]? {
    guard let sequence = node.sequence else {
      fault("\(what) must be a list, got \(kind)", hint: "start each item with \"- \"")
      return nil
    }
    return sequence.map(inside)
  }

  // MARK: - Values

  /// Text, also where YAML would see a number or a truth value; nothing is a fault.
  package func text(_ what: String, allowEmpty: Bool = false) -> String? {
    guard let text = scalarText, !isNothing else {
      fault("\(what) must be text, got \(kind)")
      return nil
    }
    guard allowEmpty || !text.isEmpty else {
      fault("\(what) is empty")
      return nil
    }
    return text
  }

  /// A finite number; quotes around it do no harm, as templates of files put them.
  package func number(_ what: String, in range: ClosedRange<Double>? = nil) -> Double? {
    guard let text = scalarText, let number = Double(text), number.isFinite else {
      fault("\(what) must be a number, got \(kind)")
      return nil
    }
    if let range, !range.contains(number) {
      fault("\(what) must lie between \(Self.plain(range.lowerBound)) and \(Self.plain(range.upperBound)), got \(text)")
      return nil
    }
    return number
  }

  /// A whole number; quotes around it do no harm, as templates of files put them.
  package func integer(_ what: String, in range: ClosedRange<Int>? = nil) -> Int? {
    guard let number = scalarText.flatMap({ Int($0) }) else {
      fault("\(what) must be a whole number, got \(kind)")
      return nil
    }
    if let range, !range.contains(number) {
      fault("\(what) must lie between \(range.lowerBound) and \(range.upperBound), got \(number)")
      return nil
    }
    return number
  }

  /// A whole number from 0, without quotes.
  package func count(_ what: String) -> Int? {
    guard node.scalar?.style == .plain, let number = scalarText.flatMap({ Int($0) }) else {
      fault("\(what) must be a whole number, got \(kind)")
      return nil
    }
    guard number >= 0 else {
      fault("\(what) must be at least 0, got \(number)")
      return nil
    }
    return number
  }

  package func period(_ what: String) -> Period? {
    guard let text = text(what) else { return nil }
    do {
      return try Period(parsing: text)
    } catch {
      fault("\(what): \(error.message)", hint: error.hint)
      return nil
    }
  }

  /// One of a type's words.
  package func word<Value: RawRepresentable & CaseIterable>(_ what: String, as type: Value.Type) -> Value? where Value.RawValue == String {
    guard let text = text(what) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let known = type.allCases.map(\.rawValue)
    fault(
      "\(what) must be one of \(known.joined(separator: ", ")), got \"\(text)\"",
      hint: Guess.nearest(to: text, among: known).map { "did you mean \"\($0)\"?" })
    return nil
  }

  // MARK: - Inside

  /// The text of a scalar of any style.
  var scalarText: String? { node.scalar?.string }

  /// What is there, for messages.
  var kind: String {
    switch node {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    case .scalar(let scalar):
      isNothing ? "nothing" : "\"\(scalar.string.count > 60 ? String(scalar.string.prefix(60)) + "…" : scalar.string)\""
    }
  }

  private func inside(_ node: Node) -> YAMLNode { YAMLNode(document: document, node: node, subject: subject) }

  private static func plain(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value) }
}
